/*
 * kept: which file is kept, how many are, and when one is closed. The time is
 * an argument, so these tests never wait.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/kept.h"
#include "server/state.h"
#include "tests/unit/unit.h"

#define NOW (1000 * CLOCK_SEC)

static char folder[UNIT_PATH];
static struct root root;
static struct kept_places places;
static struct kept kept;

static void
setup(void)
{
	unit_folder(folder);
	unit_write(folder, "f", "content", 7);
	unit_write(folder, "g", "others", 6);
	ck_assert_int_eq(root_open(&root, folder, false, true), 0);
	atomic_store(&places.free, 1);
	kept_init(&kept, &places);
}

static void
teardown(void)
{
	kept_release(&kept);
	root_close(&root);
}

/* Opens a file by its name and keeps it. Returns its token without a version.
 */
static struct protocol_token
keep_in(struct kept *where, const char *name, int64_t now)
{
	struct protocol_attributes attributes;
	struct root_file file;

	ck_assert_int_eq(root_open_file(&root, (const uint8_t *)name,
			     strlen(name), false, &file),
	    PROTOCOL_OK);
	state_attributes(&file.stat, &attributes);
	kept_keep(where, &file, now);
	if (file.fd >= 0)
		root_close_file(&file);
	attributes.token.version = 0;
	return attributes.token;
}

static struct protocol_token
keep(const char *name, int64_t now)
{
	return keep_in(&kept, name, now);
}

static void
remove_it(const char *name)
{
	char path[UNIT_PATH];

	unit_path(path, folder, name);
	ck_assert_int_eq(unlink(path), 0);
}

/* Only the token finds the file, in its present state, even if removed. */
START_TEST(test_find)
{
	struct protocol_token token = keep("f", NOW), other = token;
	struct root_file *file;
	char bytes[16];

	unit_write(folder, "f", "content and more", 16);
	remove_it("f");
	file = kept_find(&kept, token, NOW);
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(file->stat.st_size, 16);
	ck_assert_int_eq(pread(file->fd, bytes, 16, 0), 16);
	ck_assert_mem_eq(bytes, "content and more", 16);
	other.version = 1;
	ck_assert_ptr_null(kept_find(&kept, other, NOW));
	other = (struct protocol_token){token.id + 1, 0};
	ck_assert_ptr_null(kept_find(&kept, other, NOW));
	ck_assert_ptr_null(kept_find(&kept, (struct protocol_token){0}, NOW));
	ck_assert_ptr_nonnull(kept_find(&kept, token, NOW));
}
END_TEST

/* Regression: a FUSE file system gave the file another id, and the replies bore
 * another one than the request. */
START_TEST(test_other_id)
{
	struct protocol_token token = keep("f", NOW);
	char path[UNIT_PATH];
	int fd;

	unit_path(path, folder, "g");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(dup3(fd, kept.file.fd, O_CLOEXEC), 0);
	close(fd);
	ck_assert_ptr_null(kept_find(&kept, token, NOW));
	ck_assert_int_eq(kept.file.fd, -1);
}
END_TEST

START_TEST(test_none)
{
	ck_assert_ptr_null(kept_find(&kept, (struct protocol_token){0}, NOW));
	ck_assert_int_eq(kept_until(&kept), CLOCK_NEVER);
	kept_release(&kept);
	ck_assert_uint_eq(atomic_load(&places.free), 1);
}
END_TEST

/* A second file replaces the first; the same file takes no second place. */
START_TEST(test_one)
{
	struct protocol_token f = keep("f", NOW), g;
	int fd = kept.file.fd;

	ck_assert_uint_eq(atomic_load(&places.free), 0);
	(void)keep("f", NOW + 1);
	ck_assert_int_eq(kept.file.fd, fd);
	ck_assert_int_eq(kept_until(&kept), NOW + 1 + KEPT_IDLE);
	g = keep("g", NOW);
	ck_assert_ptr_null(kept_find(&kept, f, NOW));
	ck_assert_ptr_nonnull(kept_find(&kept, g, NOW));
	ck_assert_uint_eq(atomic_load(&places.free), 0);
	kept_release(&kept);
	kept_release(&kept);
	ck_assert_uint_eq(atomic_load(&places.free), 1);
	ck_assert_ptr_null(kept_find(&kept, g, NOW));
}
END_TEST

/* Regression: a client that never let the session wait kept a removed file, and
 * its place, for ever. */
START_TEST(test_expire)
{
	(void)keep("f", NOW);
	kept_expire(&kept, NOW + KEPT_IDLE - 1);
	ck_assert_int_ge(kept.file.fd, 0);
	kept_expire(&kept, NOW + KEPT_IDLE);
	ck_assert_int_eq(kept.file.fd, -1);
	ck_assert_uint_eq(atomic_load(&places.free), 1);
	kept_expire(&kept, NOW + KEPT_IDLE);
	ck_assert_uint_eq(atomic_load(&places.free), 1);
}
END_TEST

/* Without a free place the file stays the caller's. */
START_TEST(test_no_place)
{
	struct kept second;
	struct protocol_token token;

	(void)keep("f", NOW);
	kept_init(&second, &places);
	token = keep_in(&second, "g", NOW);
	ck_assert_ptr_null(kept_find(&second, token, NOW));
	kept_release(&kept);
	token = keep_in(&second, "g", NOW);
	ck_assert_ptr_nonnull(kept_find(&second, token, NOW));
	kept_release(&second);
}
END_TEST

/* A file is closed if nobody asks for it, and also if a client asks again and
 * again after its name is gone. */
START_TEST(test_until)
{
	struct protocol_token token = keep("f", NOW);
	int64_t now = NOW;

	ck_assert_int_eq(kept_until(&kept), NOW + KEPT_IDLE);
	ck_assert_ptr_null(kept_find(&kept, token, NOW + KEPT_IDLE));
	ck_assert_int_eq(kept.file.fd, -1);
	ck_assert_uint_eq(atomic_load(&places.free), 1);
	token = keep("f", NOW);
	for (; now < NOW + KEPT_AWAY; now += CLOCK_SEC) {
		ck_assert_ptr_nonnull(kept_find(&kept, token, now));
		ck_assert_int_le(kept_until(&kept), NOW + KEPT_AWAY);
	}
	ck_assert_ptr_null(kept_find(&kept, token, now));
	ck_assert_uint_eq(atomic_load(&places.free), 1);
	/* Opening it by its name again restarts both times. */
	token = keep("f", NOW);
	ck_assert_ptr_nonnull(kept_find(&kept, token, NOW));
	(void)keep("f", NOW + CLOCK_SEC);
	ck_assert_int_eq(kept_until(&kept), NOW + CLOCK_SEC + KEPT_IDLE);
}
END_TEST

/* A file whose mode was changed cannot be read any longer. */
START_TEST(test_forbidden)
{
	struct protocol_token token = keep("f", NOW);
	char path[UNIT_PATH];

	unit_path(path, folder, "f");
	ck_assert_int_eq(chmod(path, 0), 0);
	ck_assert_ptr_null(kept_find(&kept, token, NOW));
	ck_assert_int_eq(kept.file.fd, -1);
	ck_assert_uint_eq(atomic_load(&places.free), 1);
}
END_TEST

Suite *
kept_suite(void)
{
	Suite *suite = suite_create("kept");
	TCase *tcase = unit_case(suite, "kept");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_find);
	tcase_add_test(tcase, test_other_id);
	tcase_add_test(tcase, test_none);
	tcase_add_test(tcase, test_one);
	tcase_add_test(tcase, test_no_place);
	tcase_add_test(tcase, test_expire);
	tcase_add_test(tcase, test_until);
	tcase_add_test(tcase, test_forbidden);
	return suite;
}
