/*
 * presence: a served folder that was removed, or whose file system is gone, is
 * logged once; requests that end well cost no check.
 */

#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/presence.h"
#include "server/root.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

enum {
	CANNOT_FILTER = 3, /* exit code: no seccomp here */
};

static char folder[UNIT_PATH];
static struct root root;
static struct presence presence;
static struct child child;

static void
setup(void)
{
	unit_folder(folder);
	ck_assert_int_eq(root_open(&root, folder, false, true), 0);
	presence = (struct presence){.wake_fd = -1};
}

static void
teardown(void)
{
	root_close(&root);
}

/* Checks as if a second had passed since the last check. */
static void
check_again(enum protocol_status status)
{
	atomic_store(&presence.next, 0);
	presence_check(&presence, &root, status);
}

static void
check_removed(void *argument)
{
	(void)argument;
	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	check_again(PROTOCOL_NOT_FOUND);
	if (atomic_load(&presence.trouble) != 0 || rmdir(folder) != 0)
		_exit(1);
	/* A second has not passed; or the status tells nothing. */
	presence_check(&presence, &root, PROTOCOL_NOT_FOUND);
	check_again(PROTOCOL_OK);
	check_again(PROTOCOL_DENIED);
	if (atomic_load(&presence.trouble) != 0)
		_exit(2);
	check_again(PROTOCOL_NOT_FOUND);
	check_again(PROTOCOL_IO_ERROR);
	if (atomic_load(&presence.trouble) != ENOENT ||
	    presence_is_lost(&presence))
		_exit(3);
}

START_TEST(test_removed)
{
	const char *line;

	child_run(&child, check_removed, NULL);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	line = strstr(child.err, "the served folder was removed");
	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_null(strstr(line + 1, "the served folder"));
}
END_TEST

static void
check_lost(void *argument)
{
	int pair[2];
	char byte;

	(void)argument;
	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		_exit(1);
	presence.wake_fd = pair[0];
	if (child_refuse(SYS_statx, ENOTCONN) != 0)
		_exit(CANNOT_FILTER);
	check_again(PROTOCOL_IO_ERROR);
	/* The listener's socket was shut down, which wakes it. */
	if (!presence_is_lost(&presence) || read(pair[0], &byte, 1) != 0)
		_exit(2);
}

START_TEST(test_lost)
{
	child_run(&child, check_lost, NULL);
	if (child.code == CANNOT_FILTER)
		return;
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	ck_assert_ptr_nonnull(strstr(child.err, "its file system has gone"));
}
END_TEST

Suite *
presence_suite(void)
{
	Suite *suite = suite_create("presence");
	TCase *tcase = unit_case(suite, "presence");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_removed);
	tcase_add_test(tcase, test_lost);
	return suite;
}
