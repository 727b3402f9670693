/*
 * A real HAProxy in front of three fileserv with copies of a file, configured
 * by tests/machines/haproxy.cfg: downloads are spread, the log shows the
 * client's address, a killed server is survived, a drained one ends without a
 * break.
 */

#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/replica.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

enum {
	SERVERS = 3,
	CLIENTS = 6,
	LARGE = 6 * 1024 * 1024, /* bytes; takes seconds at RATE */
	BEGUN = 512 * 1024,	 /* bytes after which a download is running */
	STATISTICS = 64 * 1024,	 /* bytes of a reply of HAProxy */
	ADMIN_PATH = 80, /* bytes; HAProxy adds some to a socket's name */
};

#define RATE "3M"

static const char *const names[SERVERS] = {"one", "two", "three"};
static struct server servers[SERVERS];
static struct program haproxy, clients[CLIENTS];
static uint16_t front; /* HAProxy's port */
static int reserved;   /* keeps the port for it */

/* Returns the path of HAProxy, or NULL after a message. */
static const char *
find_haproxy(void)
{
	static const char *const paths[] = {"/usr/sbin/haproxy",
	    "/usr/bin/haproxy", "/usr/local/sbin/haproxy"};
	char admin[SCRATCH_PATH];
	size_t i;

	if (strlen(scratch_path(admin, "admin")) > ADMIN_PATH) {
		harness_skip("balancer", "$TMPDIR is too long for a socket");
		return NULL;
	}
	for (i = 0; i < HARNESS_ROWS(paths); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	harness_skip("balancer", "there is no haproxy");
	return NULL;
}

/* Takes a free port without listening; HAProxy binds it too (SO_REUSEPORT). */
static uint16_t
reserve_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int on = 1;

	reserved = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(reserved, 0);
	ck_assert_int_eq(setsockopt(reserved, SOL_SOCKET, SO_REUSEPORT, &on,
			     sizeof(on)),
	    0);
	ck_assert_int_eq(bind(reserved, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(getsockname(reserved, (struct sockaddr *)&address,
			     &len),
	    0);
	return ntohs(address.sin_port);
}

/* Sends a command to HAProxy. Returns false if it does not answer. */
static bool
command(const char *text, char reply[STATISTICS])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char path[SCRATCH_PATH];
	size_t len = 0;
	ssize_t n;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
	    scratch_path(path, "admin"));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		close(fd);
		return false;
	}
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL),
	    (ssize_t)strlen(text));
	while (len < STATISTICS - 1 &&
	    (n = read(fd, reply + len, STATISTICS - 1 - len)) > 0)
		len += (size_t)n;
	reply[len] = '\0';
	close(fd);
	return len > 0;
}

/* Returns whether HAProxy shows this state of server one, such as ",UP,". */
static bool
has_state(void *argument)
{
	static char reply[STATISTICS];
	char *line, *end;

	if (!command("show stat\n", reply))
		return false;
	line = strstr(reply, "\nfiles,one,");
	if (line == NULL)
		return false;
	end = strchr(line + 1, '\n');
	if (end != NULL)
		*end = '\0';
	return strstr(line, argument) != NULL;
}

static void
await_state(const char *state)
{
	ck_assert_msg(wait_until(has_state, (void *)(uintptr_t)state,
			  WAIT_LIMIT),
	    "server one is never%s", state);
}

/* Starts a server with a copy of the file in a folder of its own. */
static void
start_server(size_t i)
{
	char port[8], folder[32], copy[40], path[SCRATCH_PATH];

	snprintf(folder, sizeof(folder), "outside/%s", names[i]);
	snprintf(copy, sizeof(copy), "%s/large", folder);
	if (!scratch_exists(folder)) {
		scratch_mkdir(folder);
		replica_copy("served/large", copy);
	}
	snprintf(port, sizeof(port), "%u", servers[i].port);
	server_start(&servers[i],
	    HERE_LIST("-d", scratch_path(path, folder), "-p", port,
		"--proxy-from", "127.0.0.1/32"));
}

/* Starts everything. Returns false, after a message, without HAProxy. */
static bool
start_all(void)
{
	static char env[SERVERS + 2][SCRATCH_PATH + 32];
	const char *path = find_haproxy();
	char admin[SCRATCH_PATH];
	size_t i;

	if (path == NULL)
		return false;
	scratch_fill("served/large", LARGE, 1);
	front = reserve_port();
	snprintf(env[0], sizeof(env[0]), "FILES=127.0.0.1:%u", front);
	snprintf(env[1], sizeof(env[1]), "FILES_ADMIN=%s",
	    scratch_path(admin, "admin"));
	for (i = 0; i < SERVERS; i++) {
		start_server(i);
		snprintf(env[2 + i], sizeof(env[2 + i]),
		    "FILES_%zu=127.0.0.1:%u", i + 1, servers[i].port);
	}
	/* Tests run in the top folder. */
	program_start(&haproxy,
	    &(struct program_options){.path = path,
		.args = HERE_LIST("-db", "-f", "tests/machines/haproxy.cfg"),
		.env = HERE_LIST(env[0], env[1], env[2], env[3], env[4])});
	await_state(",UP,");
	return true;
}

static void
stop_all(void)
{
	size_t i;

	for (i = 0; i < SERVERS; i++)
		if (servers[i].program.pid > 0)
			server_stop(&servers[i]);
	program_kill(&haproxy);
	close(reserved);
}

/* Starts downloads at RATE and waits until all are running. */
static void
start_downloads(size_t n)
{
	char name[32], part[NAME_MAX + 1], path[NAME_MAX + 32];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%zu", i);
		snprintf(path, sizeof(path), "here/%s", name);
		if (!scratch_exists(path))
			scratch_mkdir(path);
		client_start(&clients[i], front,
		    HERE_LIST("-v", "--limit-rate", RATE, "-P", name, "large"),
		    NULL);
	}
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "here/%zu", i);
		while (here_find_part(path, part) == 0)
			clock_sleep(CLOCK_MS);
		snprintf(path, sizeof(path), "here/%zu/%s", i, part);
		scratch_await_size(path, BEGUN);
	}
}

static void
expect_downloads(size_t n, const char *what)
{
	char path[64];
	size_t i;

	for (i = 0; i < n; i++) {
		here_expect_exit(&clients[i], 0, what);
		snprintf(path, sizeof(path), "here/%zu/newlarge", i);
		sum_expect_files(path, "served/large");
	}
}

/* Leastconn: three downloads, one at each server. Their logs show the client's
 * address, and that the proxy brought it. */
START_TEST(spread)
{
	const char *log;
	size_t i;

	if (!start_all())
		return;
	start_downloads(SERVERS);
	expect_downloads(SERVERS, "spread");
	for (i = 0; i < SERVERS; i++) {
		server_stop(&servers[i]);
		log = server_log(&servers[i]);
		ck_assert_msg(strstr(log, "FETCH large OK") != NULL, "%s: %s",
		    names[i], log);
		ck_assert_msg(strstr(log, "via 127.0.0.1") != NULL, "%s: %s",
		    names[i], log);
		servers[i].program.pid = 0;
	}
	stop_all();
}
END_TEST

/* The downloads of the killed server continue at the others where they were. */
START_TEST(killed)
{
	size_t i, broken = 0;
	const char *err;

	if (!start_all())
		return;
	start_downloads(CLIENTS);
	program_kill(&servers[0].program);
	servers[0].program.pid = 0;
	expect_downloads(CLIENTS, "killed");
	for (i = 0; i < CLIENTS; i++) {
		err = program_err(&clients[i]);
		if (strstr(err, "trying again") == NULL)
			continue;
		broken++;
		ck_assert_msg(strstr(err, "goes on from byte") != NULL, "%s",
		    err);
		ck_assert_msg(strstr(err, "changed") == NULL, "%s", err);
	}
	ck_assert_uint_ge(broken, 1);
	/* The health check has noticed; new downloads meet no broken one. */
	await_state(",DOWN,");
	start_downloads(SERVERS);
	expect_downloads(SERVERS, "down");
	for (i = 0; i < SERVERS; i++)
		ck_assert_ptr_null(
		    strstr(program_err(&clients[i]), "trying again"));
	/* And that it is back. */
	start_server(0);
	await_state(",UP,");
	stop_all();
}
END_TEST

/* A drained server gets no new downloads. It is told to stop, finishes those
 * that it has, and no client notices. */
START_TEST(drained)
{
	static char reply[STATISTICS];
	size_t i;

	if (!start_all())
		return;
	start_downloads(SERVERS);
	ck_assert(command("set server files/one state drain\n", reply));
	await_state(",DRAIN,");
	server_stop(&servers[0]);
	servers[0].program.pid = 0;
	expect_downloads(SERVERS, "drained");
	for (i = 0; i < SERVERS; i++)
		ck_assert_ptr_null(
		    strstr(program_err(&clients[i]), "trying again"));
	start_downloads(SERVERS);
	expect_downloads(SERVERS, "afterwards");
	stop_all();
}
END_TEST

Suite *
balancer_suite(void)
{
	Suite *suite = suite_create("balancer");
	TCase *tcase = harness_case(suite, "balancer", 90);

	tcase_add_test(tcase, spread);
	tcase_add_test(tcase, killed);
	tcase_add_test(tcase, drained);
	return suite;
}
