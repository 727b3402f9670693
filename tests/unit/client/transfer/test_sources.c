/* sources: the first source stays until it has no connection; each server gets
 * a connection before any gets a second. shares: the bytes of each server. */

#include <string.h>

#include "client/transfer/shares.h"
#include "client/transfer/sources.h"
#include "tests/unit/unit.h"

static struct server_list list;
static struct sources sources;

static void
setup(void)
{
	server_list_open(&list);
	ck_assert_int_eq(server_list_add(&list, "a", 1), 0);
	ck_assert_int_eq(server_list_add(&list, "b", 2), 0);
	ck_assert_int_eq(server_list_add(&list, "c", 3), 0);
	sources_open(&sources, &list);
}

static void
teardown(void)
{
	server_list_close(&list);
}

START_TEST(test_first)
{
	struct server *a = &list.members[0], *b = a + 1, *c = a + 2;

	ck_assert(sources_are_several(&sources));
	ck_assert_ptr_null(sources.first);
	sources_begin(&sources, c);
	sources_begin(&sources, b);
	sources_begin(&sources, a);
	sources_begin(&sources, c);
	ck_assert_uint_eq(sources_live(&sources), 7);
	sources_end(&sources, c);
	ck_assert_ptr_eq(sources.first, c);
	sources_end(&sources, c);
	ck_assert_ptr_eq(sources.first, a);
	sources_end(&sources, b);
	ck_assert_uint_eq(sources_live(&sources), 1);
	sources_end(&sources, a);
	ck_assert_ptr_null(sources.first);
}
END_TEST

START_TEST(test_choose)
{
	struct server *a = &list.members[0], *b = a + 1, *c = a + 2;

	sources_take_place(&sources, a);
	ck_assert_ptr_eq(sources_choose_new(&sources, 0), b);
	sources_take_place(&sources, b);
	sources_rest(&sources, c, 10);
	ck_assert_ptr_null(sources_choose_new(&sources, 9));
	ck_assert_ptr_eq(sources_choose(&sources, 9), a);
	ck_assert_ptr_eq(sources_choose_new(&sources, 10), c);
	sources_take_place(&sources, c);
	ck_assert_ptr_null(sources_choose_new(&sources, 10));
	sources_set_enough(&sources, a);
	ck_assert_ptr_eq(sources_choose(&sources, 10), b);
	sources_take_place(&sources, b);
	ck_assert_ptr_eq(sources_choose(&sources, 10), c);
	atomic_store(&c->is_foreign, true);
	ck_assert_ptr_eq(sources_choose(&sources, 10), b);
	sources_set_enough(&sources, b);
	ck_assert_ptr_null(sources_choose(&sources, 10));
	sources_clear_enough(&sources);
	sources_leave_place(&sources, a);
	ck_assert_ptr_eq(sources_choose(&sources, 10), a);
}
END_TEST

START_TEST(test_pass_by)
{
	struct server *b = &list.members[1];
	unsigned i;

	for (i = 0; i < SOURCES_TOLD; i++)
		ck_assert(sources_pass_by(&sources, b));
	ck_assert(!sources_pass_by(&sources, b));
	ck_assert_uint_eq(sources.of[1].passed_by, SOURCES_TOLD + 1);
}
END_TEST

START_TEST(test_shares)
{
	struct server *a = &list.members[0], *b = a + 1, *c = a + 2;
	struct report_share room[SERVER_LIST_MAX];
	struct report_file file = {.shares = NULL};
	struct shares shares = {.bytes = NULL};

	shares_add(&shares, &list, c, 5);
	shares_add(&shares, &list, a, 7);
	shares_add(&shares, &list, b, 0);
	shares_add(&shares, &list, c, 1);
	shares_tell(&shares, &list, room, &file);
	ck_assert_uint_eq(file.n_shares, 2);
	ck_assert_str_eq(file.shares[0].server, "a:1");
	ck_assert_uint_eq(file.shares[0].bytes, 7);
	ck_assert_str_eq(file.shares[1].server, "c:3");
	ck_assert_uint_eq(file.shares[1].bytes, 6);
	shares_close(&shares);
	ck_assert_ptr_null(shares.bytes);
	/* One server alone is not told of. */
	list.n = 1;
	file = (struct report_file){.shares = NULL};
	shares_add(&shares, &list, a, 7);
	shares_tell(&shares, &list, room, &file);
	ck_assert_ptr_null(file.shares);
	ck_assert_ptr_null(shares.bytes);
	ck_assert(!sources_are_several(&sources));
}
END_TEST

Suite *
sources_suite(void)
{
	Suite *suite = suite_create("sources");
	TCase *tcase = tcase_create("servers");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_first);
	tcase_add_test(tcase, test_choose);
	tcase_add_test(tcase, test_pass_by);
	tcase_add_test(tcase, test_shares);
	suite_add_tcase(suite, tcase);
	return suite;
}
