/*
 * connection.h: the times by which another thread chooses whom to evict.
 */

#include "server/connection.h"
#include "tests/unit/unit.h"

static struct connection connection;

START_TEST(test_idle)
{
	int64_t before = clock_now();

	ck_assert(connection_begin_idle(&connection, false));
	ck_assert_int_ge(atomic_load(&connection.idle_since), before);
	ck_assert_int_le(atomic_load(&connection.idle_since), clock_now());
	/* Before its first request a connection is not idle for a while. */
	ck_assert(connection_begin_idle(&connection, true));
	ck_assert_int_ge(atomic_load(&connection.idle_since),
	    before + CONNECTION_GRACE);
}
END_TEST

START_TEST(test_leaving)
{
	static const enum connection_leaving reasons[] = {CONNECTION_MAKES_ROOM,
	    CONNECTION_AT_STOP};
	size_t i;

	ck_assert_int_eq(connection_leaving(&connection), CONNECTION_STAYS);
	for (i = 0; i < UNIT_ROWS(reasons); i++) {
		atomic_store(&connection.leaving, reasons[i]);
		ck_assert_int_eq(connection_leaving(&connection), reasons[i]);
		ck_assert(!connection_begin_idle(&connection, false));
		/* idle_since is set even so, for workers.c to see. */
		ck_assert_int_ne(atomic_load(&connection.idle_since), 0);
	}
}
END_TEST

Suite *
connection_server_suite(void)
{
	Suite *suite = suite_create("connection_server");
	TCase *tcase = unit_case(suite, "connection");

	tcase_add_test(tcase, test_idle);
	tcase_add_test(tcase, test_leaving);
	return suite;
}
