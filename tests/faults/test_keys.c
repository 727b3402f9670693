/*
 * Makes one call after another fail in "fileget --my-key", which makes a key.
 * In any outcome there is a whole key file or none, and nothing beside it; a
 * line that was printed is that of the file.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/failure.h"
#include "tests/faults/fault.h"
#include "tests/faults/suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/program.h"
#include "tests/harness/scratch.h"
#include "tests/harness/wait.h"

enum {
	ONCE = 1 << FAULTS_ONCE,
	ON = 1 << FAULTS_ON,
	ALTERNATELY = 1 << FAULTS_ALTERNATELY,
	MODES = 3,

	/* Exit codes as bits. */
	FINE = 1 << EXIT_OK,
	LOCAL = 1 << EXIT_LOCAL,
	UNTRUSTED = 1 << EXIT_UNTRUSTED,
};

static const struct {
	enum faults_call call;
	int error;
	unsigned modes;
	unsigned codes;
} rows[] = {
    {FAULTS_CALLOC, ENOMEM, ONCE | ON, FINE | LOCAL | UNTRUSTED},
    {FAULTS_FCHMOD, EIO, ONCE | ON, LOCAL},
    {FAULTS_FSTAT, EIO, ONCE | ON, FINE | LOCAL | UNTRUSTED},
    {FAULTS_FSYNC, ENOSPC, ONCE | ON, LOCAL | UNTRUSTED},
    /* As for the folders of some file systems. */
    {FAULTS_FSYNC, EINVAL, ON, FINE | LOCAL},
    {FAULTS_LINKAT, EPERM, ONCE | ON, LOCAL},
    {FAULTS_LINKAT, EDQUOT, ONCE | ON, LOCAL},
    /* The first ones are for folders that are there. */
    {FAULTS_MKDIRAT, EROFS, ONCE | ON, FINE | LOCAL},
    {FAULTS_MKDIRAT, ENOSPC, ONCE | ON, FINE | LOCAL},
    {FAULTS_OPEN, EMFILE, ONCE | ON, FINE | LOCAL | UNTRUSTED},
    {FAULTS_READ, EINTR, ONCE | ALTERNATELY, FINE},
    {FAULTS_READ, EIO, ONCE | ON, FINE | UNTRUSTED},
    {FAULTS_READ, FAULTS_SHORT, ONCE | ON, FINE},
    {FAULTS_UNLINKAT, EIO, ONCE | ON, FINE},
    {FAULTS_WRITE, EINTR, ONCE | ALTERNATELY, FINE},
    {FAULTS_WRITE, ENOSPC, ONCE | ON, LOCAL},
    {FAULTS_WRITE, FAULTS_SHORT, ONCE | ON, FINE},
};

/* Runs fileget --my-key. Returns its exit code. */
static int
run(struct program *client, bool meets_fault)
{
	static char home[SCRATCH_PATH + 32];
	const char *env[8] = {home};
	const char *const *more = fault_environment();
	char path[SCRATCH_PATH];
	size_t n = 1;

	snprintf(home, sizeof(home), "XDG_CONFIG_HOME=%s",
	    scratch_path(path, "here/home"));
	for (; meets_fault && *more != NULL; more++) {
		ck_assert_uint_lt(n, HARNESS_ROWS(env) - 1);
		env[n++] = *more;
	}
	program_start(client,
	    &(struct program_options){.path = harness_fileget,
		.args = (const char *const[]){"--my-key", NULL},
		.env = env,
		.cwd = "here"});
	return program_wait(client, WAIT_LIMIT);
}

/* Returns the number of files in the folder of the key. */
static int
count_files(void)
{
	char path[SCRATCH_PATH];
	DIR *dir = opendir(scratch_path(path, "here/home/fileget"));
	struct dirent *entry;
	int n = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	if (dir != NULL)
		closedir(dir);
	return n;
}

/* Judges what a run has left, by a run without a fault. */
static void
judge(struct program *client, int code, bool struck, const char *what)
{
	static struct program after;
	bool is_there =
	    faccessat(scratch_fd(), "here/home/fileget/key.pem", F_OK, 0) == 0;

	if (strstr(what, "unlinkat") == NULL || !struck)
		ck_assert_msg(count_files() == is_there, "%s: more files",
		    what);
	if (code != 0)
		ck_assert_msg(program_out(client)[0] == '\0' &&
			strstr(program_err(client), "fileget: ") != NULL,
		    "%s: exit %d: %s%s", what, code, program_out(client),
		    program_err(client));
	ck_assert_msg(run(&after, false) == 0, "%s, then: %s", what,
	    program_err(&after));
	if (code == 0)
		ck_assert_str_eq(program_out(&after), program_out(client));
}

START_TEST(a_whole_key_or_none)
{
	struct fault fault = {rows[_i / MODES].call, rows[_i / MODES].error,
	    (enum faults_mode)(_i % MODES)};
	static struct program client;
	unsigned nth, runs = 0, codes;
	bool struck = true;
	int code;

	if (fault_is_skipped(&fault, rows[_i / MODES].modes,
		_i < MODES ? FAULTS_NONE : rows[_i / MODES - 1].call) ||
	    fault_ends_sanitizer(&fault))
		return;
	fault_open();
	for (nth = 1; struck; nth = fault_next(nth)) {
		scratch_clear("here");
		fault_arm(&fault, nth);
		code = run(&client, true);
		struck = fault_disarm();
		runs += struck;
		codes = struck ? rows[_i / MODES].codes : FINE;
		ck_assert_msg(code >= 0 && (codes & 1U << code) != 0,
		    "%s: exit %d: %s", fault_print(&fault, nth), code,
		    program_err(&client));
		judge(&client, code, struck, fault_print(&fault, nth));
	}
	fault_count("fileget --my-key", &fault, runs);
}
END_TEST

Suite *
keys_suite(void)
{
	Suite *suite = suite_create("keys");
	TCase *tcase = harness_case(suite, "a fault while a key is made", 600);

	tcase_add_loop_test(tcase, a_whole_key_or_none, 0,
	    (int)HARNESS_ROWS(rows) * MODES);
	return suite;
}
