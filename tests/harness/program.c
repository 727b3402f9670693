/*
 * Starts programs and waits for them. Output goes to files, not to pipes, so
 * that a program cannot block on a test that does not read. A program is killed
 * by its own process id only, and waited for through a pidfd.
 */

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/harness/harness.h"
#include "tests/harness/program.h"
#include "tests/harness/scratch.h"
#include "tests/harness/wait.h"

enum {
	PROGRAM_ARGS = 64
};

/* Runs in the child; makes only system calls. */
static void
become(const struct program_options *options, char *const *argv,
    char *const *env, const int fds[3])
{
	/* The tests may run with these ignored (nohup). */
	static const int signals[] = {SIGHUP, SIGINT, SIGPIPE, SIGTERM};
	size_t i;

	if (dup2(fds[0], 0) < 0 || dup2(fds[1], 1) < 0 || dup2(fds[2], 2) < 0)
		_exit(126);
	if (options->cwd != NULL &&
	    (fchdir(scratch_fd()) != 0 || chdir(options->cwd) != 0))
		_exit(126);
	/* The program inherits no other descriptor. */
	closefrom(3);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)signal(signals[i], SIG_DFL);
	if (options->before != NULL)
		options->before();
	execve(options->path, argv, env);
	_exit(127);
}

static int
create(const char *name)
{
	int fd = openat(scratch_fd(), name,
	    O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Sets argv to the name and the arguments, as execve(2) needs them. */
static void
build_argv(const struct program_options *options, char **argv)
{
	const char *slash = strrchr(options->path, '/');
	const char *const *arg = options->args;
	size_t n = 0;

	argv[n++] =
	    (char *)(uintptr_t)(slash == NULL ? options->path : slash + 1);
	if (HARNESS_NO_SANDBOX && strcmp(options->path, harness_fileget) == 0)
		argv[n++] = (char *)(uintptr_t) "--no-sandbox";
	for (; arg != NULL && *arg != NULL; arg++) {
		ck_assert_uint_lt(n, PROGRAM_ARGS - 1);
		argv[n++] = (char *)(uintptr_t)*arg;
	}
	argv[n] = NULL;
}

char **
program_environment(const char *const *first)
{
	size_t added = 0, have = 0;
	char **env;

	while (first != NULL && first[added] != NULL)
		added++;
	while (environ[have] != NULL)
		have++;
	env = calloc(added + have + 1, sizeof(*env));
	ck_assert_ptr_nonnull(env);
	if (added > 0)
		memcpy(env, first, added * sizeof(*env));
	memcpy(env + added, environ, have * sizeof(*env));
	return env;
}

void
program_start(struct program *program, const struct program_options *options)
{
	static unsigned number; /* programs started by this test */
	char *argv[PROGRAM_ARGS], **env = program_environment(options->env);
	int fds[3], pipe_fds[2] = {-1, -1};

	build_argv(options, argv);
	number++;
	snprintf(program->out_name, sizeof(program->out_name), "%u.out",
	    number);
	snprintf(program->err_name, sizeof(program->err_name), "%u.err",
	    number);
	if (options->with_input)
		ck_assert_int_eq(pipe2(pipe_fds, O_CLOEXEC), 0);
	else
		pipe_fds[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	fds[0] = pipe_fds[0];
	fds[1] = create(program->out_name);
	fds[2] = create(program->err_name);
	program->input = pipe_fds[1];
	program->pid = fork();
	if (program->pid == 0)
		become(options, argv, env, fds);
	ck_assert_int_gt(program->pid, 0);
	close(fds[0]);
	close(fds[1]);
	close(fds[2]);
	free(env);
	program->pid_fd = (int)syscall(SYS_pidfd_open, program->pid, 0);
	ck_assert_int_ge(program->pid_fd, 0);
}

/* Fails the test if the text contains a report of a sanitizer. */
static void
expect_no_report(const struct program *program)
{
	static const char *const marks[] = {"Sanitizer:", "Sanitizer CHECK",
	    "runtime error:"};
	size_t i, len;
	char *text = scratch_read(program->err_name, &len);

	ck_assert_ptr_nonnull(text);
	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (memmem(text, len, marks[i], strlen(marks[i])) != NULL)
			ck_abort_msg("sanitizer: %s", text);
	free(text);
}

/* Reaps an ended program. Returns its exit code, or minus the signal. */
static int
reap(struct program *program)
{
	struct rusage usage;
	int status;

	ck_assert_int_eq(wait4(program->pid, &status, 0, &usage), program->pid);
	program->peak = usage.ru_maxrss;
	close(program->pid_fd);
	program_hang_up(program);
	program->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int
program_wait(struct program *program, int64_t limit)
{
	int code;

	if (!wait_ready(program->pid_fd, POLLIN, limit))
		ck_abort_msg("no end in %lld ms; it wrote:\n%s%s",
		    (long long)(limit / CLOCK_MS), program_out(program),
		    program_err(program));
	code = reap(program);
	expect_no_report(program);
	return code;
}

bool
program_ended(const struct program *program)
{
	return wait_ready(program->pid_fd, POLLIN, 0);
}

void
program_signal(const struct program *program, int signal)
{
	ck_assert_int_gt(program->pid, 0);
	ck_assert_int_eq(kill(program->pid, signal), 0);
}

long
program_memory(const struct program *program, const char *what)
{
	char path[32], line[128];
	long kib = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)program->pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (kib < 0 && fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, what, strlen(what)) == 0)
			kib = strtol(line + strlen(what), NULL, 10);
	fclose(file);
	ck_assert_msg(kib >= 0, "no %s of process %d", what, program->pid);
	return kib;
}

void
program_kill(struct program *program)
{
	program_signal(program, SIGKILL);
	ck_assert(wait_ready(program->pid_fd, POLLIN, WAIT_LIMIT));
	ck_assert_int_eq(reap(program), -SIGKILL);
	expect_no_report(program);
}

void
program_say(struct program *program, const char *text)
{
	ck_assert_int_eq(write(program->input, text, strlen(text)),
	    (ssize_t)strlen(text));
}

void
program_hang_up(struct program *program)
{
	if (program->input >= 0)
		close(program->input);
	program->input = -1;
}

static const char *
read_text(const char *name, char *text)
{
	int fd = openat(scratch_fd(), name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	ck_assert_int_ge(fd, 0);
	n = read(fd, text, PROGRAM_TEXT - 1);
	text[n < 0 ? 0 : n] = '\0';
	close(fd);
	return text;
}

const char *
program_out(struct program *program)
{
	return read_text(program->out_name, program->out_text);
}

const char *
program_err(struct program *program)
{
	return read_text(program->err_name, program->err_text);
}

struct sought {
	struct program *program;
	const char *(*read)(struct program *);
	const char *text;
};

static bool
is_written(void *argument)
{
	struct sought *sought = argument;
	/* Checked before reading: an ended program has written everything. */
	bool ended = program_ended(sought->program);

	if (strstr(sought->read(sought->program), sought->text) != NULL)
		return true;
	if (ended)
		ck_abort_msg("ended without '%s'; it wrote:\n%s%s",
		    sought->text, program_out(sought->program),
		    program_err(sought->program));
	return false;
}

static void
await(struct sought *sought)
{
	if (!wait_until(is_written, sought, WAIT_LIMIT))
		ck_abort_msg("never wrote '%s', but:\n%s", sought->text,
		    sought->read(sought->program));
}

void
program_await_out(struct program *program, const char *text)
{
	struct sought sought = {program, program_out, text};

	await(&sought);
}

void
program_await_err(struct program *program, const char *text)
{
	struct sought sought = {program, program_err, text};

	await(&sought);
}

unsigned
program_lines(const char *text)
{
	unsigned n = 0;
	const char *end;

	for (; *text != '\0'; text = end, n++) {
		end = strchr(text, '\n');
		end = end == NULL ? text + strlen(text) : end + 1;
	}
	return n;
}
