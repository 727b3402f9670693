/*
 * content_version: known values, which xxhash's XXH3-64 gives for the 16 bytes
 * of common/PROTOCOL.md, with times before 1970 and at the limits of the wire.
 */

#include "common/content_version.h"
#include "tests/unit/unit.h"

static const struct {
	const char *title;
	uint64_t size;
	int64_t mtime_ns;
	uint64_t version;
} rows[] = {
    {"empty, 1970", 0, 0, 0xd0a66a65c7528968},
    {"a byte", 1, 0, 0x2fdb403fc99f10cb},
    {"a nanosecond", 0, 1, 0x4152418f75dd93bb},
    {"a usual file", 5, 1700000000123456789, 0x74ec8879e5d508b0},
    {"just before 1970", 5, -1, 0x11bc72d58056dd4c},
    {"over 32 bits", UINT64_C(1) << 32, -86400000000000, 0x60328dc4b95299f1},
    {"latest time", 1, INT64_MAX, 0x66b2b097bb1982c9},
    {"earliest time", 1, INT64_MIN, 0x40aed7fbf6195584},
    {"largest", INT64_MAX, INT64_MAX, 0xd162fc89ee9bfcab},
};

START_TEST(test_known)
{
	ck_assert_msg(content_version_of(rows[_i].size, rows[_i].mtime_ns) ==
		rows[_i].version,
	    "%s", rows[_i].title);
}
END_TEST

Suite *
content_version_suite(void)
{
	Suite *suite = suite_create("content_version");
	TCase *known = tcase_create("known");

	tcase_add_loop_test(known, test_known, 0, UNIT_ROWS(rows));
	suite_add_tcase(suite, known);
	return suite;
}
