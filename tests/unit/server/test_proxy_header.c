/*
 * proxy_header: headers of both versions that are right, each of their
 * truncations, and a table of those that are wrong.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/proxy_header.h"
#include "tests/unit/unit.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define IPV4	  "\xc0\0\2\1\xc0\0\2\11\x12\x67\x1f\x90"
#define IPV6                                    \
	"\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1" \
	"\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\2" \
	"\x12\x67\x1f\x90"
#define MAPPED                                    \
	"\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1"  \
	"\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\11" \
	"\x12\x67\x1f\x90"
/* Of SIGNATURE "\x21\x11\0\x13" IPV4 with this TLV, by another program. */
#define CRC "\3\0\4\x5f\x22\x2d\xad"

#define BYTES(text) text, sizeof(text) - 1

enum {
	UNIX_ADDRESSES = 216, /* bytes */
	BYTES_MOST = 1024,
};

static const struct {
	const char *name;
	const char *bytes;
	size_t len;
	const char *address; /* NULL: that of the connection */
} right[] = {
    {"TCP4", BYTES("PROXY TCP4 192.0.2.1 192.0.2.9 4711 8080\r\n"),
	"192.0.2.1:4711"},
    {"all is least", BYTES("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n"), "0.0.0.0:0"},
    {"all is most",
	BYTES("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"),
	"255.255.255.255:65535"},
    {"TCP6", BYTES("PROXY TCP6 2001:db8::1 2001:DB8::2 4711 8080\r\n"),
	"[2001:db8::1]:4711"},
    {"TCP6, longest",
	BYTES("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
	"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
    {"TCP6, mapped", BYTES("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n"),
	"192.0.2.1:1"},
    {"UNKNOWN", BYTES("PROXY UNKNOWN\r\n"), NULL},
    {"UNKNOWN with the longest line",
	BYTES("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
	NULL},
    {"UNKNOWN with anything", BYTES("PROXY UNKNOWN  \xff what?\r\n"), NULL},
    {"2, TCP over IPv4", BYTES(SIGNATURE "\x21\x11\0\x0c" IPV4),
	"192.0.2.1:4711"},
    {"2, TCP over IPv6", BYTES(SIGNATURE "\x21\x21\0\x24" IPV6),
	"[2001:db8::1]:4711"},
    {"2, mapped", BYTES(SIGNATURE "\x21\x21\0\x24" MAPPED), "192.0.2.1:4711"},
    {"2, LOCAL", BYTES(SIGNATURE "\x20\0\0\0"), NULL},
    {"2, LOCAL with a block that has no meaning",
	BYTES(SIGNATURE "\x20\x77\0\5?\0\xff\xff!"), NULL},
    {"2, unspecified", BYTES(SIGNATURE "\x21\0\0\0"), NULL},
    {"2, unspecified with a block", BYTES(SIGNATURE "\x21\0\0\3\4\xff\xff"),
	NULL},
    {"2, UDP over IPv4", BYTES(SIGNATURE "\x21\x12\0\x0c" IPV4), NULL},
    {"2, UDP over IPv6", BYTES(SIGNATURE "\x21\x22\0\x24" IPV6), NULL},
    {"2, TLVs",
	BYTES(SIGNATURE "\x21\x11\0\x15" IPV4 "\4\0\0"
			"\x20\0\3???"),
	"192.0.2.1:4711"},
    {"2, a checksum", BYTES(SIGNATURE "\x21\x11\0\x13" IPV4 CRC),
	"192.0.2.1:4711"},
};

static const struct {
	const char *name;
	const char *bytes;
	size_t len;
	const char *wrong;
} malformed[] = {
    {"a request", BYTES("\0\0\0\4file"), "there is none"},
    {"HTTP", BYTES("POST / HTTP/1.1\r\n"), "there is none"},
    {"HTTP/2", BYTES("PRI * HTTP/2.0\r\n"), "there is none"},
    {"no protocol", BYTES("PROXY\r\n"), "there is none"},
    {"small letters", BYTES("proxy TCP4"), "there is none"},
    {"another signature", BYTES("\r\n\r\n\0\r\nQUIT\r"), "there is none"},
    {"an unknown protocol", BYTES("PROXY UDP4 192.0.2.1 192.0.2.9 1 2\r\n"),
	"its protocol is unknown"},
    {"UNKNOWN in a word", BYTES("PROXY UNKNOWNS\r\n"),
	"its protocol is unknown"},
    {"two blanks first", BYTES("PROXY  TCP4 192.0.2.1 192.0.2.9 1 2\r\n"),
	"its protocol is unknown"},
    {"LF alone", BYTES("PROXY TCP4 192.0.2.1 192.0.2.9 1 2\n"),
	"its line does not end with CRLF"},
    {"CR alone", BYTES("PROXY TCP4 192.0.2.1 192.0.2.9 1 2\rX"),
	"its line does not end with CRLF"},
    {"LF inside of UNKNOWN", BYTES("PROXY UNKNOWN \n\r\n"),
	"its line does not end with CRLF"},
    {"a NUL", BYTES("PROXY TCP4 192.0.2.1\0 192.0.2.9 1 2\r\n"),
	"its line has a NUL"},
    {"too long by one",
	BYTES("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
	      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535X\r"),
	"its line is too long"},
    {"2, version 1", BYTES(SIGNATURE "\x11"),
	"its version or command is unknown"},
    {"2, version 3", BYTES(SIGNATURE "\x31"),
	"its version or command is unknown"},
    {"2, an unknown command", BYTES(SIGNATURE "\x22"),
	"its version or command is unknown"},
    {"2, too long by one", BYTES(SIGNATURE "\x21\x11\2\x19"), "it is too long"},
    {"2, the longest length", BYTES(SIGNATURE "\x20\0\xff\xff"),
	"it is too long"},
    {"2, IPv4, one byte short",
	BYTES(SIGNATURE "\x21\x11\0\x0b\xc0\0\2\1\xc0\0\2\11\x12\x67\x1f"),
	"it is too short for its addresses"},
    {"2, IPv6 in the room of IPv4", BYTES(SIGNATURE "\x21\x21\0\x0c" IPV4),
	"it is too short for its addresses"},
    {"2, local sockets without addresses", BYTES(SIGNATURE "\x21\x31\0\0"),
	"it is too short for its addresses"},
    {"2, a family without transport", BYTES(SIGNATURE "\x21\x10\0\0"),
	"its family is unknown"},
    {"2, a transport without family", BYTES(SIGNATURE "\x21\1\0\0"),
	"its family is unknown"},
    {"2, an unknown family", BYTES(SIGNATURE "\x21\x41\0\0"),
	"its family is unknown"},
    {"2, an unknown transport", BYTES(SIGNATURE "\x21\x13\0\0"),
	"its family is unknown"},
    {"2, half a TLV", BYTES(SIGNATURE "\x21\x11\0\x0e" IPV4 "\4\0"),
	"a TLV is cut"},
    {"2, a TLV that is too long",
	BYTES(SIGNATURE "\x21\x11\0\x10" IPV4 "\4\0\2?"),
	"a TLV is longer than the header"},
    {"2, a long checksum", BYTES(SIGNATURE "\x21\x11\0\x14" IPV4 "\3\0\5?????"),
	"its checksum has the wrong length"},
    {"2, a wrong checksum", BYTES(SIGNATURE "\x21\x11\0\x13" IPV4 "\3\0\4????"),
	"its checksum is wrong"},
    {"2, a checksum over another port",
	BYTES(SIGNATURE "\x21\x11\0\x13\xc0\0\2\1\xc0\0\2\11\x12\x68\x1f"
			"\x90" CRC),
	"its checksum is wrong"},
};

/* Lines whose addresses are wrong. */
static const char *const addresses[] = {
    "PROXY TCP4 ",
    "PROXY TCP4 192.0.2.1",
    "PROXY TCP4 192.0.2.1 192.0.2.9",
    "PROXY TCP4 192.0.2.1 192.0.2.9 1",
    "PROXY TCP4 192.0.2.1 192.0.2.9 1 ",
    "PROXY TCP4 192.0.2.1 192.0.2.9 1 2 ",
    "PROXY TCP4 192.0.2.1 192.0.2.9 1 2 3",
    "PROXY TCP4  192.0.2.1 192.0.2.9 1 2",
    "PROXY TCP4 192.0.2.1  192.0.2.9 1 2",
    "PROXY TCP4 192.0.2.1\t192.0.2.9 1 2",
    "PROXY TCP4 192.0.2.01 192.0.2.9 1 2",
    "PROXY TCP4 0300.0.2.1 192.0.2.9 1 2",
    "PROXY TCP4 192.0.2 192.0.2.9 1 2",
    "PROXY TCP4 192.0.2.256 192.0.2.9 1 2",
    "PROXY TCP4 3221225985 192.0.2.9 1 2",
    "PROXY TCP4 localhost 192.0.2.9 1 2",
    "PROXY TCP4 192.0.2.1 192.0.2.9.1 1 2",
    "PROXY TCP4 ::1 ::1 1 2",
    "PROXY TCP6 192.0.2.1 192.0.2.9 1 2",
    "PROXY TCP6 ::1 192.0.2.9 1 2",
    "PROXY TCP6 [::1] ::1 1 2",
    "PROXY TCP6 fe80::1%lo ::1 1 2",
    "PROXY TCP6 1::2::3 ::1 1 2",
    "PROXY TCP6 12345::1 ::1 1 2",
    "PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 2",
    "PROXY TCP4 192.0.2.1 192.0.2.9 01 2",
    "PROXY TCP4 192.0.2.1 192.0.2.9 1 00",
    "PROXY TCP4 192.0.2.1 192.0.2.9 65536 2",
    "PROXY TCP4 192.0.2.1 192.0.2.9 1 65536",
    "PROXY TCP4 192.0.2.1 192.0.2.9 100000 2",
    "PROXY TCP4 192.0.2.1 192.0.2.9 4294967297 2",
    "PROXY TCP4 192.0.2.1 192.0.2.9 -1 2",
    "PROXY TCP4 192.0.2.1 192.0.2.9 +1 2",
    "PROXY TCP4 192.0.2.1 192.0.2.9 0x1 2",
    "PROXY TCP4 192.0.2.1 192.0.2.9 1 2x",
    "PROXY TCP4 192.0.2.1 192.0.2.9  1 2",
    "PROXY TCP4 192.0.2.1 192.0.2.9 1  2",
};

static const char unset[] = "unset";

/* Decodes a copy of exactly len bytes, so that a sanitizer sees each read
 * behind them. Expects that nothing is set but what the verdict sets. */
static enum proxy_header_verdict
decode(const void *bytes, size_t len, struct proxy_header *header,
    const char **wrong)
{
	struct proxy_header before;
	enum proxy_header_verdict verdict;
	uint8_t *copy = malloc(len + 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy + 1, bytes, len);
	memset(header, 0x5a, sizeof(*header));
	before = *header;
	*wrong = unset;
	verdict = proxy_header_decode(copy + 1, len, header, wrong);
	free(copy);
	if (verdict != PROXY_HEADER_WHOLE)
		ck_assert_mem_eq(header, &before, sizeof(before));
	ck_assert((verdict == PROXY_HEADER_MALFORMED) == (*wrong != unset));
	return verdict;
}

/* Expects the row of right, with bytes behind the header. */
static void
expect_whole(int row, const void *bytes, size_t len)
{
	struct proxy_header header;
	char text[NET_TEXT];
	const char *wrong;

	ck_assert_msg(decode(bytes, len, &header, &wrong) == PROXY_HEADER_WHOLE,
	    "%s: %s", right[row].name, wrong);
	ck_assert_uint_eq(header.size, right[row].len);
	ck_assert_msg(header.announced == (right[row].address != NULL), "%s",
	    right[row].name);
	if (!header.announced)
		return;
	net_print(&header.address, text);
	ck_assert_str_eq(text, right[row].address);
}

START_TEST(test_right)
{
	struct proxy_header header;
	char bytes[BYTES_MOST];
	const char *wrong;
	size_t n;

	for (n = 0; n < right[_i].len; n++)
		ck_assert_msg(decode(right[_i].bytes, n, &header, &wrong) ==
			PROXY_HEADER_INCOMPLETE,
		    "%s: %zu bytes: %s", right[_i].name, n, wrong);
	expect_whole(_i, right[_i].bytes, right[_i].len);
	memcpy(bytes, right[_i].bytes, right[_i].len);
	memcpy(bytes + right[_i].len, "\0\0\0\4file\r\n", 10);
	expect_whole(_i, bytes, right[_i].len + 10);
}
END_TEST

/* A header is malformed at the same byte however many follow. */
START_TEST(test_malformed)
{
	enum proxy_header_verdict verdict = PROXY_HEADER_INCOMPLETE;
	struct proxy_header header;
	const char *wrong;
	size_t n;

	for (n = 0; n <= malformed[_i].len; n++) {
		if (verdict == PROXY_HEADER_MALFORMED)
			ck_assert_int_eq(decode(malformed[_i].bytes, n, &header,
					     &wrong),
			    verdict);
		verdict = decode(malformed[_i].bytes, n, &header, &wrong);
		ck_assert_int_ne(verdict, PROXY_HEADER_WHOLE);
	}
	ck_assert_msg(verdict == PROXY_HEADER_MALFORMED, "%s",
	    malformed[_i].name);
	ck_assert_msg(strcmp(wrong, malformed[_i].wrong) == 0, "%s: %s",
	    malformed[_i].name, wrong);
}
END_TEST

START_TEST(test_addresses)
{
	struct proxy_header header;
	char line[BYTES_MOST];
	const char *wrong;
	size_t i;
	int len;

	for (i = 0; i < UNIT_ROWS(addresses); i++) {
		len = snprintf(line, sizeof(line), "%s\r\n", addresses[i]);
		ck_assert_msg(decode(line, (size_t)len, &header, &wrong) ==
			PROXY_HEADER_MALFORMED,
		    "%s", addresses[i]);
		ck_assert_msg(strcmp(wrong, "its addresses are malformed") == 0,
		    "%s: %s", addresses[i], wrong);
	}
}
END_TEST

/* Local sockets, and the longest header. */
START_TEST(test_long)
{
	static const uint8_t begin[] = SIGNATURE "\x21\x31\0\xd8";
	uint8_t bytes[PROXY_HEADER_MAX + 1] = {0};
	struct proxy_header header;
	const char *wrong;
	size_t i, len = PROXY_HEADER_FIXED + UNIX_ADDRESSES;

	memcpy(bytes, begin, PROXY_HEADER_FIXED);
	for (i = 0x31; i <= 0x32; i++) {
		bytes[13] = (uint8_t)i;
		ck_assert_int_eq(decode(bytes, len, &header, &wrong),
		    PROXY_HEADER_WHOLE);
		ck_assert(!header.announced && header.size == len);
		ck_assert_int_eq(decode(bytes, len - 1, &header, &wrong),
		    PROXY_HEADER_INCOMPLETE);
	}
	/* LOCAL: the block is not looked at. */
	bytes[12] = 0x20;
	bytes[14] = PROXY_HEADER_LENGTH >> 8;
	bytes[15] = PROXY_HEADER_LENGTH & 0xff;
	ck_assert_int_eq(decode(bytes, PROXY_HEADER_MAX, &header, &wrong),
	    PROXY_HEADER_WHOLE);
	ck_assert_uint_eq(header.size, PROXY_HEADER_MAX);
	ck_assert_int_eq(decode(bytes, PROXY_HEADER_MAX - 1, &header, &wrong),
	    PROXY_HEADER_INCOMPLETE);
	bytes[15]++;
	ck_assert_int_eq(decode(bytes, PROXY_HEADER_MAX + 1, &header, &wrong),
	    PROXY_HEADER_MALFORMED);
}
END_TEST

Suite *
proxy_header_suite(void)
{
	Suite *suite = suite_create("proxy_header");
	TCase *tcase = tcase_create("decode");

	tcase_add_loop_test(tcase, test_right, 0, UNIT_ROWS(right));
	tcase_add_loop_test(tcase, test_malformed, 0, UNIT_ROWS(malformed));
	tcase_add_test(tcase, test_addresses);
	tcase_add_test(tcase, test_long);
	suite_add_tcase(suite, tcase);
	return suite;
}
