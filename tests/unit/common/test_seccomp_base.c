/*
 * The base filter, loaded in a process of its own: it lets through what it
 * promises, with the arguments that it promises, and nothing else.
 */

#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/seccomp_base.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

enum {
	ERROR = EDOM, /* no system call here sets it by itself */
};

static void
load(void)
{
	static const int more[] = {SCMP_SYS(getppid)};
	scmp_filter_ctx filter = seccomp_base_new(SCMP_ACT_ERRNO(ERROR));

	if (filter == NULL || seccomp_base_allow(filter, more, 1) != 0 ||
	    seccomp_load(filter) != 0)
		_exit(1);
	seccomp_release(filter);
}

static int
map(int protection)
{
	void *at =
	    mmap(NULL, 1, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? -1 : munmap(at, 1);
}

static void
try_allowed(void *argument)
{
	(void)argument;
	load();
	_exit(syscall(SYS_getpid) > 0 && syscall(SYS_getppid) >= 0 &&
		    map(PROT_READ | PROT_WRITE) == 0 ?
		0 :
		1);
}

static void
try_refused(void *argument)
{
	(void)argument;
	load();
	if (syscall(SYS_getuid) != -1 || errno != ERROR)
		_exit(1);
	if (socket(AF_INET, SOCK_STREAM, 0) != -1 || errno != ERROR)
		_exit(2);
	if (map(PROT_READ | PROT_EXEC) != -1 || errno != ERROR)
		_exit(3);
	/* A new process, and not a thread. */
	if (syscall(SYS_clone, 0, NULL, NULL, NULL, NULL) != -1 ||
	    errno != ERROR)
		_exit(4);
	_exit(0);
}

START_TEST(test_allowed)
{
	struct child child;

	child_run(&child, try_allowed, NULL);
	ck_assert_int_eq(child.code, 0);
}
END_TEST

START_TEST(test_refused)
{
	struct child child;

	child_run(&child, try_refused, NULL);
	ck_assert_int_eq(child.code, 0);
}
END_TEST

/* A sanitizer makes system calls that the filter refuses. */
#ifdef HARNESS_NO_SANDBOX
#define SECCOMP_RUNS 0
#else
#define SECCOMP_RUNS 1
#endif

Suite *
seccomp_base_suite(void)
{
	Suite *suite = suite_create("seccomp_base");
	TCase *tcase = unit_case(suite, "filter");

	if (unit_is_native("seccomp_base")) {
		tcase_add_loop_test(tcase, test_allowed, 0, SECCOMP_RUNS);
		tcase_add_loop_test(tcase, test_refused, 0, SECCOMP_RUNS);
	}
	return suite;
}
