/*
 * allowance: the number of threads for limits set in a child process
 * (RLIMIT_NPROC, RLIMIT_AS). Limits set by others are not known to these tests.
 */

#include <sys/resource.h>
#include <sys/wait.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/allowance.h"
#include "tests/unit/unit.h"

enum {
	FEW = 50,	    /* threads */
	MEMORY = 1 << 20,   /* bytes for each */
	MANY = 1000,	    /* MEMORY for so many */
	FRESH_UID = 200000, /* plus the process id: a user without processes */
};

struct outcome {
	struct allowance allowance;
	struct rlimit nproc;
};

/* Defined for sanitizers, which reserve terabytes of address space and may have
 * a thread of their own. */
#ifdef HARNESS_NO_SANDBOX
static const bool is_sanitized = true;
#else
static const bool is_sanitized = false;
#endif

static void
set_nothing(void)
{
}

static void
set_few_for_root(void)
{
	struct rlimit limit = {FEW / 2, FEW};

	if (setrlimit(RLIMIT_NPROC, &limit) != 0)
		_exit(1);
}

static void
set_few(void)
{
	uid_t uid = FRESH_UID + (uid_t)getpid();

	set_few_for_root();
	if (setresuid(uid, uid, uid) != 0)
		_exit(1);
}

static void
set_memory(void)
{
	struct rlimit limit = {(rlim_t)MANY * MEMORY, (rlim_t)MANY * MEMORY};

	if (setrlimit(RLIMIT_AS, &limit) != 0)
		_exit(1);
}

static void
find_in_child(void (*set)(void), struct outcome *outcome)
{
	int fds[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe2(fds, 0), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		set();
		allowance_find(&outcome->allowance, MEMORY);
		if (getrlimit(RLIMIT_NPROC, &outcome->nproc) != 0 ||
		    write(fds[1], outcome, sizeof(*outcome)) !=
			sizeof(*outcome))
			_exit(1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(fds[0], outcome, sizeof(*outcome)),
	    sizeof(*outcome));
	close(fds[0]);
	close(fds[1]);
}

/* allowance.by is a constant string, at the same address in the child. */
START_TEST(test_user)
{
	struct outcome outcome;

	if (geteuid() != 0) {
		fputs("allowance, test_user: skipped: it needs root\n", stderr);
		return;
	}
	find_in_child(set_few, &outcome);
	ck_assert_str_eq(outcome.allowance.by, "RLIMIT_NPROC");
	/* The child itself is one thread. */
	ck_assert_uint_le(outcome.allowance.threads, FEW - 1);
	ck_assert_uint_ge(outcome.allowance.threads,
	    is_sanitized ? FEW - 2 : FEW - 1);
	ck_assert_uint_eq(outcome.nproc.rlim_cur, FEW);
}
END_TEST

/* RLIMIT_NPROC does not apply to root. */
START_TEST(test_root)
{
	struct outcome outcome, before;

	if (geteuid() != 0)
		return;
	find_in_child(set_nothing, &before);
	find_in_child(set_few_for_root, &outcome);
	if (strcmp(outcome.allowance.by, "RLIMIT_NPROC") == 0)
		fputs("allowance, test_root: it is root of a namespace\n",
		    stderr);
	else
		ck_assert_str_eq(outcome.allowance.by, before.allowance.by);
}
END_TEST

START_TEST(test_memory)
{
	struct outcome outcome;

	if (is_sanitized) {
		fputs("allowance, test_memory: skipped: a sanitizer takes all "
		      "of it\n",
		    stderr);
		return;
	}
	find_in_child(set_memory, &outcome);
	ck_assert_str_eq(outcome.allowance.by, "RLIMIT_AS");
	/* Part of the memory is in use. */
	ck_assert_uint_lt(outcome.allowance.threads, MANY);
	ck_assert_uint_gt(outcome.allowance.threads, MANY / 2);
}
END_TEST

Suite *
allowance_suite(void)
{
	Suite *suite = suite_create("allowance");
	TCase *tcase = unit_case(suite, "allowance");

	tcase_add_test(tcase, test_root);
	if (unit_is_native("allowance: limits of memory")) {
		tcase_add_test(tcase, test_user);
		tcase_add_test(tcase, test_memory);
	}
	return suite;
}
