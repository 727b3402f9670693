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
	presence_init(&presence, &root, -1);
}

static void
teardown(void)
{
	root_close(&root);
}

/* Looks as if a second had passed since the last look. */
static void
check_again(enum protocol_status status)
{
	atomic_store(&presence.next, 0);
	presence_check(&presence, status);
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
	presence_check(&presence, PROTOCOL_NOT_FOUND);
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
	int pair[2], i, gone = *(const int *)argument;
	char byte;

	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		_exit(1);
	presence.wake_fd = pair[0];
	if (child_refuse(SYS_statx, gone) != 0)
		_exit(CANNOT_FILTER);
	/* One or two such looks may be a file server that restarts. */
	for (i = 1; i < PRESENCE_LOOKS; i++) {
		check_again(PROTOCOL_BUSY);
		if (presence_is_lost(&presence))
			_exit(3);
	}
	check_again(PROTOCOL_IO_ERROR);
	/* The listener's socket was shut down, which wakes it. */
	if (!presence_is_lost(&presence) || read(pair[0], &byte, 1) != 0)
		_exit(2);
}

static int gone_errors[] = {ENOTCONN, ESTALE, EIO, ESHUTDOWN};

START_TEST(test_lost)
{
	child_run(&child, check_lost, &gone_errors[_i]);
	if (child.code == CANNOT_FILTER)
		return;
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	ck_assert_ptr_nonnull(strstr(child.err, "its file system has gone"));
}
END_TEST

static void
check_away(void *argument)
{
	int i;

	(void)argument;
	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	if (child_refuse(SYS_statx, ETIMEDOUT) != 0)
		_exit(CANNOT_FILTER);
	for (i = 0; i < 2 * PRESENCE_LOOKS; i++)
		check_again(PROTOCOL_BUSY);
	if (presence_is_lost(&presence))
		_exit(1);
}

/* A file server that is away for a while does not end fileserv. */
START_TEST(test_away)
{
	const char *line;

	child_run(&child, check_away, NULL);
	if (child.code == CANNOT_FILTER)
		return;
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	line = strstr(child.err, "cannot be reached");
	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_null(strstr(line + 1, "cannot be reached"));
	ck_assert_ptr_null(strstr(child.err, "fileserv ends"));
}
END_TEST

/* The thread logs a removed folder, and ends when it is told to. */
static void
check_thread(void *argument)
{
	(void)argument;
	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	root.network = "NFS";
	if (rmdir(folder) != 0)
		_exit(1);
	presence_start(&presence);
	while (atomic_load(&presence.trouble) != ENOENT)
		clock_sleep(CLOCK_MS);
	check_again(PROTOCOL_BUSY);
	if (presence_stop(&presence) != 0)
		_exit(2);
	/* A look that began long ago is logged once, and its end too. */
	atomic_store(&presence.looks_since, clock_now() - 2 * PRESENCE_HANG);
	presence_tend(&presence);
	presence_tend(&presence);
	atomic_store(&presence.looks_since, 0);
	presence_tend(&presence);
}

START_TEST(test_thread)
{
	const char *line;

	child_run(&child, check_thread, NULL);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	ck_assert_ptr_nonnull(strstr(child.err, "was removed"));
	line = strstr(child.err, "(NFS) does not answer");
	ck_assert_ptr_nonnull(line);
	ck_assert_ptr_null(strstr(line + 7, "does not answer"));
	ck_assert_ptr_nonnull(strstr(line, "answers again"));
}
END_TEST

Suite *
presence_suite(void)
{
	Suite *suite = suite_create("presence");
	TCase *tcase = unit_case(suite, "presence");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_removed);
	tcase_add_loop_test(tcase, test_lost, 0, UNIT_ROWS(gone_errors));
	tcase_add_test(tcase, test_away);
	tcase_add_test(tcase, test_thread);
	return suite;
}
