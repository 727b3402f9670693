/*
 * Hosts and ports on both command lines, and machines that lack one of the
 * addresses of a name.
 */

#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <net/if.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/loopback.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

/* Runs fileget with exactly these arguments. */
static void
get(struct program *client, int code, const char *const *args)
{
	program_start(client,
	    &(struct program_options){.path = harness_fileget,
		.args = args,
		.cwd = "here"});
	ck_assert_msg(program_wait(client, WAIT_LIMIT) == code, "%s: %s",
	    args[0], program_err(client));
}

/* The port is part of the host operand, or an operand of its own. */
static const struct {
	const char *listen; /* -a */
	const char *host;
	bool own_port;
} forms[] = {
    {"127.0.0.1", "127.0.0.1", false},
    {"127.0.0.1", "127.0.0.1", true},
    {"127.0.0.1", "127.1", true},
    {"127.0.0.1:0", "localhost", false},
    {"127.0.0.1", "localhost.", false},
    {"127.0.0.1", "[127.0.0.1]", false},
    {"[::1]", "[::1]", false},
    {"[::1]:0", "[::1]", true},
    {"::1", "::1", true},
};

static bool
has_ipv6(void)
{
	int fd = wire_try_connect(1, &(struct wire_options){.to = "::1"});

	if (fd >= 0)
		close(fd);
	return fd >= 0 || errno == ECONNREFUSED;
}

START_TEST(forms_of_an_address)
{
	struct program client = {.pid = 0};
	char host[64], port[8];
	struct server server;

	if (strstr(forms[_i].listen, "::1") != NULL && !has_ipv6()) {
		harness_skip("forms_of_an_address", "no IPv6 here");
		return;
	}
	if (strstr(forms[_i].host, "localhost") != NULL &&
	    !loopback_has_name("forms_of_an_address"))
		return;
	scratch_fill("served/f", 1000, 1);
	server_start(&server,
	    (const char *const[]){"-a", forms[_i].listen, NULL});
	snprintf(host, sizeof(host), "%s:%u", forms[_i].host, server.port);
	if (forms[_i].own_port)
		strlcpy(host, forms[_i].host, sizeof(host));
	snprintf(port, sizeof(port), "%u", server.port);
	get(&client, 0,
	    (const char *const[]){host, forms[_i].own_port ? port : "f",
		forms[_i].own_port ? "f" : NULL, NULL});
	sum_expect_files("here/newf", "served/f");
	server_stop(&server);
}
END_TEST

/* Invalid addresses: exit code 2 and a hint. */
static const struct {
	const char *args[4], *said;
} senseless[] = {
    {{"fe80::1", "1", "f"}, "fe80::1%eth0"},
    {{"http://localhost:80/f"}, "write localhost:80 f"},
    {{"[::1", "1", "f"}, "lacks a ']'"},
    {{"127.0.0.1", "+1", "f"}, "'+1' is neither a number"},
    {{"a,,b", "1", "f"}, "empty member"},
    {{":1", "f"}, "has no host"},
};

START_TEST(invalid_addresses)
{
	struct program client = {.pid = 0};

	get(&client, 2, senseless[_i].args);
	ck_assert_msg(strstr(program_err(&client), senseless[_i].said) != NULL,
	    "%s", program_err(&client));
}
END_TEST

/* A server that cannot listen reports the address, the reason and a remedy. */
START_TEST(a_port_in_use)
{
	struct program second = {.pid = 0};
	struct server server;
	char address[32];

	server_start(&server, NULL);
	snprintf(address, sizeof(address), "127.0.0.1:%u", server.port);
	server_try(&second, (const char *const[]){"-a", address, NULL});
	ck_assert_int_eq(program_wait(&second, WAIT_LIMIT), 1);
	ck_assert_msg(strstr(program_err(&second), address) != NULL &&
		strstr(program_err(&second), "already in use") != NULL &&
		strstr(program_err(&second), "--port") != NULL,
	    "%s", program_err(&second));
	server_stop(&server);
}
END_TEST

/* A hosts file that gives one name several addresses, of which some do not
 * exist. */
static char hosts_path[SCRATCH_PATH];

static void
write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(125);
	close(fd);
}

/* Runs in the child: enters a network namespace with only a loopback interface,
 * without IPv6, and with our /etc/hosts. */
static void
become_ipv4_only(void)
{
	struct ifreq lo = {.ifr_name = "lo"};
	int fd;

	if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount(hosts_path, "/etc/hosts", NULL, MS_BIND, NULL) != 0)
		_exit(125);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	lo.ifr_flags = IFF_UP;
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) != 0)
		_exit(125);
	close(fd);
	/* The kernel may have no IPv6. */
	if (access("/proc/sys/net/ipv6", F_OK) == 0)
		write_to("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
}

static bool
can_become_ipv4_only(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		become_ipv4_only();
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static void
make_hosts(void)
{
	scratch_text("hosts",
	    "127.0.0.1 localhost\n::1 localhost\n"
	    "127.0.0.1 both\n192.0.2.7 both\n192.0.2.8 neither\n");
	scratch_path(hosts_path, "hosts");
}

static const struct {
	const char *name, *missing;
} incomplete[] = {
    {"localhost", "not listening on [::1]:"},
    {"both", "not listening on 192.0.2.7:"},
};

/* Regression: fileserv -a localhost did not start in a container without IPv6
 * whose /etc/hosts contained ::1. */
START_TEST(missing_addresses)
{
	const char *const options[] = {"-a", incomplete[_i].name, NULL};
	struct server server;

	make_hosts();
	if (!can_become_ipv4_only()) {
		harness_skip("missing_addresses", "no namespace of its own");
		return;
	}
	server_start_after(&server, options, become_ipv4_only);
	ck_assert_ptr_nonnull(
	    strstr(program_out(&server.program), " on 127.0.0.1:"));
	ck_assert_msg(strstr(program_err(&server.program),
			  incomplete[_i].missing) != NULL,
	    "%s", program_err(&server.program));
	server_stop(&server);
}
END_TEST

/* A server without any of its addresses does not start. */
START_TEST(only_missing_addresses)
{
	struct program program = {.pid = 0};

	make_hosts();
	if (!can_become_ipv4_only()) {
		harness_skip("only_missing_addresses",
		    "no namespace of its own");
		return;
	}
	program_start(&program,
	    &(struct program_options){.path = harness_fileserv,
		.args = (const char *const[]){"-a", "neither", NULL},
		.cwd = "served",
		.before = become_ipv4_only});
	ck_assert_int_eq(program_wait(&program, WAIT_LIMIT), 1);
	ck_assert_msg(strstr(program_err(&program), "192.0.2.8:8080") != NULL &&
		strstr(program_err(&program), "no such address") != NULL,
	    "%s", program_err(&program));
}
END_TEST

/* Fetches with the host and port of a line "fileget HOST PORT NAME". */
static void
get_as_announced(const char *line)
{
	struct program client = {.pid = 0};
	char host[256], port[8];

	ck_assert_int_eq(sscanf(line, "fileget %255s %7s NAME", host, port), 2);
	get(&client, 0, (const char *const[]){host, port, "f", NULL});
	sum_expect_files("here/newf", "served/f");
}

/* A server that listens on all addresses prints those that others can reach,
 * each with a command that works. */
START_TEST(all_addresses)
{
	struct server server;
	const char *line;

	scratch_fill("served/f", 1000, 1);
	server_start(&server, (const char *const[]){"-a", "0.0.0.0", NULL});
	line = program_out(&server.program);
	ck_assert_msg(strstr(line, "0.0.0.0") == NULL, "%s", line);
	while ((line = strstr(line, "\nfileget ")) != NULL)
		get_as_announced(++line);
	server_stop(&server);
}
END_TEST

/* The loopback address is printed if there is no other. */
START_TEST(only_loopback)
{
	const char *const options[] = {"-a", "0.0.0.0", NULL};
	struct server server;

	make_hosts();
	if (!can_become_ipv4_only()) {
		harness_skip("only_loopback", "no namespace of its own");
		return;
	}
	server_start_after(&server, options, become_ipv4_only);
	ck_assert_msg(strstr(program_out(&server.program),
			  "\nfileget 127.0.0.1 ") != NULL,
	    "%s", program_out(&server.program));
	server_stop(&server);
}
END_TEST

Suite *
addresses_suite(void)
{
	Suite *suite = suite_create("addresses");
	TCase *tcase = harness_case(suite, "addresses", 60);

	tcase_add_loop_test(tcase, forms_of_an_address, 0, HARNESS_ROWS(forms));
	tcase_add_loop_test(tcase, invalid_addresses, 0,
	    HARNESS_ROWS(senseless));
	tcase_add_test(tcase, a_port_in_use);
	tcase_add_loop_test(tcase, missing_addresses, 0,
	    HARNESS_ROWS(incomplete));
	tcase_add_test(tcase, only_missing_addresses);
	tcase_add_test(tcase, all_addresses);
	tcase_add_test(tcase, only_loopback);
	return suite;
}
