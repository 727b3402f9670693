/*
 * sandbox: what a confined process may do, and what ends it. Each test runs in
 * a child, since a sandbox cannot be left.
 */

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/beneath.h"
#include "common/landlock.h"
#include "common/seccomp_base.h"
#include "server/own_files.h"
#include "server/root.h"
#include "server/sandbox.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

enum {
	UNCONFINED = 3, /* exit code: this kernel lacks a layer */
};

static char folder[UNIT_PATH];
static char beside[UNIT_PATH], own_path[UNIT_PATH]; /* the server's own file */
static struct own_files own;
static struct child child;

static void
forbid_cores(void *argument)
{
	struct rlimit limit;

	(void)argument;
	sandbox_forbid_cores();
	if (getrlimit(RLIMIT_CORE, &limit) != 0 || limit.rlim_max != 0)
		_exit(1);
}

START_TEST(test_cores)
{
	child_run(&child, forbid_cores, NULL);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
}
END_TEST

/* Enters the sandbox with the folder as root. */
static void
enter(struct root *root)
{
	struct sandbox_folder folders[1 + OWN_FILES_MOST];
	char layers[SANDBOX_TEXT];
	size_t n;

	if (root_open(root, folder, false, true) != 0)
		_exit(1);
	(void)root_seal(root);
	folders[0] = root_sandbox_folder(root);
	n = 1 + own_files_sandbox_folders(&own, &folders[1]);
	if (sandbox_enter(folders, n, layers) != 0)
		_exit(UNCONFINED);
	if (strstr(layers, "seccomp") == NULL)
		_exit(2);
}

static void
serve(void *argument)
{
	struct root_file file;
	struct root root;
	char got[8];

	(void)argument;
	enter(&root);
	if (root_open_file(&root, (const uint8_t *)"file", 4, false, &file) !=
		PROTOCOL_OK ||
	    pread(file.fd, got, 7, 0) != 7)
		_exit(4);
	root_close_file(&file);
	/* Refused, without ending the process: a C library tries these. */
	if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES)
		_exit(5);
	if (prctl(PR_SET_NAME, "name", 0, 0, 0) == 0)
		_exit(6);
	/* exit(3) would write what an instrumented build has seen. */
	_exit(CHILD_ALIVE);
}

static void
connect_out(void *argument)
{
	struct root root;

	(void)argument;
	enter(&root);
	(void)socket(AF_INET, SOCK_STREAM, 0);
	_exit(CHILD_ALIVE);
}

static void
start_process(void *argument)
{
	struct root root;

	(void)argument;
	enter(&root);
	(void)fork();
	_exit(CHILD_ALIVE);
}

static void
remove_file(void *argument)
{
	struct root root;

	(void)argument;
	enter(&root);
	(void)unlinkat(root.fd, "file", 0);
	_exit(CHILD_ALIVE);
}

/* Opens the folder with the server's own file, and enters. */
static const struct own_file *
enter_with_own_file(struct root *root)
{
	const struct own_file *file;
	char error[OWN_FILES_ERROR];

	if (own_files_open(&own) != 0)
		_exit(7);
	file = own_files_add(&own, own_path, error);
	if (file == NULL)
		_exit(8);
	(void)own_files_seal(&own);
	enter(root);
	return file;
}

static void
read_own_file(void *argument)
{
	char error[OWN_FILES_ERROR], text[4] = "";
	const struct own_file *file;
	struct root root;
	int fd;

	(void)argument;
	file = enter_with_own_file(&root);
	fd = own_file_open(file, error);
	if (fd < 0 || read(fd, text, 3) != 3 || strcmp(text, "own") != 0)
		_exit(9);
	_exit(CHILD_ALIVE);
}

/* Uses the way to the own files below the served folder. */
static void
mix_ways(void *argument)
{
	struct root root;

	(void)argument;
	(void)enter_with_own_file(&root);
	if (!own.sealed)
		_exit(UNCONFINED);
	(void)beneath_open(root.fd, "file", own.way);
	_exit(CHILD_ALIVE);
}

static const struct {
	const char *title;
	void (*work)(void *argument);
	int code; /* -1: ended by a signal */
} rows[] = {
    {"serving", serve, CHILD_ALIVE},
    {"a socket", connect_out, -1},
    {"a process", start_process, -1},
    {"removing a file", remove_file, -1},
    {"reading the server's own file", read_own_file, CHILD_ALIVE},
    {"the way of another folder", mix_ways, -1},
};

/* A sanitizer makes system calls that the sandbox forbids: no row runs. */
#ifdef HARNESS_NO_SANDBOX
#define CONFINED_ROWS 0
#else
#define CONFINED_ROWS (int)UNIT_ROWS(rows)
#endif

START_TEST(test_confined)
{
	unit_folder(folder);
	unit_write(folder, "file", "content", 7);
	unit_folder(beside);
	unit_write(beside, "own", "own", 3);
	unit_path(own_path, beside, "own");
	child_run(&child, rows[_i].work, NULL);
	if (child.code == UNCONFINED)
		return;
	ck_assert_msg(child.code == rows[_i].code, "%s: %d", rows[_i].title,
	    child.code);
}
END_TEST

/* Why a layer is missing: the kernel lacks it, or something refuses it. */
START_TEST(test_reasons)
{
	ck_assert_ptr_nonnull(strstr(seccomp_base_explain(ENOSYS, false),
	    "this kernel lacks it (CONFIG_SECCOMP_FILTER)"));
	ck_assert_ptr_nonnull(strstr(seccomp_base_explain(EINVAL, true),
	    "an emulator such as qemu-user"));
	ck_assert_ptr_nonnull(
	    strstr(seccomp_base_explain(EPERM, true), "forbidden"));
	ck_assert_str_eq(seccomp_base_explain(ENOMEM, true), strerror(ENOMEM));
	ck_assert_ptr_nonnull(
	    strstr(landlock_explain(ENOSYS), "this kernel lacks it"));
	ck_assert_ptr_nonnull(
	    strstr(landlock_explain(EOPNOTSUPP), "started without it"));
	ck_assert_ptr_nonnull(strstr(landlock_explain(EPERM), "forbidden"));
	ck_assert_str_eq(landlock_explain(ENOMEM), strerror(ENOMEM));
	if (access("/proc/self/status", R_OK) == 0)
		ck_assert(seccomp_base_in_kernel());
}
END_TEST

Suite *
sandbox_suite(void)
{
	Suite *suite = suite_create("sandbox");
	TCase *tcase = unit_case(suite, "sandbox");

	tcase_add_test(tcase, test_cores);
	tcase_add_loop_test(tcase, test_confined, 0, CONFINED_ROWS);
	tcase_add_test(tcase, test_reasons);
	return suite;
}
