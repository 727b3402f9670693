/* Which pieces are compared with an older copy, and how many at a time. */

#include <fcntl.h>
#include <unistd.h>

#include "client/store/old_copy.h"
#include "client/transfer/reuse.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

enum {
	PIECE = 1024 * 1024, /* bytes */
	N = 4096,	     /* pieces of the older copy */
};

static struct target target;
static struct reuse reuse;

static void
setup(void)
{
	int fd;

	target_open(&target);
	target.settings.store.reuse = true;
	target.settings.store.old_fd = -1;
	fd = openat(target.folder.fd, "old", O_WRONLY | O_CREAT | O_CLOEXEC,
	    0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, (off_t)N * PIECE), 0);
	close(fd);
	reuse_open(&reuse, &target.settings.store, &target.folder, "old");
	ck_assert_int_ge(reuse.fd, 0);
}

static void
teardown(void)
{
	reuse_close(&reuse);
	ck_assert_int_eq(reuse.fd, -1);
	target_close(&target);
}

/* Chooses for the pieces from *at on until one has to wait or n were compared.
 * Returns the number of those that are compared. */
static unsigned
compare(unsigned *at, unsigned n)
{
	enum reuse_choice choice = REUSE_FETCH;
	unsigned compared = 0;

	while (compared < n && choice != REUSE_WAIT) {
		choice = reuse_choose(&reuse, (uint64_t)*at * PIECE, PIECE);
		compared += choice == REUSE_COMPARE;
		*at += choice != REUSE_WAIT;
	}
	return compared;
}

/* The copy ends in the middle of a piece. */
START_TEST(test_end)
{
	ck_assert_int_eq(reuse_choose(&reuse, (uint64_t)(N - 1) * PIECE, PIECE),
	    REUSE_COMPARE);
	ck_assert_int_eq(reuse_choose(&reuse, (uint64_t)(N - 1) * PIECE + 1,
			     PIECE),
	    REUSE_FETCH);
	ck_assert_int_eq(reuse_choose(&reuse, (uint64_t)N * PIECE, 1),
	    REUSE_FETCH);
}
END_TEST

/* Each equal piece allows more comparisons at a time, up to 256. */
START_TEST(test_growth)
{
	unsigned at = 0, most = 32, i;

	ck_assert_uint_eq(compare(&at, N), most);
	for (i = 0; i < 200; i++) {
		reuse_note(&reuse, true);
		most += most < 256 ? 2 : 0;
		(void)compare(&at, N);
		ck_assert_uint_eq(reuse.asked, most);
	}
	ck_assert_uint_eq(most, 256);
}
END_TEST

/* After 16 different pieces in a row fewer and fewer are compared, until one is
 * equal. */
START_TEST(test_useless)
{
	unsigned at = 0, last, i, stride;

	for (i = 0; i < 200; i++) {
		stride = i < 16 ? 1 : i < 64 ? i / 2 : 32;
		last = at;
		ck_assert_uint_eq(compare(&at, 1), 1);
		ck_assert_msg(at == last + stride, "%u: %u", i, at - last);
		reuse_note(&reuse, false);
		at %= N / 2;
	}
	ck_assert_uint_eq(compare(&at, 1), 1);
	reuse_note(&reuse, true);
	last = at;
	ck_assert_uint_eq(compare(&at, 5), 5);
	ck_assert_uint_eq(at, last + 5);
}
END_TEST

/* Four equal pieces in a row let one more be expected. */
START_TEST(test_expected)
{
	unsigned at = 0, i;

	for (i = 0; i < 8; i++) {
		ck_assert_uint_eq(reuse_expect(&reuse),
		    i < 4 ? 0 : OLD_COPY_LIKELY);
		ck_assert_uint_eq(compare(&at, 1), 1);
		reuse_note(&reuse, true);
	}
	ck_assert_uint_eq(compare(&at, 1), 1);
	reuse_note(&reuse, false);
	ck_assert_uint_eq(reuse_expect(&reuse), 0);
}
END_TEST

START_TEST(test_suits)
{
	const struct store_settings *store = &target.settings.store;

	ck_assert(reuse_suits(store, &target.folder, "old", 2 * PIECE));
	ck_assert(!reuse_suits(store, &target.folder, "old", 2 * PIECE - 1));
	ck_assert(!reuse_suits(store, &target.folder, "none", 2 * PIECE));
	ck_assert(!reuse_suits(store, &target.folder, ".", 2 * PIECE));
	target_write(&target, "small", "text");
	ck_assert(!reuse_suits(store, &target.folder, "small", 2 * PIECE));
	target.settings.store.reuse = false;
	ck_assert(!reuse_suits(store, &target.folder, "old", 2 * PIECE));
}
END_TEST

/* Without the option, or a copy, everything is fetched. */
START_TEST(test_none)
{
	struct reuse none;

	reuse_open(&none, &target.settings.store, &target.folder, "none");
	ck_assert_int_eq(reuse_choose(&none, 0, 1), REUSE_FETCH);
	target.settings.store.reuse = false;
	reuse_open(&none, &target.settings.store, &target.folder, "old");
	ck_assert_int_eq(reuse_choose(&none, 0, 1), REUSE_FETCH);
}
END_TEST

Suite *
reuse_suite(void)
{
	Suite *suite = suite_create("reuse");
	TCase *tcase = tcase_create("choices");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_end);
	tcase_add_test(tcase, test_growth);
	tcase_add_test(tcase, test_useless);
	tcase_add_test(tcase, test_expected);
	tcase_add_test(tcase, test_suits);
	tcase_add_test(tcase, test_none);
	suite_add_tcase(suite, tcase);
	return suite;
}
