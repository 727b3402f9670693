/* Starts and stops fileserv, and observes it through /proc. */

#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

enum {
	SERVER_ARGS = 32
};

uint16_t
server_announced(struct program *program)
{
	const char *out = program_out(program);
	const char *end = strchr(out, '\n');

	if (end == NULL || strstr(out, "serving ") != out)
		return 0;
	while (end > out && end[-1] != ':')
		end--;
	return (uint16_t)strtoul(end, NULL, 10);
}

unsigned
server_warnings(void)
{
	return (geteuid() == 0) + HARNESS_NO_SANDBOX;
}

const char *
server_log(struct server *server)
{
	const char *text = program_err(&server->program), *end;
	unsigned n;

	for (n = server_warnings(); n > 0; n--) {
		end = strchr(text, '\n');
		if (end != NULL)
			text = end + 1;
	}
	return text;
}

static void
start_in(struct server *server, const char *folder, const char *const *options,
    void (*before)(void))
{
	char path[SCRATCH_PATH];
	const char *args[SERVER_ARGS] = {"-d", scratch_path(path, folder), "-p",
	    "0"};
	size_t n = 4;
	bool address = false;

	for (; options != NULL && *options != NULL; options++) {
		ck_assert_uint_lt(n, SERVER_ARGS - 4);
		address |= strcmp(*options, "-a") == 0;
		args[n++] = *options;
	}
	if (HARNESS_NO_SANDBOX)
		args[n++] = "--no-sandbox";
	if (!address) {
		args[n++] = "-a";
		args[n++] = "127.0.0.1";
	}
	args[n] = NULL;
	program_start(&server->program,
	    &(struct program_options){.path = harness_fileserv,
		.args = args,
		.before = before});
	program_await_out(&server->program, "\nfileget ");
	server->port = server_announced(&server->program);
	ck_assert_uint_gt(server->port, 0);
}

void
server_start_after(struct server *server, const char *const *options,
    void (*before)(void))
{
	start_in(server, "served", options, before);
}

void
server_start(struct server *server, const char *const *options)
{
	start_in(server, "served", options, NULL);
}

void
server_start_in(struct server *server, const char *folder,
    const char *const *options)
{
	start_in(server, folder, options, NULL);
}

void
server_try(struct program *program, const char *const *options)
{
	program_start(program,
	    &(struct program_options){.path = harness_fileserv,
		.args = options,
		.cwd = "served"});
}

void
server_stop(struct server *server)
{
	int code;

	program_signal(&server->program, SIGTERM);
	code = program_wait(&server->program, WAIT_LIMIT);
	ck_assert_msg(code == 0, "fileserv ended with %d:\n%s", code,
	    program_err(&server->program));
}

/* Returns the number of entries of a folder of /proc/PID. */
static unsigned
count_entries(const struct server *server, const char *what)
{
	char path[64];
	struct dirent *entry;
	unsigned n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)server->program.pid,
	    what);
	dir = opendir(path);
	ck_assert_msg(dir != NULL, "%s", path);
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

unsigned
server_threads(const struct server *server)
{
	return count_entries(server, "task");
}

unsigned
server_base_threads(const struct server *server)
{
	int fd = wire_connect(server->port);
	unsigned threads;
	uint8_t reply[8];

	wire_send(fd, "\0\0\0\1/", 5);
	wire_read(fd, reply, sizeof(reply));
	threads = server_threads(server) - 1;
	close(fd);
	return threads;
}

unsigned
server_descriptors(const struct server *server)
{
	return count_entries(server, "fd");
}

/* Reads a stat file of /proc. Returns 0, or -1 if the thread has ended. */
static int
read_stat(const char *path, char *state, unsigned *cpu_ms)
{
	unsigned long user, system;
	char text[1024];
	const char *end;
	FILE *file;
	size_t n;

	file = fopen(path, "r");
	if (file == NULL)
		return -1;
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	/* Fields 1, 12 and 13 after the name in brackets (proc(5)). */
	end = strrchr(text, ')');
	if (end == NULL ||
	    sscanf(end + 1,
		" %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", state,
		&user, &system) != 3)
		return -1;
	*cpu_ms = (unsigned)((user + system) * 1000 /
	    (unsigned long)sysconf(_SC_CLK_TCK));
	return 0;
}

unsigned
server_cpu_ms(const struct server *server)
{
	unsigned cpu_ms;
	char path[64], state;

	snprintf(path, sizeof(path), "/proc/%ld/stat",
	    (long)server->program.pid);
	ck_assert_int_eq(read_stat(path, &state, &cpu_ms), 0);
	return cpu_ms;
}

/* Returns the number of threads that have used at least ms of CPU time and are
 * in the state wanted of proc(5), or if in_it is false in another one. */
static unsigned
count_threads(const struct server *server, char wanted, bool in_it, unsigned ms)
{
	char path[64 + NAME_MAX], state;
	struct dirent *entry;
	unsigned cpu_ms, n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%ld/task",
	    (long)server->program.pid);
	dir = opendir(path);
	ck_assert_msg(dir != NULL, "%s", path);
	while ((entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%ld/task/%s/stat",
		    (long)server->program.pid, entry->d_name);
		if (entry->d_name[0] != '.' &&
		    read_stat(path, &state, &cpu_ms) == 0)
			n += (state == wanted) == in_it && cpu_ms >= ms;
	}
	closedir(dir);
	return n;
}

unsigned
server_worked(const struct server *server, unsigned ms)
{
	return count_threads(server, '\0', false, ms);
}

unsigned
server_running(const struct server *server)
{
	return count_threads(server, 'R', true, 0);
}

static bool
is_asleep(void *argument)
{
	return count_threads(argument, 'S', false, 0) == 0;
}

bool
server_await_sleep(struct server *server)
{
	return wait_until(is_asleep, server, WAIT_LIMIT);
}

struct bound {
	const struct server *server;
	unsigned (*count)(const struct server *);
	unsigned most;
};

static bool
is_within(void *argument)
{
	const struct bound *bound = argument;

	return bound->count(bound->server) <= bound->most;
}

bool
server_await_threads(const struct server *server, unsigned most)
{
	struct bound bound = {server, server_threads, most};

	return wait_until(is_within, &bound, WAIT_LIMIT);
}

bool
server_await_descriptors(const struct server *server, unsigned most)
{
	struct bound bound = {server, server_descriptors, most};

	return wait_until(is_within, &bound, WAIT_LIMIT);
}

static bool
is_refused(void *argument)
{
	const struct server *server = argument;
	struct wire_options options = {.to = NULL};
	int fd = wire_try_connect(server->port, &options);

	if (fd >= 0)
		close(fd);
	return fd < 0;
}

bool
server_await_stopping(struct server *server)
{
	return wait_until(is_refused, server, WAIT_LIMIT);
}

unsigned
server_count_in_log(struct server *server, const char *text)
{
	const char *at = program_err(&server->program);
	unsigned n = 0;

	while ((at = strstr(at, text)) != NULL) {
		at += strlen(text);
		n++;
	}
	return n;
}

struct logged {
	struct server *server;
	const char *text;
	unsigned n;
};

static bool
has_logged(void *argument)
{
	const struct logged *logged = argument;

	return server_count_in_log(logged->server, logged->text) >= logged->n;
}

void
server_reload(struct server *server, const char *says)
{
	struct logged logged = {server, says,
	    server_count_in_log(server, says) + 1};

	program_signal(&server->program, SIGHUP);
	ck_assert_msg(wait_until(has_logged, &logged, WAIT_LIMIT), "%s", says);
}
