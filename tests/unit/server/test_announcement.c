/*
 * announcement: two lines for each socket and one about the confinement.
 */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "server/announcement.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

static struct listen_sockets sockets;
static struct child child;
static char directory[] = "a folder\n";
static const struct key_name *key;

static void
setup(void)
{
	struct server_options options = {.timeout = UNIT_TIMEOUT,
	    .n_addresses = 1,
	    .addresses = {{.host = "127.0.0.1"}}};
	char error[NET_ERROR];

	ck_assert_int_eq(listen_sockets_open(&sockets, &options, error), 0);
}

static void
teardown(void)
{
	listen_sockets_close(&sockets);
}

static void
announce(void *argument)
{
	struct announcement announcement;

	if (announcement_open(&announcement, &sockets, argument, key) != 0 ||
	    announcement_print(&announcement, "confined") != 0)
		_exit(1);
}

/* A name with a control character is escaped. */
START_TEST(test_lines)
{
	struct net_address address;
	char wanted[256];

	ck_assert_int_eq(net_local(sockets.fds[0], &address), 0);
	child_run(&child, announce, directory);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	snprintf(wanted, sizeof(wanted),
	    "serving a folder\\n on 127.0.0.1:%u\n"
	    "fileget 127.0.0.1 %u NAME\n"
	    "confined\n",
	    net_port(&address), net_port(&address));
	ck_assert_str_eq(child.out, wanted);
	ck_assert_str_eq(child.err, "");
}
END_TEST

/* The command has the key of a server that encrypts. */
START_TEST(test_key)
{
	const struct key_name name = {"ABCDEFGHIJKLMNOPQRSTUVWXYZ"};

	key = &name;
	child_run(&child, announce, directory);
	key = NULL;
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	ck_assert_ptr_nonnull(strstr(child.out,
	    "\nfileget --key ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ 127.0.0.1 "));
}
END_TEST

static void
announce_to_nobody(void *argument)
{
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	if (pipe(ends) != 0)
		_exit(1);
	dup2(ends[1], STDOUT_FILENO);
	close(ends[0]);
	announce(argument);
}

/* Without a reader the server goes on, and the log tells. */
START_TEST(test_no_reader)
{
	child_run(&child, announce_to_nobody, directory);
	ck_assert_int_eq(child.code, CHILD_ALIVE);
	ck_assert_ptr_nonnull(strstr(child.err, "standard output: "));
}
END_TEST

/* A descriptor that is no socket is an error. */
START_TEST(test_no_socket)
{
	int fd = sockets.fds[0];

	sockets.fds[0] = STDIN_FILENO;
	child_run(&child, announce, directory);
	sockets.fds[0] = fd;
	ck_assert_int_eq(child.code, 1);
	ck_assert_str_eq(child.out, "");
}
END_TEST

Suite *
announcement_suite(void)
{
	Suite *suite = suite_create("announcement");
	TCase *tcase = unit_case(suite, "announcement");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_lines);
	tcase_add_test(tcase, test_key);
	tcase_add_test(tcase, test_no_reader);
	tcase_add_test(tcase, test_no_socket);
	return suite;
}
