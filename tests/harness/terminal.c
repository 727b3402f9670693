/*
 * Makes the pseudo-terminal without forkpty(3), which is in a separate library
 * on some systems. Each wait of the test reads from it, so that the program
 * cannot block on a full terminal.
 */

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <check.h>

#include "tests/harness/harness.h"
#include "tests/harness/program.h"
#include "tests/harness/scratch.h"
#include "tests/harness/terminal.h"
#include "tests/harness/wait.h"

enum {
	TERMINAL_ARGS = 32
};

/* Runs in the child. */
static void
become(const char *path, const char *const *args, char **env)
{
	int fd;

	setsid();
	fd = open(path, O_RDWR);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0 || dup2(fd, 0) < 0 ||
	    dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	if (fd > 2)
		close(fd);
	if (fchdir(scratch_fd()) != 0 || chdir("here") != 0)
		_exit(126);
	execve(harness_fileget, (char *const *)(uintptr_t)args, env);
	_exit(127);
}

void
terminal_start(struct terminal *terminal, uint16_t port,
    const char *const *args, const char *env)
{
	terminal_start_narrow(terminal, port, args, env, 80);
}

void
terminal_start_narrow(struct terminal *terminal, uint16_t port,
    const char *const *args, const char *env, unsigned short columns)
{
	terminal_start_sized(terminal, port, args, env, SCREEN_CUTS, 24,
	    columns);
}

/* Starts fileget with these operands (NULL at the end) and arguments. */
static void
start_program(struct terminal *terminal, const char *const *operands,
    const char *const *args, const char *env, enum screen_kind kind,
    unsigned short rows, unsigned short columns)
{
	const char *all[TERMINAL_ARGS] = {"fileget"};
	/* An empty NO_COLOR has no effect. */
	const char *const usual[] = {"TERM=xterm", "NO_COLOR=", NULL};
	const char *const added[] = {env, usual[0], usual[1], NULL};
	char **environment = program_environment(env == NULL ? usual : added);
	struct winsize size = {.ws_row = rows, .ws_col = columns};
	char path[64];
	size_t n = 1;

	for (; *operands != NULL; operands++)
		all[n++] = *operands;
	if (HARNESS_NO_SANDBOX)
		all[n++] = "--no-sandbox";
	for (; *args != NULL; args++) {
		ck_assert_uint_lt(n, TERMINAL_ARGS - 1);
		all[n++] = *args;
	}
	memset(terminal, 0, sizeof(*terminal));
	/* fileget takes a terminal without a width for one of 80 columns. */
	screen_open(&terminal->screen, kind, rows, columns == 0 ? 80 : columns);
	terminal->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_ge(terminal->fd, 0);
	ck_assert_int_eq(grantpt(terminal->fd), 0);
	ck_assert_int_eq(unlockpt(terminal->fd), 0);
	ck_assert_int_eq(ptsname_r(terminal->fd, path, sizeof(path)), 0);
	ck_assert_int_eq(ioctl(terminal->fd, TIOCSWINSZ, &size), 0);
	terminal->pid = fork();
	if (terminal->pid == 0)
		become(path, all, environment);
	ck_assert_int_gt(terminal->pid, 0);
	free(environment);
	terminal->pid_fd = (int)syscall(SYS_pidfd_open, terminal->pid, 0);
	ck_assert_int_ge(terminal->pid_fd, 0);
}

void
terminal_start_sized(struct terminal *terminal, uint16_t port,
    const char *const *args, const char *env, enum screen_kind kind,
    unsigned short rows, unsigned short columns)
{
	const char *operands[] = {"127.0.0.1", NULL, NULL};
	char text[8];

	snprintf(text, sizeof(text), "%u", port);
	operands[1] = text;
	start_program(terminal, operands, args, env, kind, rows, columns);
}

void
terminal_start_list(struct terminal *terminal, const char *list,
    const char *const *args, const char *env)
{
	const char *const operands[] = {list, NULL};

	start_program(terminal, operands, args, env, SCREEN_CUTS, 24, 80);
}

void
terminal_resize(struct terminal *terminal, unsigned short rows,
    unsigned short columns)
{
	struct winsize size = {.ws_row = rows, .ws_col = columns};

	terminal_look(terminal);
	screen_resize(&terminal->screen, rows, columns);
	ck_assert_int_eq(ioctl(terminal->fd, TIOCSWINSZ, &size), 0);
}

void
terminal_type(struct terminal *terminal, const char *keys)
{
	ck_assert_int_eq(write(terminal->fd, keys, strlen(keys)),
	    (ssize_t)strlen(keys));
}

/* Reads output for at most limit; drops NULs, which a terminal ignores. Returns
 * whether any was read. */
static bool
look(struct terminal *terminal, int64_t limit)
{
	char *to = terminal->text + terminal->len;
	ssize_t i, n;

	if (!wait_ready(terminal->fd, POLLIN, limit))
		return false;
	n = read(terminal->fd, to, TERMINAL_TEXT - 1 - terminal->len);
	/* EIO: the program has closed its side. */
	if (n <= 0)
		return false;
	for (i = 0; i < n; i++)
		if (to[i] != '\0')
			terminal->text[terminal->len++] = to[i];
	terminal->text[terminal->len] = '\0';
	screen_feed(&terminal->screen, to,
	    (size_t)(terminal->text + terminal->len - to));
	return true;
}

void
terminal_await(struct terminal *terminal, const char *text)
{
	int64_t deadline = clock_now() + WAIT_LIMIT;
	char *found;

	while (
	    (found = strstr(terminal->text + terminal->seen, text)) == NULL) {
		if (!look(terminal, 50 * CLOCK_MS) && clock_now() > deadline)
			ck_abort_msg("never showed '%s', but:\n%s", text,
			    terminal->text + terminal->seen);
	}
	terminal->seen = (size_t)(found - terminal->text) + strlen(text);
}

static bool
is_raw(void *terminal)
{
	struct termios state;

	ck_assert_int_eq(tcgetattr(((struct terminal *)terminal)->fd, &state),
	    0);
	return (state.c_lflag & (tcflag_t)ICANON) == 0;
}

void
terminal_await_prompt(struct terminal *terminal, const char *prompt)
{
	terminal_await(terminal, prompt);
	ck_assert_msg(wait_until(is_raw, terminal, WAIT_LIMIT), "no editor");
}

unsigned
terminal_await_row(struct terminal *terminal, const char *text)
{
	int64_t deadline = clock_now() + WAIT_LIMIT;
	struct screen *screen = &terminal->screen;
	unsigned row;

	while (screen_count(screen, text) != 1)
		if (!look(terminal, 50 * CLOCK_MS) && clock_now() > deadline)
			ck_abort_msg("no row with '%s', but:\n%s", text,
			    screen_text(screen));
	for (row = 0; strstr(screen_row(screen, row), text) == NULL; row++)
		continue;
	return row;
}

void
terminal_look(struct terminal *terminal)
{
	while (look(terminal, 0))
		continue;
}

bool
terminal_shows(struct terminal *terminal, const char *text)
{
	terminal_look(terminal);
	return strstr(terminal->text, text) != NULL;
}

int
terminal_wait(struct terminal *terminal)
{
	int64_t deadline = clock_now() + WAIT_LIMIT;
	int status;

	while (!wait_ready(terminal->pid_fd, POLLIN, 0)) {
		look(terminal, 5 * CLOCK_MS);
		if (clock_now() > deadline)
			ck_abort_msg("no end; it showed:\n%s", terminal->text);
	}
	terminal_look(terminal);
	ck_assert_int_eq(waitpid(terminal->pid, &status, 0), terminal->pid);
	close(terminal->pid_fd);
	close(terminal->fd);
	if (strstr(terminal->text, "Sanitizer:") != NULL ||
	    strstr(terminal->text, "runtime error:") != NULL)
		ck_abort_msg("sanitizer: %s", terminal->text);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
