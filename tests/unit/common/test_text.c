/*
 * Escaping bytes of a peer for a terminal, a log or JSON. In addition to the
 * tables, each code point and random bytes are tested against the promises of
 * the header.
 */

#include <stdio.h>
#include <string.h>

#define LIBBSD_OPENBSD_VIS
#include <vis.h>

#include "common/text.h"
#include "tests/unit/unit.h"

static const struct {
	const char *title;
	const char *bytes;
	size_t len; /* 0: up to the NUL */
	const char *escaped;
	const char *json;
} rows[] = {
    {"empty", "", 0, "", "\"\""},
    {"plain", "a b.txt", 0, "a b.txt", "\"a b.txt\""},
    {"UTF-8", "\xe6\xb5\x8b\xc3\xa9\xf0\x9f\x98\x80", 0,
	"\xe6\xb5\x8b\xc3\xa9\xf0\x9f\x98\x80",
	"\"\xe6\xb5\x8b\xc3\xa9\xf0\x9f\x98\x80\""},
    {"newline", "a\nb", 0, "a\\nb", "\"a\\u000ab\""},
    {"NUL before a digit", "\0001", 2, "\\0001", "\"\\u00001\""},
    {"escape sequence", "\033[2J", 0, "\\033[2J", "\"\\u001b[2J\""},
    {"DEL", "\177", 0, "\\177", "\"\\u007f\""},
    {"C1: CSI", "\xc2\x9b", 0, "\\302\\233", "\"\\u009b\""},
    {"backslash", "a\\n", 0, "a\\\\n", "\"a\\\\n\""},
    {"quote", "\"", 0, "\"", "\"\\\"\""},
    {"not UTF-8", "\xff\xc3", 0, "\\377\\303", "\"\\udcff\\udcc3\""},
    {"overlong slash", "\xc0\xaf", 0, "\\300\\257", "\"\\udcc0\\udcaf\""},
    {"overlong, three bytes", "\xe0\x80\xaf", 0, "\\340\\200\\257",
	"\"\\udce0\\udc80\\udcaf\""},
    {"surrogate", "\xed\xa0\x80", 0, "\\355\\240\\200",
	"\"\\udced\\udca0\\udc80\""},
    {"past U+10FFFF", "\xf4\x90\x80\x80", 0, "\\364\\220\\200\\200",
	"\"\\udcf4\\udc90\\udc80\\udc80\""},
    {"cut sequence", "a\xf0\x9f\x98", 0, "a\\360\\237\\230",
	"\"a\\udcf0\\udc9f\\udc98\""},
    {"right-to-left override", "\xe2\x80\xae", 0, "\\342\\200\\256",
	"\"\\u202e\""},
    {"isolate", "\xe2\x81\xa6", 0, "\\342\\201\\246", "\"\\u2066\""},
    {"line separator", "\xe2\x80\xa8", 0, "\\342\\200\\250", "\"\\u2028\""},
};

START_TEST(test_table)
{
	char text[128];
	size_t i, len;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		len = rows[i].len != 0 ? rows[i].len : strlen(rows[i].bytes);
		ck_assert_ptr_eq(text_escape(text, sizeof(text), rows[i].bytes,
				     len),
		    text);
		ck_assert_msg(strcmp(text, rows[i].escaped) == 0, "%s: %s",
		    rows[i].title, text);
		len = text_json(text, sizeof(text), rows[i].bytes, len);
		ck_assert_msg(strcmp(text, rows[i].json) == 0, "%s: %s",
		    rows[i].title, text);
		ck_assert_uint_eq(len, strlen(text));
	}
}
END_TEST

/* Returns whether a terminal only shows the text. */
static bool
is_harmless(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;

	for (; *c != '\0'; c++)
		if (*c < 0x20 || *c == 0x7f ||
		    (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0))
			return false;
	return true;
}

/* At each size: terminated, harmless, and a prefix of the whole, cut between
 * characters. */
START_TEST(test_cuts)
{
	char whole[128], text[128];
	size_t i, len, size, n;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		len = rows[i].len != 0 ? rows[i].len : strlen(rows[i].bytes);
		text_escape(whole, sizeof(whole), rows[i].bytes, len);
		for (size = 1; size <= strlen(whole) + 1; size++) {
			memset(text, 'Z', sizeof(text));
			text_escape(text, size, rows[i].bytes, len);
			n = strlen(text);
			ck_assert_uint_lt(n, size);
			ck_assert_int_eq(text[size], 'Z');
			ck_assert_msg(strncmp(text, whole, n) == 0 &&
				is_harmless(text) &&
				((unsigned char)whole[n] & 0xc0) != 0x80,
			    "%s at %zu: %s", rows[i].title, size, text);
		}
	}
}
END_TEST

START_TEST(test_json_cuts)
{
	char text[128];
	size_t i, len, size, n;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		len = rows[i].len != 0 ? rows[i].len : strlen(rows[i].bytes);
		for (size = 1; size <= strlen(rows[i].json) + 1; size++) {
			memset(text, 'Z', sizeof(text));
			n = text_json(text, size, rows[i].bytes, len);
			ck_assert_uint_eq(n, strlen(text));
			ck_assert_uint_lt(n, size);
			ck_assert_int_eq(text[size], 'Z');
			if (size < 3)
				continue;
			/* Still a JSON string, and a prefix of the whole. */
			ck_assert_int_eq(text[n - 1], '"');
			ck_assert_msg(n >= 2 &&
				strncmp(text, rows[i].json, n - 1) == 0,
			    "%s at %zu: %s", rows[i].title, size, text);
		}
	}
}
END_TEST

static size_t
encode_utf8(uint32_t point, char bytes[5])
{
	if (point < 0x80)
		return (size_t)snprintf(bytes, 5, "%c", (int)point);
	if (point < 0x800)
		return (size_t)snprintf(bytes, 5, "%c%c",
		    (int)(0xc0 | point >> 6), (int)(0x80 | (point & 0x3f)));
	if (point < 0x10000)
		return (size_t)snprintf(bytes, 5, "%c%c%c",
		    (int)(0xe0 | point >> 12),
		    (int)(0x80 | (point >> 6 & 0x3f)),
		    (int)(0x80 | (point & 0x3f)));
	return (size_t)snprintf(bytes, 5, "%c%c%c%c", (int)(0xf0 | point >> 18),
	    (int)(0x80 | (point >> 12 & 0x3f)),
	    (int)(0x80 | (point >> 6 & 0x3f)), (int)(0x80 | (point & 0x3f)));
}

/* Returns whether a code point must be escaped: controls, the backslash,
 * surrogates, separators, and the marks of the bidirectional algorithm (UAX 9).
 */
static bool
must_escape(uint32_t p)
{
	return p < 0x20 || (p >= 0x7f && p < 0xa0) || p == '\\' ||
	    (p >= 0xd800 && p < 0xe000) || p == 0x61c ||
	    (p >= 0x200e && p <= 0x200f) || (p >= 0x2028 && p <= 0x202e) ||
	    (p >= 0x2066 && p <= 0x2069);
}

/* An assertion per code point would take long: each sends a message to another
 * process. */
START_TEST(test_every_code_point)
{
	char bytes[5], text[64];
	uint32_t point;
	size_t len;

	for (point = 0; point <= 0x10ffff; point++) {
		len = encode_utf8(point, bytes);
		text_escape(text, sizeof(text), bytes, len);
		if (!is_harmless(text) ||
		    (must_escape(point) ? text[0] != '\\' :
					  strcmp(text, bytes) != 0))
			ck_abort_msg("U+%04X: %s", point, text);
	}
}
END_TEST

/* unvis(3) restores random bytes, so different names look different. */
START_TEST(test_random_bytes)
{
	char text[4 * 64 + 1], back[4 * 64 + 1];
	uint8_t bytes[64];
	uint32_t seed = 3;
	size_t len;
	int round;

	for (round = 0; round < 20000; round++) {
		len = unit_random(&seed) % (sizeof(bytes) + 1);
		unit_fill(bytes, len, seed);
		text_escape(text, sizeof(text), bytes, len);
		ck_assert(is_harmless(text));
		ck_assert_int_eq(strunvis(back, text), (int)len);
		ck_assert(memcmp(back, bytes, len) == 0);
	}
}
END_TEST

/* Words for a column: escaped as by text_escape, without spaces. */
START_TEST(test_word)
{
	static const struct {
		const char *title, *bytes, *word;
	} words[] = {
	    {"empty", "", ""},
	    {"no space", "a.txt", "a.txt"},
	    {"a space", "a b", "a\\040b"},
	    {"spaces around", " a ", "\\040a\\040"},
	    {"before a digit", " 1", "\\0401"},
	    {"a forged column", "x OK 9/9 1.0ms", "x\\040OK\\0409/9\\0401.0ms"},
	    {"a tab and a newline", "\t\n", "\\t\\n"},
	    {"what looks escaped", "\\040", "\\\\040"},
	    /* Wider spaces stay, since they separate no columns. */
	    {"a space that does not break", "\xc2\xa0", "\xc2\xa0"},
	    {"an ideographic space", "\xe3\x80\x80", "\xe3\x80\x80"},
	};
	char text[64], plain[64];
	size_t i, size;

	for (i = 0; i < UNIT_ROWS(words); i++) {
		text_escape_word(text, sizeof(text), words[i].bytes,
		    strlen(words[i].bytes));
		ck_assert_msg(strcmp(text, words[i].word) == 0, "%s: %s",
		    words[i].title, text);
	}
	for (i = 0; i < UNIT_ROWS(rows); i++) {
		if (rows[i].len != 0 || strchr(rows[i].bytes, ' ') != NULL)
			continue;
		text_escape(plain, sizeof(plain), rows[i].bytes,
		    strlen(rows[i].bytes));
		text_escape_word(text, sizeof(text), rows[i].bytes,
		    strlen(rows[i].bytes));
		ck_assert_str_eq(text, plain);
	}
	/* An escape is never cut. */
	for (size = 1; size <= 5; size++)
		ck_assert_str_eq(text_escape_word(text, size, " ", 1),
		    size <= 4 ? "" : "\\040");
}
END_TEST

/* unvis(3) restores these too. */
START_TEST(test_random_words)
{
	char text[4 * 64 + 1], back[4 * 64 + 1];
	uint8_t bytes[64];
	uint32_t seed = 4;
	size_t len, i;
	int round;

	for (round = 0; round < 5000; round++) {
		len = unit_random(&seed) % (sizeof(bytes) + 1);
		unit_fill(bytes, len, seed);
		for (i = 0; i < len; i += 5)
			bytes[i] = ' ';
		text_escape_word(text, sizeof(text), bytes, len);
		ck_assert(is_harmless(text));
		ck_assert_ptr_null(strchr(text, ' '));
		ck_assert_int_eq(strunvis(back, text), (int)len);
		ck_assert(memcmp(back, bytes, len) == 0);
	}
}
END_TEST

START_TEST(test_hex)
{
	static const struct {
		const char *title, *text;
		int result;
	} hex[] = {
	    {"lower case", "00ff1aa0", 0},
	    {"upper case", "00FF1AA0", 0},
	    {"empty", "", -1},
	    {"a digit less", "00ff1aa", -1},
	    {"a byte less", "00ff1a", -1},
	    {"a digit more", "00ff1aa00", -1},
	    {"no digit, high", "00ffgaa0", -1},
	    {"no digit, low", "00ff1ga0", -1},
	    {"sign", "00ff+1a0", -1},
	    {"space", "00ff 1a0", -1},
	    {"prefix", "0x00ff1a", -1},
	};
	static const uint8_t expected[] = {0x00, 0xff, 0x1a, 0xa0};
	uint8_t bytes[4];
	char text[9];
	size_t i;

	text_hex(expected, 4, text);
	ck_assert_str_eq(text, "00ff1aa0");
	text_hex(expected, 0, text);
	ck_assert_str_eq(text, "");
	for (i = 0; i < UNIT_ROWS(hex); i++) {
		ck_assert_msg(text_unhex(hex[i].text, 4, bytes) ==
			hex[i].result,
		    "%s", hex[i].title);
		if (hex[i].result == 0)
			ck_assert_mem_eq(bytes, expected, 4);
	}
}
END_TEST

Suite *
text_suite(void)
{
	Suite *suite = suite_create("text");
	TCase *tcase = unit_case(suite, "text");

	tcase_add_test(tcase, test_table);
	tcase_add_test(tcase, test_cuts);
	tcase_add_test(tcase, test_json_cuts);
	tcase_add_test(tcase, test_every_code_point);
	tcase_add_test(tcase, test_random_bytes);
	tcase_add_test(tcase, test_word);
	tcase_add_test(tcase, test_random_words);
	tcase_add_test(tcase, test_hex);
	return suite;
}
