/*
 * LIST on the wire, byte by byte: requests, cursors and records, valid ones and
 * others.
 */

#include <sys/stat.h>

#include <string.h>

#include "common/protocol.h"
#include "tests/unit/unit.h"

START_TEST(test_cursor)
{
	static const struct {
		uint64_t cursor;
		const char *hex;
	} rows[] = {
	    {0, "00 00 00 00 00 00 00 00"},
	    {0x0123456789abcdef, "01 23 45 67 89 ab cd ef"},
	    {UINT64_MAX, "ff ff ff ff ff ff ff ff"},
	};
	uint8_t wanted[PROTOCOL_CURSOR_SIZE], got[PROTOCOL_CURSOR_SIZE];
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		ck_assert_uint_eq(unit_bytes(rows[i].hex, wanted, 8), 8);
		protocol_encode_cursor(rows[i].cursor, got);
		ck_assert_mem_eq(got, wanted, sizeof(got));
		ck_assert_uint_eq(protocol_decode_cursor(wanted),
		    rows[i].cursor);
	}
}
END_TEST

static const struct {
	const char *row;
	struct protocol_record record;
	const char *hex;
	int result; /* of decoding it */
} records[] = {
    {"file", {S_IFREG | 0644, 5, 1000000000, 1},
	"000081a4 0000000000000005 000000003b9aca00 0001", 0},
    {"folder", {S_IFDIR | 0755, 4096, 0, 255},
	"000041ed 0000000000001000 0000000000000000 00ff", 0},
    {"before 1970", {S_IFREG, 0, -1, 2},
	"00008000 0000000000000000 ffffffffffffffff 0002", 0},
    {"largest", {S_IFREG | 07777, INT64_MAX, INT64_MIN, 65535},
	"00008fff 7fffffffffffffff 8000000000000000 ffff", 0},
    {"too large", {S_IFREG, (uint64_t)INT64_MAX + 1, 0, 1},
	"00008000 8000000000000000 0000000000000000 0001", -1},
    {"far too large", {S_IFREG, UINT64_MAX, 0, 1},
	"00008000 ffffffffffffffff 0000000000000000 0001", -1},
    {"no name", {S_IFREG, 0, 0, 0},
	"00008000 0000000000000000 0000000000000000 0000", -1},
    {"link", {S_IFLNK | 0777, 0, 0, 1},
	"0000a1ff 0000000000000000 0000000000000000 0001", -1},
    {"FIFO", {S_IFIFO, 0, 0, 1},
	"00001000 0000000000000000 0000000000000000 0001", -1},
    {"device", {S_IFBLK, 0, 0, 1},
	"00006000 0000000000000000 0000000000000000 0001", -1},
    {"terminal", {S_IFCHR, 0, 0, 1},
	"00002000 0000000000000000 0000000000000000 0001", -1},
    {"socket", {S_IFSOCK, 0, 0, 1},
	"0000c000 0000000000000000 0000000000000000 0001", -1},
    {"nothing", {0, 0, 0, 1}, "00000000 0000000000000000 0000000000000000 0001",
	-1},
    {"bits beyond", {0777, 0, 0, 1},
	"000001ff 0000000000000000 0000000000000000 0001", -1},
};

START_TEST(test_record)
{
	uint8_t wanted[PROTOCOL_RECORD_SIZE], got[PROTOCOL_RECORD_SIZE];
	struct protocol_record record;
	size_t i;

	for (i = 0; i < UNIT_ROWS(records); i++) {
		ck_assert_uint_eq(unit_bytes(records[i].hex, wanted,
				      sizeof(wanted)),
		    sizeof(wanted));
		protocol_encode_record(&records[i].record, got);
		ck_assert_msg(memcmp(got, wanted, sizeof(got)) == 0, "%s",
		    records[i].row);
		ck_assert_msg(protocol_decode_record(wanted, &record) ==
			records[i].result,
		    "%s", records[i].row);
		if (records[i].result != 0)
			continue;
		ck_assert_uint_eq(record.mode, records[i].record.mode);
		ck_assert_uint_eq(record.size, records[i].record.size);
		ck_assert_int_eq(record.mtime_ns, records[i].record.mtime_ns);
		ck_assert_uint_eq(record.name_len, records[i].record.name_len);
	}
}
END_TEST

/* A request: each truncation is incomplete, and each payload that is too short
 * has a status of its own. The name is '.', which only LIST and STAT allow. */
START_TEST(test_request)
{
	static const char hex[] = "03 00 0009 0123456789abcdef 2e";
	struct protocol_request request = {.op = PROTOCOL_OP_LIST,
	    .cursor = 0x0123456789abcdef,
	    .name = (const uint8_t *)".",
	    .name_len = 1};
	uint8_t wanted[16], got[64];
	size_t len = unit_bytes(hex, wanted, sizeof(wanted)), i, size;

	ck_assert_uint_eq(protocol_encode_request(&request, got), len);
	ck_assert_mem_eq(got, wanted, len);
	for (i = 0; i < len; i++) {
		memset(&request, 0, sizeof(request));
		ck_assert_int_eq(protocol_decode_request(wanted, i, &request,
				     &size),
		    PROTOCOL_INCOMPLETE);
		ck_assert_uint_eq(size, i < 4 ? 0 : len);
	}
	ck_assert_int_eq(protocol_decode_request(wanted, len, &request, &size),
	    PROTOCOL_OK);
	ck_assert_uint_eq(size, len);
	ck_assert_uint_eq(request.cursor, 0x0123456789abcdef);
	ck_assert(request.name == wanted + 12 && request.name_len == 1);

	/* Payloads of 0 to 8 bytes: no cursor, then no name. */
	for (i = 0; i <= 8; i++) {
		wanted[3] = (uint8_t)i;
		ck_assert_int_eq(protocol_decode_request(wanted, 4 + i,
				     &request, &size),
		    i < 8 ? PROTOCOL_BAD_REQUEST : PROTOCOL_BAD_NAME);
	}
	/* No flag is defined for LIST. */
	wanted[3] = 9;
	wanted[1] = 1;
	ck_assert_int_eq(protocol_decode_request(wanted, len, &request, &size),
	    PROTOCOL_UNSUPPORTED);
}
END_TEST

START_TEST(test_unseen)
{
	ck_assert(protocol_is_unseen(S_IFREG, 0, 0));
	ck_assert(protocol_is_unseen(S_IFDIR, 0, 0));
	ck_assert(!protocol_is_unseen(S_IFREG | 0400, 0, 0));
	ck_assert(!protocol_is_unseen(S_IFREG | S_ISUID, 0, 0));
	ck_assert(!protocol_is_unseen(S_IFREG, 1, 0));
	ck_assert(!protocol_is_unseen(S_IFDIR, 0, -1));
}
END_TEST

Suite *
protocol_list_suite(void)
{
	Suite *suite = suite_create("protocol_list");
	TCase *tcase = unit_case(suite, "list");

	tcase_add_test(tcase, test_cursor);
	tcase_add_test(tcase, test_record);
	tcase_add_test(tcase, test_request);
	tcase_add_test(tcase, test_unseen);
	return suite;
}
