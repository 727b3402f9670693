/*
 * Replies: headers, attributes, trailers and tokens, and the names of ops and
 * statuses.
 */

#include <string.h>

#include "common/protocol.h"
#include "tests/unit/unit.h"

START_TEST(test_reply)
{
	static const struct {
		const char *title;
		enum protocol_status status;
		uint64_t length;
		const char *bytes;
	} rows[] = {
	    {"empty file", PROTOCOL_OK, 0, "0000000000000000"},
	    {"OK is a plain size", PROTOCOL_OK, 0x0102030405,
		"0000000102030405"},
	    {"longest", PROTOCOL_OK, PROTOCOL_LENGTH_MAX, "00ffffffffffffff"},
	    {"error without text", PROTOCOL_BUSY, 0, "0900000000000000"},
	    {"longest text", PROTOCOL_NOT_FOUND, 512, "0100000000000200"},
	    {"last status", PROTOCOL_IO_ERROR, 1, "0a00000000000001"},
	};
	uint8_t bytes[PROTOCOL_REPLY_HEADER_SIZE],
	    expected[PROTOCOL_REPLY_HEADER_SIZE];
	enum protocol_status status;
	uint64_t length;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		unit_bytes(rows[i].bytes, expected, sizeof(expected));
		protocol_encode_reply(rows[i].status, rows[i].length, bytes);
		ck_assert_msg(memcmp(bytes, expected, sizeof(bytes)) == 0,
		    "%s: encoded", rows[i].title);
		ck_assert_msg(protocol_decode_reply(bytes, &status, &length) ==
			    0 &&
			status == rows[i].status && length == rows[i].length,
		    "%s: decoded", rows[i].title);
	}
}
END_TEST

/* Headers that no correct server sends. */
START_TEST(test_reply_hostile)
{
	uint8_t bytes[PROTOCOL_REPLY_HEADER_SIZE] = {0};
	enum protocol_status status = PROTOCOL_BUSY;
	uint64_t length;
	unsigned value;

	for (value = PROTOCOL_STATUSES; value < 256; value++) {
		bytes[0] = (uint8_t)value;
		ck_assert_int_eq(protocol_decode_reply(bytes, &status, &length),
		    -1);
		ck_assert_int_eq(status, PROTOCOL_BUSY);
	}
	for (value = 1; value < PROTOCOL_STATUSES; value++) {
		protocol_encode_reply((enum protocol_status)value,
		    PROTOCOL_MESSAGE_MAX + 1, bytes);
		ck_assert_int_eq(protocol_decode_reply(bytes, &status, &length),
		    -1);
		protocol_encode_reply((enum protocol_status)value,
		    PROTOCOL_LENGTH_MAX, bytes);
		ck_assert_int_eq(protocol_decode_reply(bytes, &status, &length),
		    -1);
		ck_assert_int_eq(status, PROTOCOL_BUSY);
	}
}
END_TEST

START_TEST(test_attributes)
{
	static const struct {
		const char *title;
		struct protocol_attributes value;
		const char *bytes;
		int result; /* of decoding */
	} rows[] = {
	    {"usual",
		{{0x0102030405060708, 0x1112131415161718}, 0x2122232425262728,
		    0x3132333435363738, 0100644},
		"0102030405060708 1112131415161718 2122232425262728"
		"3132333435363738 000081a4 00000000",
		0},
	    {"before 1970", {{1, 2}, 0, -1, 0},
		"0000000000000001 0000000000000002 0000000000000000"
		"ffffffffffffffff 00000000 00000000",
		0},
	    {"largest", {{0, 0}, INT64_MAX, INT64_MIN, UINT32_MAX},
		"0000000000000000 0000000000000000 7fffffffffffffff"
		"8000000000000000 ffffffff 00000000",
		0},
	    {"larger than a file can be", {{0, 0}, UINT64_C(1) << 63, 0, 0},
		"0000000000000000 0000000000000000 8000000000000000"
		"0000000000000000 00000000 00000000",
		-1},
	};
	uint8_t bytes[PROTOCOL_ATTRIBUTES_SIZE],
	    expected[PROTOCOL_ATTRIBUTES_SIZE];
	struct protocol_attributes value;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		unit_bytes(rows[i].bytes, expected, sizeof(expected));
		memset(bytes, 0xee, sizeof(bytes));
		protocol_encode_attributes(&rows[i].value, bytes);
		ck_assert_msg(memcmp(bytes, expected, sizeof(bytes)) == 0,
		    "%s: encoded", rows[i].title);
		ck_assert_msg(protocol_decode_attributes(bytes, &value) ==
			rows[i].result,
		    "%s: decoded", rows[i].title);
		if (rows[i].result != 0)
			continue;
		ck_assert_uint_eq(value.token.id, rows[i].value.token.id);
		ck_assert_uint_eq(value.token.version,
		    rows[i].value.token.version);
		ck_assert_uint_eq(value.size, rows[i].value.size);
		ck_assert_int_eq(value.mtime_ns, rows[i].value.mtime_ns);
		ck_assert_uint_eq(value.mode, rows[i].value.mode);
	}
}
END_TEST

/* The reserved bytes are ignored: a later server may use them. */
START_TEST(test_attributes_reserved)
{
	uint8_t bytes[PROTOCOL_ATTRIBUTES_SIZE] = {0};
	struct protocol_attributes value;

	memset(bytes + 36, 0xff, 4);
	ck_assert_int_eq(protocol_decode_attributes(bytes, &value), 0);
	ck_assert_uint_eq(value.mode, 0);
}
END_TEST

START_TEST(test_trailer)
{
	static const struct {
		const char *title;
		struct protocol_trailer value;
		const char *bytes;
	} rows[] = {
	    {"no digest", {PROTOCOL_OK, 5, {0}},
		"0000000000000005 00000000000000000000000000000000"},
	    {"digest", {PROTOCOL_OK, 0, {1, 2, 3, [15] = 16}},
		"0000000000000000 01020300000000000000000000000010"},
	    {"changed", {PROTOCOL_CHANGED, PROTOCOL_LENGTH_MAX, {0xff}},
		"07ffffffffffffff ff000000000000000000000000000000"},
	};
	uint8_t bytes[PROTOCOL_TRAILER_SIZE], expected[PROTOCOL_TRAILER_SIZE];
	struct protocol_trailer value;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		unit_bytes(rows[i].bytes, expected, sizeof(expected));
		protocol_encode_trailer(&rows[i].value, bytes);
		ck_assert_msg(memcmp(bytes, expected, sizeof(bytes)) == 0,
		    "%s: encoded", rows[i].title);
		ck_assert_int_eq(protocol_decode_trailer(bytes, &value), 0);
		ck_assert_int_eq(value.status, rows[i].value.status);
		ck_assert_uint_eq(value.size, rows[i].value.size);
		ck_assert_mem_eq(value.digest, rows[i].value.digest,
		    PROTOCOL_DIGEST_SIZE);
	}
}
END_TEST

START_TEST(test_trailer_hostile)
{
	uint8_t bytes[PROTOCOL_TRAILER_SIZE];
	struct protocol_trailer value = {.status = PROTOCOL_CHANGED};
	unsigned status;

	memset(bytes, 0xee, sizeof(bytes));
	for (status = 0; status < 256; status++) {
		if (status == PROTOCOL_OK || status == PROTOCOL_CHANGED)
			continue;
		bytes[0] = (uint8_t)status;
		ck_assert_int_eq(protocol_decode_trailer(bytes, &value), -1);
		ck_assert_int_eq(value.status, PROTOCOL_CHANGED);
		ck_assert_uint_eq(value.digest[0], 0);
	}
}
END_TEST

START_TEST(test_token)
{
	static const struct {
		const char *title;
		struct protocol_token wanted;
		bool matches, equal;
	} rows[] = {
	    {"any file", {0, 0}, true, false},
	    {"this file, any version", {7, 0}, true, false},
	    {"this version", {7, 9}, true, true},
	    {"another version", {7, 8}, false, false},
	    {"another file", {8, 0}, false, false},
	    {"another file, same version", {8, 9}, false, false},
	    {"no id, this state", {0, 9}, false, false},
	    {"this content", {0, 0x74ec8879e5d508b0}, true, false},
	    {"another content", {0, 0x74ec8879e5d508b1}, false, false},
	    {"an id, this content", {7, 0x74ec8879e5d508b0}, false, false},
	};
	static const struct protocol_attributes have = {
	    .token = {7, 9},
	    .size = 5,
	    .mtime_ns = 1700000000123456789,
	};
	uint8_t bytes[PROTOCOL_TOKEN_SIZE], expected[PROTOCOL_TOKEN_SIZE];
	struct protocol_token token;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		ck_assert_msg(protocol_token_matches(rows[i].wanted, &have) ==
			rows[i].matches,
		    "%s", rows[i].title);
		ck_assert_msg(protocol_token_equal(rows[i].wanted,
				  have.token) == rows[i].equal,
		    "%s", rows[i].title);
		ck_assert_msg(protocol_is_content_token(rows[i].wanted) ==
			(rows[i].wanted.id == 0 && rows[i].wanted.version != 0),
		    "%s", rows[i].title);
	}
	token = protocol_content_token(&have);
	ck_assert_uint_eq(token.id, 0);
	ck_assert_uint_eq(token.version, 0x74ec8879e5d508b0);

	unit_bytes("0102030405060708f1f2f3f4f5f6f7f8", expected,
	    sizeof(expected));
	token = (struct protocol_token){0x0102030405060708, 0xf1f2f3f4f5f6f7f8};
	protocol_encode_token(token, bytes);
	ck_assert_mem_eq(bytes, expected, sizeof(bytes));
	token = protocol_decode_token(bytes);
	ck_assert_uint_eq(token.id, 0x0102030405060708);
	ck_assert_uint_eq(token.version, 0xf1f2f3f4f5f6f7f8);
}
END_TEST

START_TEST(test_words)
{
	static const char *const ops[] = {"GET", "FETCH", "STAT", "LIST",
	    "DIGEST", "?"};
	static const char *const statuses[] = {"OK", "NOT_FOUND", "DENIED",
	    "NOT_A_FILE", "BAD_NAME", "UNSUPPORTED", "BAD_REQUEST", "CHANGED",
	    "BAD_RANGE", "BUSY", "IO_ERROR", "?"};
	const char *message, *c;
	unsigned i;

	for (i = 0; i < UNIT_ROWS(ops); i++)
		ck_assert_str_eq(protocol_op_name((uint8_t)i), ops[i]);
	ck_assert_str_eq(protocol_op_name(255), "?");
	for (i = 0; i < UNIT_ROWS(statuses); i++) {
		ck_assert_str_eq(protocol_status_name((enum protocol_status)i),
		    statuses[i]);
		message = protocol_status_message((enum protocol_status)i);
		ck_assert_uint_le(strlen(message), PROTOCOL_MESSAGE_MAX);
		ck_assert_uint_gt(strlen(message), 0);
		for (c = message; *c != '\0'; c++)
			ck_assert_msg(*c >= ' ' && *c <= '~', "%s", message);
	}
	ck_assert_str_eq(protocol_status_name(PROTOCOL_INCOMPLETE), "?");
}
END_TEST

Suite *
protocol_reply_suite(void)
{
	Suite *suite = suite_create("protocol_reply");
	TCase *tcase = unit_case(suite, "replies");

	tcase_add_test(tcase, test_reply);
	tcase_add_test(tcase, test_reply_hostile);
	tcase_add_test(tcase, test_attributes);
	tcase_add_test(tcase, test_attributes_reserved);
	tcase_add_test(tcase, test_trailer);
	tcase_add_test(tcase, test_trailer_hostile);
	tcase_add_test(tcase, test_token);
	tcase_add_test(tcase, test_words);
	return suite;
}
