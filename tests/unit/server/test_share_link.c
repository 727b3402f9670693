/* share_link: the lines with which a share begins. */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "server/share_link.h"
#include "tests/unit/unit.h"

static const struct key_name key = {.letters = "K7QFABCDEFGHIJKLMNOPQRSTUV"};

static char folder[UNIT_PATH];
static struct listen_sockets sockets;
static unsigned port;

static void
setup(void)
{
	struct server_options options = {.timeout = UNIT_TIMEOUT,
	    .n_addresses = 1,
	    .addresses = {{.host = "127.0.0.1"}}};
	struct net_address address;
	char error[NET_ERROR];

	unit_folder(folder);
	ck_assert_int_eq(listen_sockets_open(&sockets, &options, error), 0);
	ck_assert_int_eq(net_local(sockets.fds[0], &address), 0);
	port = net_port(&address);
}

static void
teardown(void)
{
	listen_sockets_close(&sockets);
}

static const struct {
	const char *name;
	bool is_folder;
	struct share_settings settings;
	const char *host; /* NULL: the address of the socket */
	const char *in_link, *limits;
} rows[] = {
    {"big.iso", false, {.once = 0}, NULL, "big.iso", ", for 1 client, for 1 h"},
    {"big.iso", false, {.once = 3, .time = 90 * CLOCK_SEC}, NULL, "big.iso",
	", for 3 clients, for 90 s"},
    {"pictures", true, {.time = 120 * 60 * CLOCK_SEC}, NULL, "pictures/",
	", for 2 h"},
    {"it's \303\251#1", false, {.host = {.host = "example.org"}}, "example.org",
	"it%27s%20%C3%A9%231", ", for 1 client, for 1 h"},
    {"a", false, {.host = {.host = "::1", .has_port = true, .port = 9}},
	"[::1]", "a", ", for 1 client, for 1 h"},
};

START_TEST(test_lines)
{
	struct share_settings settings = rows[_i].settings;
	char path[2 * UNIT_PATH], host[64], wanted[1024], shown[KEY_NAME_TEXT];
	struct announcement announcement;
	char error[SHARE_ERROR];
	struct share *share;
	bool usage;

	snprintf(path, sizeof(path), "%s/%s", folder, rows[_i].name);
	if (rows[_i].is_folder)
		ck_assert_int_eq(mkdir(path, 0755), 0);
	else
		close(open(path, O_WRONLY | O_CREAT, 0644));
	settings.path = path;
	share = share_new(&settings, &usage, error);
	ck_assert_msg(share != NULL, "%s", error);
	ck_assert_int_eq(share_link_open(&announcement, share, &settings,
			     &sockets, &key),
	    0);
	snprintf(host, sizeof(host), "%s:%u",
	    rows[_i].host == NULL ? "127.0.0.1" : rows[_i].host,
	    settings.host.has_port ? settings.host.port : port);
	key_name_format(share_ticket(share), shown);
	snprintf(wanted, sizeof(wanted),
	    "serving %s on 127.0.0.1:%u, encrypted%s\n"
	    "echo 'files://%s/%s#K7QF-ABCD-EFGH-IJKL-MNOP-QRST-UV+%s' | "
	    "fileget -\n",
	    rows[_i].name, port, rows[_i].limits, host, rows[_i].in_link,
	    shown);
	ck_assert_str_eq(announcement.text, wanted);
	free(announcement.text);
	share_free(share);
}
END_TEST

/* Two shares of one file have different tickets. */
START_TEST(test_fresh)
{
	struct share_settings settings = {.path = folder, .time = CLOCK_SEC};
	char error[SHARE_ERROR];
	bool usage;
	struct share *one = share_new(&settings, &usage, error),
		     *other = share_new(&settings, &usage, error);

	ck_assert(one != NULL && other != NULL);
	ck_assert_str_ne(share_ticket(one)->letters,
	    share_ticket(other)->letters);
	share_free(one);
	share_free(other);
}
END_TEST

Suite *
share_link_suite(void)
{
	Suite *suite = suite_create("share_link");
	TCase *tcase = tcase_create("lines");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_lines, 0, UNIT_ROWS(rows));
	tcase_add_test(tcase, test_fresh);
	suite_add_tcase(suite, tcase);
	return suite;
}
