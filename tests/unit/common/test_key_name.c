/*
 * Names of keys: bits to letters, compared with base32 of coreutils; all that
 * people type; the message for each mistake.
 */

#include <stdio.h>
#include <string.h>

#include "common/key_name.h"
#include "tests/unit/unit.h"

/* base32(1) of 00 01 02 ... , cut to 26 letters. */
#define COUNTED	      "AAAQEAYEAUDAOCAJBIFQYDIOB4"
#define COUNTED_SHOWN "AAAQ-EAYE-AUDA-OCAJ-BIFQ-YDIO-B4"

static const struct {
	const char *title;
	const char *text;
	size_t len; /* 0: up to the NUL */
} good_rows[] = {
    {"plain", COUNTED, 0},
    {"in groups", COUNTED_SHOWN, 0},
    {"lower case", "aaaqeayeaudaocajbifqydiob4", 0},
    {"mixed case", "AaAq-EAyE-aUDA-OCAJ-bifq-YDIO-b4", 0},
    {"other groups", "AAAQEAYEAUDA-OCAJBIFQYDIO--B4", 0},
    {"blanks at the ends", " \t" COUNTED_SHOWN "\r\n", 0},
    {"not ended by a NUL", COUNTED "XYZ", KEY_NAME_LETTERS},
};

static const struct {
	const char *title;
	const char *text;
	size_t len; /* 0: up to the NUL */
	const char *error;
} bad_rows[] = {
    {"empty", "", 0, "0 letters instead of 26; is a part of it missing?"},
    {"blank", " \n", 0, "0 letters"},
    {"a letter is missing", "AAAQEAYEAUDAOCAJBIFQYDIOB", 0, "25 letters"},
    {"a letter too many", COUNTED "A", 0, "27 letters instead of 26"},
    {"0", "0AAQEAYEAUDAOCAJBIFQYDIOB4", 0, "'0' is none.*stand for O"},
    {"1", "AAAQEAYEAUDAOCAJBIFQYDIOB1", 0, "'1' is none.*stand for I or L"},
    {"8", "AAAQEAYEAUDA8CAJBIFQYDIOB4", 0, "'8' is none.*stand for B"},
    {"9", "AAAQEAYEAUDA9CAJBIFQYDIOB4", 0, "'9' is none of its letters"},
    {"=", COUNTED "======", 0, "'=' is none of its letters (A to Z, 2 to 7)"},
    {"+", COUNTED "+" COUNTED, 0, "'+' is none of its letters"},
    {"a quote", "'" COUNTED "'", 0, "''' is none of its letters"},
    {"a blank inside", "AAAQ EAYEAUDAOCAJBIFQYDIOB4", 0, "holds a blank"},
    {"a tab inside", "AAAQ\tEAYEAUDAOCAJBIFQYDIOB4", 0, "not printable"},
    {"a dash first", "-" COUNTED, 0, "begins or ends with a dash"},
    {"a dash last", COUNTED "-", 0, "begins or ends with a dash"},
    {"only dashes", "----", 0, "begins or ends with a dash"},
    {"a NUL", COUNTED "\0", 27, "not printable"},
    {"a long dash",
	"AAAQ\xe2\x80\x93"
	"EAYE",
	0, "not printable ASCII"},
    {"an escape sequence", "\033[2J" COUNTED, 0, "not printable ASCII"},
};

START_TEST(test_reads)
{
	struct key_name name;
	char error[KEY_NAME_ERROR];
	size_t i;

	for (i = 0; i < UNIT_ROWS(good_rows); i++) {
		ck_assert_msg(key_name_decode(&name, good_rows[i].text,
				  good_rows[i].len != 0 ?
				      good_rows[i].len :
				      strlen(good_rows[i].text),
				  error) == 0,
		    "%s: %s", good_rows[i].title, error);
		ck_assert_str_eq(name.letters, COUNTED);
	}
}
END_TEST

/* Asserts that text holds the words of pattern, which .* separates. */
static void
expect_words(const char *title, const char *text, const char *pattern)
{
	const char *gap = strstr(pattern, ".*"), *at;
	size_t len = gap != NULL ? (size_t)(gap - pattern) : strlen(pattern);

	at = memmem(text, strlen(text), pattern, len);
	ck_assert_msg(at != NULL, "%s: %s", title, text);
	if (gap != NULL)
		expect_words(title, at + len, gap + 2);
}

START_TEST(test_refuses)
{
	struct key_name name, before;
	char error[KEY_NAME_ERROR];
	size_t i;

	memset(&before, 'x', sizeof(before));
	for (i = 0; i < UNIT_ROWS(bad_rows); i++) {
		name = before;
		ck_assert_msg(key_name_decode(&name, bad_rows[i].text,
				  bad_rows[i].len != 0 ?
				      bad_rows[i].len :
				      strlen(bad_rows[i].text),
				  error) == -1,
		    "%s", bad_rows[i].title);
		expect_words(bad_rows[i].title, error, bad_rows[i].error);
		ck_assert_mem_eq(&name, &before, sizeof(name));
	}
}
END_TEST

START_TEST(test_bits_to_letters)
{
	uint8_t hash[KEY_NAME_HASH];
	struct key_name name, again;
	char text[KEY_NAME_TEXT], error[KEY_NAME_ERROR];
	int i;

	for (i = 0; i < KEY_NAME_HASH; i++)
		hash[i] = (uint8_t)i;
	key_name_of(&name, hash);
	ck_assert_str_eq(name.letters, COUNTED);
	key_name_format(&name, text);
	ck_assert_str_eq(text, COUNTED_SHOWN);
	ck_assert_int_eq(key_name_decode(&again, text, strlen(text), error), 0);
	ck_assert(key_name_equal(&name, &again));
	memset(hash, 0xff, sizeof(hash));
	key_name_of(&name, hash);
	ck_assert_str_eq(name.letters, "77777777777777777777777777");
}
END_TEST

/* The first 130 bits make the name, each of them counts, and no other. */
START_TEST(test_each_bit)
{
	uint8_t hash[KEY_NAME_HASH];
	struct key_name name, other;
	int i;

	unit_fill(hash, sizeof(hash), 1);
	key_name_of(&name, hash);
	for (i = 0; i < KEY_NAME_HASH * 8; i++) {
		hash[i / 8] ^= (uint8_t)(0x80 >> i % 8);
		key_name_of(&other, hash);
		ck_assert_msg(key_name_equal(&name, &other) == (i >= 130),
		    "bit %d", i);
		hash[i / 8] ^= (uint8_t)(0x80 >> i % 8);
	}
}
END_TEST

Suite *
key_name_suite(void)
{
	Suite *suite = suite_create("key_name");
	TCase *tcase = unit_case(suite, "key_name");

	tcase_add_test(tcase, test_reads);
	tcase_add_test(tcase, test_refuses);
	tcase_add_test(tcase, test_bits_to_letters);
	tcase_add_test(tcase, test_each_bit);
	return suite;
}
