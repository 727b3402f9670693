/* send_list: the size of a page; from any cursor on, each entry comes exactly
 * once. */

#include <sys/vfs.h>

#include <linux/magic.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/server/listing.h"

enum {
	MANY = 600, /* entries with long names: 3 pages */
};

/* A page ends when the next entry does not fit. */
START_TEST(test_by_size)
{
	unsigned i, n, pages = 0, all = 0;

	for (i = 0; i < MANY; i++)
		listing_make_long(i);
	listing_cursor = 0;
	do {
		ck_assert_int_eq(listing_ask(listing_cursor), PROTOCOL_OK);
		n = listing_each(listing_count);
		ck_assert(listing_cursor == 0 ||
		    LISTING_PAGE - listing_body_len <
			PROTOCOL_RECORD_SIZE + LISTING_NAME);
		ck_assert_uint_gt(n, 0);
		all += n;
		pages++;
	} while (listing_cursor != 0);
	ck_assert_uint_eq(all, MANY);
	ck_assert_uint_eq(pages, 3);
	for (i = 0; i < MANY; i++)
		ck_assert_uint_eq(listing_seen[i], 1);
}
END_TEST

/* A page ends after a number of entries, hidden ones included. */
START_TEST(test_by_number)
{
	unsigned i, n = 0, pages = 0;

	for (i = 0; i < LISTING_LOOKED + 10; i++)
		listing_make(".", i);
	listing_make("", 1);
	listing_cursor = 0;
	do {
		ck_assert_int_eq(listing_ask(listing_cursor), PROTOCOL_OK);
		n += listing_each(listing_count);
		pages++;
	} while (listing_cursor != 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(pages, 2);
}
END_TEST

/* A page from the position behind any entry has exactly the entries that follow
 * it. */
START_TEST(test_every_cursor)
{
	enum {
		FEW = 100
	};
	long places[FEW + 2];
	unsigned numbers[FEW + 2], i, j, n = 0;
	struct dirent *entry;
	DIR *dir;

	for (i = 0; i < FEW; i++)
		listing_make("", i);
	dir = opendir(listing_served);
	while ((entry = readdir(dir)) != NULL) {
		numbers[n] = entry->d_name[0] == '.' ?
		    UINT32_MAX :
		    (unsigned)strtoul(entry->d_name, NULL, 10);
		places[n++] = (long)entry->d_off;
	}
	closedir(dir);
	ck_assert_uint_eq(n, FEW + 2);
	for (i = 0; i < n; i++) {
		memset(listing_seen, 0, sizeof(listing_seen));
		ck_assert_int_eq(listing_ask((uint64_t)places[i]), PROTOCOL_OK);
		ck_assert_uint_eq(listing_cursor, 0);
		listing_each(listing_count);
		for (j = 0; j < n; j++)
			ck_assert(numbers[j] == UINT32_MAX ||
			    listing_seen[numbers[j]] == (j > i ? 1 : 0));
	}
}
END_TEST

/* Entries are removed and added between pages: an entry that stays comes
 * exactly once, any other at most once. */
START_TEST(test_changing)
{
	char path[UNIT_PATH], entry[LISTING_NAME + 1];
	unsigned i, page = 0;
	struct statfs kind;

	/* tmpfs of older kernels gives no lasting positions. */
	ck_assert_int_eq(statfs(listing_served, &kind), 0);
	if (kind.f_type == TMPFS_MAGIC)
		return;
	for (i = 0; i < MANY; i++)
		listing_make_long(i);
	listing_cursor = 0;
	do {
		ck_assert_int_eq(listing_ask(listing_cursor), PROTOCOL_OK);
		listing_each(listing_count);
		/* Removes every third entry, half of them before they were
		 * listed. */
		for (i = page * 3; i < MANY; i += 12) {
			snprintf(entry, sizeof(entry), "%0*u", LISTING_NAME, i);
			unit_path(path, listing_served, entry);
			unlink(path);
			listing_make_long(MANY + page * 100 + i / 12);
		}
		page++;
	} while (listing_cursor != 0);
	ck_assert_uint_ge(page, 3);
	for (i = 0; i < MANY; i++)
		ck_assert_msg(i % 3 == 0 ? listing_seen[i] <= 1 :
					   listing_seen[i] == 1,
		    "%u: %u", i, listing_seen[i]);
	for (; i < UNIT_ROWS(listing_seen); i++)
		ck_assert_uint_le(listing_seen[i], 1);
}
END_TEST

Suite *
send_list_pages_suite(void)
{
	Suite *suite = suite_create("send_list_pages");
	TCase *tcase = unit_case(suite, "listing");

	tcase_add_checked_fixture(tcase, listing_setup, listing_teardown);
	tcase_add_test(tcase, test_by_size);
	tcase_add_test(tcase, test_by_number);
	tcase_add_test(tcase, test_every_cursor);
	tcase_add_test(tcase, test_changing);
	return suite;
}
