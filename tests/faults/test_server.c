/*
 * Makes one call after another fail in a fileserv. Each time a guest makes one
 * request of each kind and must get a correct reply, a refusal that names the
 * cause, or an end. Nothing may leak, no thread may spin, and the next guest,
 * without a fault, must be served.
 */

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "common/protocol.h"
#include "tests/faults/fault.h"
#include "tests/faults/guest.h"
#include "tests/faults/haunted.h"
#include "tests/faults/suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

enum {
	ONCE = 1 << FAULTS_ONCE,
	ON = 1 << FAULTS_ON,
	ALTERNATELY = 1 << FAULTS_ALTERNATELY,

	BUSY = 1 << PROTOCOL_BUSY,
	IO_ERROR = 1 << PROTOCOL_IO_ERROR,
	CHANGED = 1 << PROTOCOL_CHANGED,
	MODES = 3,
};

#define BREAK GUEST_MAY_BREAK
#define FIRST (1U << 30) /* only the first guest meets it */

static const struct {
	enum faults_call call;
	int error;
	unsigned modes;
	unsigned may; /* permitted outcomes, besides correct replies */
} rows[] = {
    {FAULTS_ACCEPT4, EINTR, ONCE | ALTERNATELY, 0},
    {FAULTS_ACCEPT4, ECONNABORTED, ONCE | ON, BREAK},
    {FAULTS_ACCEPT4, EPERM, ONCE, 0},
    {FAULTS_ACCEPT4, EMFILE, ONCE, BREAK},
    {FAULTS_ACCEPT4, ENFILE, ONCE, BREAK},
    {FAULTS_ACCEPT4, ENOMEM, ONCE, 0},
    {FAULTS_ACCEPT4, ENOBUFS, ONCE, 0},
    {FAULTS_CALLOC, ENOMEM, ONCE | ON, BUSY | BREAK},
    {FAULTS_CLOSE, EINTR, ONCE | ON, 0},
    {FAULTS_CLOSE, EIO, ONCE | ON, 0},
    {FAULTS_GETDENTS64, EIO, ONCE | ON, IO_ERROR},
    {FAULTS_GETDENTS64, ENOMEM, ONCE | ON, BUSY},
    {FAULTS_LSEEK, EIO, ONCE | ON, IO_ERROR},
    {FAULTS_MALLOC, ENOMEM, ONCE | ON, BUSY | BREAK},
    {FAULTS_OPENAT2, EAGAIN, ONCE | ALTERNATELY, 0},
    {FAULTS_OPENAT2, EAGAIN, ON, BUSY},
    {FAULTS_OPENAT2, EINTR, ONCE | ALTERNATELY, 0},
    {FAULTS_OPENAT2, EIO, ONCE | ON, IO_ERROR},
    {FAULTS_OPENAT2, EMFILE, ONCE | ON, BUSY},
    {FAULTS_OPENAT2, ENFILE, ONCE | ON, BUSY},
    {FAULTS_OPENAT2, ENOMEM, ONCE | ON, BUSY},
    {FAULTS_POLL, EINTR, ONCE | ALTERNATELY, 0},
    {FAULTS_POLL, ENOMEM, ONCE | ON, 0},
    {FAULTS_PREAD, EINTR, ONCE | ALTERNATELY, 0},
    {FAULTS_PREAD, EIO, ONCE | ON, IO_ERROR | BREAK},
    {FAULTS_PREAD, FAULTS_SHORT, ONCE | ON, 0},
    {FAULTS_PTHREAD_CREATE, EAGAIN, ONCE | ON, BUSY | BREAK},
    {FAULTS_RECV, EAGAIN, ONCE, BREAK},
    {FAULTS_RECV, ECONNRESET, ONCE | ON, BREAK},
    {FAULTS_RECV, EINTR, ONCE | ALTERNATELY, 0},
    {FAULTS_RECV, ENOMEM, ONCE | ON, BREAK},
    {FAULTS_RECV, ETIMEDOUT, ONCE | ON, BREAK},
    {FAULTS_RECV, FAULTS_SHORT, ONCE | ON, 0},
    {FAULTS_SEND, EAGAIN, ONCE | ON, BREAK},
    {FAULTS_SEND, ECONNRESET, ONCE | ON, BREAK},
    {FAULTS_SEND, EINTR, ONCE | ALTERNATELY, 0},
    {FAULTS_SEND, ENOBUFS, ONCE | ON, BREAK},
    {FAULTS_SEND, EPIPE, ONCE | ON, BREAK},
    {FAULTS_SEND, FAULTS_SHORT, ONCE | ON, 0},
    {FAULTS_SENDFILE, EAGAIN, ONCE | ON, BREAK},
    {FAULTS_SENDFILE, EINTR, ONCE | ALTERNATELY, 0},
    {FAULTS_SENDFILE, EIO, ONCE | ON, BREAK},
    {FAULTS_SENDFILE, ENOMEM, ONCE | ON, BREAK},
    {FAULTS_SENDFILE, EPIPE, ONCE | ON, BREAK},
    {FAULTS_SENDFILE, FAULTS_SHORT, ONCE | ON, 0},
    {FAULTS_STATX, EIO, ONCE | ON, IO_ERROR | CHANGED},
    {FAULTS_STATX, ENOMEM, ONCE | ON, BUSY | CHANGED},
    {FAULTS_STATX, ENOSYS, ONCE | ON, 0}, /* fstat(2) replaces it */
    {FAULTS_WRITE, EAGAIN, ONCE | ON, 0},
    {FAULTS_WRITE, EINTR, ONCE | ALTERNATELY, 0},
    {FAULTS_WRITE, EIO, ONCE | ON, 0},
    {FAULTS_WRITE, ENOSPC, ONCE | ON, 0},
    {FAULTS_WRITE, FAULTS_SHORT, ONCE | ON, 0},
};

/* Makes one visit while the nth call fails, beside an idle guest. Returns
 * whether a call failed. */
static bool
visit(struct server *server, const struct fault *fault, unsigned nth,
    unsigned may)
{
	unsigned descriptors;
	const char *wrong;
	bool struck;

	if ((may & FIRST) == 0)
		(void)guest_stay(server->port, nth);
	descriptors = server_descriptors(server);
	fault_arm(fault, nth);
	wrong = guest_visit(server->port, may & ~FIRST);
	ck_assert_msg(wrong == NULL, "%s: %s", fault_print(fault, nth), wrong);
	struck = haunted_serves_on(server, fault, nth);
	ck_assert_msg(server_await_descriptors(server, descriptors),
	    "%s: a descriptor is left", fault_print(fault, nth));
	return struck;
}

/* Makes the first visit to a server while the nth call fails. */
static bool
visit_first(const struct fault *fault, unsigned nth, unsigned may)
{
	struct server server = {.port = 0};
	bool struck;

	haunted_start(&server);
	struck = visit(&server, fault, nth, may);
	server_stop(&server);
	return struck;
}

START_TEST(serves_on)
{
	struct fault fault = {rows[_i / MODES].call, rows[_i / MODES].error,
	    (enum faults_mode)(_i % MODES)};
	unsigned nth = 1, runs = 0, may = rows[_i / MODES].may;
	struct server server = {.port = 0};

	if (fault_is_skipped(&fault, rows[_i / MODES].modes,
		_i < MODES ? FAULTS_NONE : rows[_i / MODES - 1].call) ||
	    fault_ends_sanitizer(&fault))
		return;
	haunted_open();
	haunted_start(&server);
	while ((may & FIRST) == 0 ? visit(&server, &fault, nth, may) :
				    visit_first(&fault, nth, may))
		runs++, nth = fault_next(nth);
	ck_assert_msg(nth > 1, "%s: it never came", fault_print(&fault, nth));
	fault_count("fileserv", &fault, runs);
	server_stop(&server);
}
END_TEST

static const int accept_errors[] = {EMFILE, ENFILE, ENOMEM, ENOBUFS, EPERM,
    EPROTO};

/* No connection can be accepted: they wait without load, and are served
 * later. */
START_TEST(accepts_none_for_a_while)
{
	struct fault fault = {FAULTS_ACCEPT4, accept_errors[_i], FAULTS_ON};
	struct server server = {.port = 0};
	unsigned cpu;
	int fd;

	haunted_open();
	haunted_start(&server);
	fault_arm(&fault, 1);
	fd = wire_connect(server.port);
	program_await_err(&server.program,
	    "no connection is accepted for a moment: ");
	cpu = server_cpu_ms(&server);
	ck_assert(!wait_ready(fd, POLLIN, CLOCK_SEC / 2));
	ck_assert_uint_lt(server_cpu_ms(&server) - cpu, 250);
	ck_assert(haunted_serves_on(&server, &fault, 1));
	talk_expect_file(fd, "small");
	close(fd);
	server_stop(&server);
}
END_TEST

Suite *
server_suite(void)
{
	Suite *suite = suite_create("server");
	TCase *tcase = harness_case(suite, "a fault while it serves", 300);

	tcase_add_loop_test(tcase, serves_on, 0,
	    (int)HARNESS_ROWS(rows) * MODES);
	tcase_add_loop_test(tcase, accepts_none_for_a_while, 0,
	    (int)HARNESS_ROWS(accept_errors));
	return suite;
}
