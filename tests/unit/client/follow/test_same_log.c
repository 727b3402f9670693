/* Which file of another id may be the printed one, and the verdict on its
 * digest. */

#include <string.h>

#include "client/follow/same_log.h"
#include "tests/unit/unit.h"

enum {
	START = 100, /* offset of the first printed byte */
	BYTES = 2 * PRINTED_HEAD,
	ID = 7,
};

static uint8_t bytes[BYTES];
static struct printed printed;
static struct same_log same;

static void
setup(void)
{
	unit_fill(bytes, sizeof(bytes), 3);
	printed_begin(&printed, START);
	printed_add(&printed, bytes, BYTES);
	printed_prove(&printed);
	same = (struct same_log){.id = ID, .size = START + BYTES};
}

static enum same_log_verdict
judge(uint64_t size, size_t n)
{
	uint8_t digest[DIGEST_LENGTH];

	digest_of(bytes, n, digest);
	return same_log_judge(&same, &printed, size, digest);
}

START_TEST(test_possible)
{
	ck_assert(same_log_is_possible(&same, &printed));
	same.id = 0;
	ck_assert(!same_log_is_possible(&same, &printed));
	same.id = ID;
	same.other = ID;
	ck_assert(!same_log_is_possible(&same, &printed));
	same_log_note_read(&same);
	ck_assert(same_log_is_possible(&same, &printed));
	/* A shorter one only at another server. */
	same.size--;
	ck_assert(!same_log_is_possible(&same, &printed));
	same.reconnected = true;
	ck_assert(same_log_is_possible(&same, &printed));
	same.size = START;
	ck_assert(!same_log_is_possible(&same, &printed));
	same.size = START + BYTES;
	printed_alter(&printed, bytes);
	ck_assert(!same_log_is_possible(&same, &printed));
	printed_begin(&printed, START);
	ck_assert(!same_log_is_possible(&same, &printed));
}
END_TEST

START_TEST(test_whole)
{
	ck_assert_uint_eq(same_log_count(&same, &printed), BYTES);
	ck_assert_int_eq(judge(START + BYTES, BYTES), SAME_LOG_SAME);
	ck_assert_int_eq(judge(START + BYTES + 1, BYTES), SAME_LOG_SAME);
	/* It has become shorter. */
	ck_assert_int_eq(judge(START + BYTES - 1, BYTES), SAME_LOG_OTHER);
	ck_assert_uint_eq(same.other, ID);
	ck_assert_int_eq(judge(START + BYTES, BYTES - 1), SAME_LOG_OTHER);
}
END_TEST

START_TEST(test_behind)
{
	same.reconnected = true;
	same.size = START + 5;
	ck_assert_uint_eq(same_log_count(&same, &printed), 5);
	ck_assert_int_eq(judge(START + 5, 4), SAME_LOG_OTHER);
	ck_assert_int_eq(judge(START + 5, 5), SAME_LOG_BEHIND);
	/* Meanwhile it has got some. */
	ck_assert_int_eq(judge(START + BYTES, 5), SAME_LOG_BEHIND);
	same.size = START + BYTES - 1;
	ck_assert_uint_eq(same_log_count(&same, &printed), PRINTED_HEAD);
	ck_assert_int_eq(judge(START + BYTES, PRINTED_HEAD), SAME_LOG_BEHIND);
	same.patience = 1;
	ck_assert_int_eq(judge(START + BYTES, PRINTED_HEAD), SAME_LOG_OTHER);
	ck_assert_uint_eq(same.other, ID);
	same_log_note_read(&same);
	ck_assert_int_eq(same.patience, 0);
	ck_assert(!same.reconnected);
}
END_TEST

Suite *
same_log_suite(void)
{
	Suite *suite = suite_create("same_log");
	TCase *tcase = unit_case(suite, "same_log");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, test_possible);
	tcase_add_test(tcase, test_whole);
	tcase_add_test(tcase, test_behind);
	return suite;
}
