/*
 * limits: the promised numbers, from the options and the system's limits. Each
 * row runs in a child, since a lowered hard limit cannot be raised again.
 */

#include <sys/resource.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "common/log.h"
#include "server/limits.h"
#include "tests/unit/unit.h"

/* The hard limit on descriptors; limits_set raises the soft one to it. */
static const struct {
	const char *title;
	rlim_t descriptors;
	int max_connections, max_per_address; /* options; 0: not given */
	unsigned connections, per_address;    /* expected */
	unsigned kept; /* expected number of kept files */
} rows[] = {
    {"defaults, many descriptors", 10000, 0, 0, 4096, 1024, 1250},
    {"defaults, just enough", 2 * 4096 + 96, 0, 0, 4096, 1024, 16},
    {"defaults, one too few", 2 * 4096 + 95, 0, 0, 4095, 1024, 16},
    {"defaults, the usual 1024", 1024, 0, 0, 464, 116, 16},
    {"defaults, few", 200, 0, 0, 52, 13, 16},
    {"defaults, hardly any", 192, 0, 0, 49, 13, 0},
    {"defaults, next to none", 10, 0, 0, 3, 1, 0},
    {"asked for", 10000, 100, 7, 100, 7, 1250},
    {"one for all", 10000, 1, 0, 1, 1, 1250},
    {"a quarter, rounded up", 10000, 5, 0, 5, 2, 1250},
    {"as many as can all be at work", 1024, 464, 0, 464, 116, 16},
    {"the default, asked for", 1024, 4096, 0, 464, 116, 16},
    {"more, and most of them wait", 10000, 7000, 0, 7000, 1750, 16},
    {"the most that may wait", 10000, 9592, 1, 9592, 1, 16},
    {"one more than that", 10000, 9593, 1, 9592, 1, 16},
    {"more than there are", 1024, 1000000, 0, 896, 224, 16},
    {"more than hardly any", 192, 1000000, 0, 49, 13, 0},
    {"a share as large as wanted", 1024, 10, 1000, 10, 1000, 128},
};

struct outcome {
	struct limits limits;
	struct rlimit system;
};

/* Runs in the child; ignores the log. */
static void __attribute__((noreturn)) set_and_tell(size_t row, int fd)
{
	struct outcome outcome = {.system = {10, rows[row].descriptors}};
	struct server_options options = {
	    .max_connections = rows[row].max_connections,
	    .max_per_address = rows[row].max_per_address,
	};

	if (dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO) < 0 ||
	    setrlimit(RLIMIT_NOFILE, &outcome.system) != 0)
		_exit(1);
	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	limits_set(&outcome.limits, &options);
	if (getrlimit(RLIMIT_NOFILE, &outcome.system) != 0 ||
	    write(fd, &outcome, sizeof(outcome)) != sizeof(outcome))
		_exit(1);
	_exit(0);
}

static void
set_in_child(size_t row, struct outcome *outcome)
{
	int fds[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		set_and_tell(row, fds[1]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(fds[0], outcome, sizeof(*outcome)),
	    sizeof(*outcome));
	close(fds[0]);
	close(fds[1]);
}

START_TEST(test_limits)
{
	const char *title = rows[_i].title;
	struct outcome outcome;
	struct rlimit here;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &here), 0);
	if (rows[_i].descriptors > here.rlim_max) {
		fprintf(stderr,
		    "limits, %s: skipped: so many are not allowed here\n",
		    title);
		return;
	}
	set_in_child((size_t)_i, &outcome);
	ck_assert_msg(outcome.limits.descriptors == rows[_i].descriptors,
	    "%s: %u", title, outcome.limits.descriptors);
	ck_assert_msg(outcome.limits.max_connections == rows[_i].connections,
	    "%s: %u", title, outcome.limits.max_connections);
	ck_assert_msg(outcome.limits.max_per_address == rows[_i].per_address,
	    "%s: %u", title, outcome.limits.max_per_address);
	ck_assert_msg(outcome.limits.kept == rows[_i].kept, "%s: %u kept",
	    title, outcome.limits.kept);
	/* All descriptors may be used: two for each connection, or fewer if
	 * --max-connections asks for more connections. */
	ck_assert_uint_eq(outcome.system.rlim_cur, rows[_i].descriptors);
	ck_assert_uint_lt(outcome.limits.max_connections,
	    outcome.limits.descriptors);
	if (rows[_i].max_connections == 0)
		ck_assert_uint_le(2 * outcome.limits.max_connections,
		    outcome.limits.descriptors);
}
END_TEST

Suite *
limits_suite(void)
{
	Suite *suite = suite_create("limits");
	TCase *tcase = unit_case(suite, "limits");

	tcase_add_loop_test(tcase, test_limits, 0, UNIT_ROWS(rows));
	return suite;
}
