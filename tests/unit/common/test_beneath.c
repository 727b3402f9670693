/*
 * Opening below a folder: which failures are retried and how often, and the
 * arguments that the kernel gets. A thread makes the calls under a seccomp
 * filter that passes each one to the test (seccomp_unotify(2)), which answers
 * for the kernel or lets the call continue.
 */

#include <sys/eventfd.h>
#include <sys/stat.h>

#include <linux/seccomp.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <seccomp.h>

#include "common/beneath.h"
#include "common/syscalls.h"
#include "tests/unit/unit.h"

/* So many calls fail with EINTR, then so many with EAGAIN, and the last one
 * with code; 0: the kernel opens. */
static const struct {
	const char *row;
	int interrupted, raced, code;
	int calls, expected; /* errno */
} rows[] = {
    {"nothing in the way", 0, 0, 0, 1, 0},
    {"interrupted", 2000, 0, 0, 2001, 0},
    {"a race", 0, 1, 0, 2, 0},
    {"nearly too many races", 0, 999, 0, 1000, 0},
    {"races without end", 0, INT_MAX, 0, 1000, EAGAIN},
    {"interrupted, and races", 2000, 999, 0, 3000, 0},
    {"another error", 0, 0, ENOENT, 1, ENOENT},
    {"another error, in the end", 1, 1, EXDEV, 3, EXDEV},
};

static const char name[] = ".";
static const struct open_how how = {
    .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
    .resolve = RESOLVE_BENEATH,
};
static int folder, done;

/* Set by the thread and read by main after done; atomic, since the thread
 * sanitizer does not know that order. */
static atomic_int listener, opened, error;

/* Loads a filter for openat2(2) of this thread. Returns its listener, or a
 * negative errno. */
static int
hand_over_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int result;

	if (filter == NULL)
		return -ENOMEM;
	seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
	result =
	    seccomp_rule_add(filter, SCMP_ACT_NOTIFY, SCMP_SYS(openat2), 0);
	if (result == 0)
		result = seccomp_load(filter);
	if (result == 0)
		result = seccomp_notify_fd(filter);
	seccomp_release(filter);
	return result;
}

static void *
open_rows(void *nothing)
{
	size_t i;

	listener = hand_over_calls();
	eventfd_write(done, 1);
	for (i = 0; i < UNIT_ROWS(rows) && listener >= 0; i++) {
		opened = beneath_open(folder, name, &how);
		error = opened < 0 ? errno : 0;
		eventfd_write(done, 1);
	}
	return nothing;
}

static void
answer(size_t row, int call)
{
	struct seccomp_notif *asked;
	struct seccomp_notif_resp *reply;
	int code = rows[row].code;

	ck_assert_int_eq(seccomp_notify_alloc(&asked, &reply), 0);
	ck_assert_int_eq(seccomp_notify_receive(listener, asked), 0);
	/* The whole registers, as a filter sees them. */
	ck_assert_uint_eq(asked->data.args[0], (uint64_t)folder);
	ck_assert_uint_eq(asked->data.args[1], (uintptr_t)name);
	ck_assert_uint_eq(asked->data.args[2], (uintptr_t)&how);
	ck_assert_uint_eq(asked->data.args[3], sizeof(how));
	if (call < rows[row].interrupted)
		code = EINTR;
	else if (call - rows[row].interrupted < rows[row].raced)
		code = EAGAIN;
	reply->id = asked->id;
	reply->error = -code;
	reply->flags = code == 0 ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
	ck_assert_int_eq(seccomp_notify_respond(listener, reply), 0);
	seccomp_notify_free(asked, reply);
}

/* Answers the calls of a row until the thread is done. Returns their number. */
static int
answer_all(size_t row)
{
	struct pollfd fds[2] = {{.fd = done, .events = POLLIN},
	    {.fd = listener, .events = POLLIN}};
	eventfd_t count;
	int calls = 0;

	for (;;) {
		ck_assert_int_gt(poll(fds, 2, -1), 0);
		if (fds[0].revents != 0)
			break;
		answer(row, calls++);
	}
	ck_assert_int_eq(eventfd_read(done, &count), 0);
	return calls;
}

START_TEST(test_open)
{
	struct stat here, there;
	eventfd_t count;
	pthread_t thread;
	size_t i;

	folder = open("/", O_PATH | O_CLOEXEC);
	done = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_eq(fstat(folder, &here), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, open_rows, NULL), 0);
	ck_assert_int_eq(eventfd_read(done, &count), 0);
	/* Under a container's filter there may be a listener already, and only
	 * one is possible. */
	ck_assert(listener >= 0 || listener == -EBUSY);
	for (i = 0; i < UNIT_ROWS(rows) && listener >= 0; i++) {
		ck_assert_msg(answer_all(i) == rows[i].calls, "%s",
		    rows[i].row);
		ck_assert_msg(error == rows[i].expected, "%s: %d", rows[i].row,
		    error);
		if (error != 0)
			continue;
		ck_assert_int_eq(fstat(opened, &there), 0);
		ck_assert(
		    here.st_dev == there.st_dev && here.st_ino == there.st_ino);
		close(opened);
	}
	pthread_join(thread, NULL);
	if (listener >= 0)
		close(listener);
	close(done);
	close(folder);
}
END_TEST

/* The errno with which a filter fails openat2(2), 0: no filter; and whether the
 * text says so. */
static const struct {
	int filter, code;
	bool refused;
} reasons[] = {
    {0, EACCES, false},
    {0, EPERM, false},
    {0, ENOENT, false},
    {EPERM, EPERM, true},
    {EACCES, EACCES, true},
    {ENOSYS, ENOSYS, true},
    {EPERM, ENOENT, false},
};

START_TEST(test_explain)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	const char *why;
	bool refused;

	if (reasons[_i].filter != 0) {
		ck_assert_int_eq(seccomp_rule_add(filter,
				     SCMP_ACT_ERRNO(reasons[_i].filter),
				     SCMP_SYS(openat2), 0),
		    0);
		ck_assert_int_eq(seccomp_load(filter), 0);
	}
	seccomp_release(filter);
	why = beneath_explain(reasons[_i].code, &refused);
	ck_assert_int_eq(refused, reasons[_i].refused);
	ck_assert(refused == (strstr(why, "refuses openat2(2)") != NULL));
	ck_assert(refused || strcmp(why, strerror(reasons[_i].code)) == 0);
	ck_assert_str_eq(beneath_explain(reasons[_i].code, NULL), why);
}
END_TEST

Suite *
beneath_suite(void)
{
	Suite *suite = suite_create("beneath");
	TCase *tcase = unit_case(suite, "beneath");

	if (unit_is_native("beneath")) {
		tcase_add_loop_test(tcase, test_explain, 0, UNIT_ROWS(reasons));
		tcase_add_test(tcase, test_open);
	}
	return suite;
}
