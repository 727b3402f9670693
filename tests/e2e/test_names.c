/*
 * Served and refused names: the rules for names, hidden names, other file
 * types, and links. After each refusal the connection is usable.
 */

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <linux/capability.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/names.h"
#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wire.h"

#define NAME(literal) literal, sizeof(literal) - 1

/* Requests a name by each op, and "ok" after each. */
static void
expect_by_each_verb(int fd, const char *row, const char *name, size_t len,
    enum protocol_status wanted)
{
	static const uint8_t ops[] = {PROTOCOL_OP_GET, PROTOCOL_OP_FETCH,
	    PROTOCOL_OP_STAT, PROTOCOL_OP_DIGEST};
	struct protocol_request request = {.count = PROTOCOL_TO_END,
	    .name = (const uint8_t *)name,
	    .name_len = len};
	enum protocol_status got;
	size_t i;

	for (i = 0; i < sizeof(ops); i++) {
		request.op = ops[i];
		talk_send_request(fd, &request);
		got = talk_read_status(fd);
		ck_assert_msg(got == wanted, "%s by %s: %s, not %s", row,
		    protocol_op_name(ops[i]), protocol_status_name(got),
		    protocol_status_name(wanted));
		talk_expect_file(fd, "ok");
	}
}

static const struct {
	const char *row;
	const char *name;
	size_t len;
	enum protocol_status status;
} names[] = {
    {"empty", NAME(""), PROTOCOL_BAD_NAME},
    {"root", NAME("/"), PROTOCOL_BAD_NAME},
    {"absolute", NAME("/etc/passwd"), PROTOCOL_BAD_NAME},
    {"two slashes first", NAME("//ok"), PROTOCOL_BAD_NAME},
    {"empty component", NAME("folder//f"), PROTOCOL_BAD_NAME},
    {"slash at the end", NAME("folder/"), PROTOCOL_BAD_NAME},
    {"dot first", NAME("./ok"), PROTOCOL_BAD_NAME},
    {"dot inside", NAME("folder/./f"), PROTOCOL_BAD_NAME},
    {"dot last", NAME("folder/."), PROTOCOL_BAD_NAME},
    {"dot dot", NAME(".."), PROTOCOL_BAD_NAME},
    {"dot dot first", NAME("../outside/secret"), PROTOCOL_BAD_NAME},
    {"dot dot inside", NAME("folder/../../outside/secret"), PROTOCOL_BAD_NAME},
    {"dot dot that stays", NAME("folder/../ok"), PROTOCOL_BAD_NAME},
    {"dot dot last", NAME("folder/.."), PROTOCOL_BAD_NAME},
    {"NUL inside", NAME("ok\0x"), PROTOCOL_BAD_NAME},
    {"NUL last", NAME("ok\0"), PROTOCOL_BAD_NAME},
    {"NUL alone", NAME("\0"), PROTOCOL_BAD_NAME},
    {"missing", NAME("missing"), PROTOCOL_NOT_FOUND},
    {"below a file", NAME("ok/f"), PROTOCOL_NOT_FOUND},
    {"in a missing folder", NAME("missing/f"), PROTOCOL_NOT_FOUND},
    {"other case", NAME("OK"), PROTOCOL_NOT_FOUND},
    {"in a folder", NAME("folder/f"), PROTOCOL_OK},
    {"dots inside", NAME("a..b.c."), PROTOCOL_OK},
    {"spaces", NAME(" a  b "), PROTOCOL_OK},
    {"backslash", NAME("a\\b"), PROTOCOL_OK},
    {"control characters", NAME("a\n\033[31m\177"), PROTOCOL_OK},
    {"UTF-8", NAME("\346\265\213\350\257\225"), PROTOCOL_OK},
    {"not UTF-8", NAME("\377\376\200"), PROTOCOL_OK},
};

START_TEST(rules_for_names)
{
	struct server server;
	char path[128];
	size_t i;
	int fd;

	scratch_text("outside/secret", "secret");
	scratch_text("served/ok", "fine");
	scratch_mkdir("served/folder");
	for (i = 0; i < HARNESS_ROWS(names); i++) {
		snprintf(path, sizeof(path), "served/%s", names[i].name);
		if (names[i].status == PROTOCOL_OK)
			scratch_fill(path, 100, i);
		/* Positive control: open(2) does lead outside. */
		if (strstr(names[i].name, "secret") != NULL)
			ck_assert_msg(scratch_exists(path), "%s", names[i].row);
	}
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	for (i = 0; i < HARNESS_ROWS(names); i++)
		expect_by_each_verb(fd, names[i].row, names[i].name,
		    names[i].len, names[i].status);
	close(fd);
	server_stop(&server);
}
END_TEST

static const struct {
	const char *row;
	size_t len;
	size_t component; /* a slash after each component of this length */
	enum protocol_status status;
} lengths[] = {
    {"longest component", 255, 4096, PROTOCOL_NOT_FOUND},
    {"component too long for the file system", 256, 4096, PROTOCOL_NOT_FOUND},
    {"longest name", NAMES_MAX, 255, PROTOCOL_NOT_FOUND},
    {"longest name, one component", NAMES_MAX, 4096, PROTOCOL_NOT_FOUND},
    {"one more", NAMES_MAX + 1, 255, PROTOCOL_BAD_NAME},
    {"64 KiB less the fixed fields", 65535 - 32, 255, PROTOCOL_BAD_NAME},
};

START_TEST(lengths_of_names)
{
	static char name[65536];
	struct server server;
	size_t i, j;
	int fd;

	scratch_text("served/ok", "fine");
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	for (i = 0; i < HARNESS_ROWS(lengths); i++) {
		memset(name, 'n', sizeof(name));
		for (j = lengths[i].component; j < lengths[i].len - 1;
		     j += lengths[i].component + 1)
			name[j] = '/';
		expect_by_each_verb(fd, lengths[i].row, name, lengths[i].len,
		    lengths[i].status);
	}
	/* The longest possible name is served. */
	memset(name, 'n', 255);
	memcpy(name, "served/", 7);
	memset(name + 7, 'n', 255);
	name[7 + 255] = '\0';
	scratch_fill(name, 1000, 1);
	talk_expect_file(fd, name + 7);
	/* "." is a name only for STAT and LIST. */
	ck_assert_int_eq(talk_status_of(server.port, PROTOCOL_OP_STAT, ".", 1),
	    PROTOCOL_OK);
	ck_assert_int_eq(talk_status_of(server.port, PROTOCOL_OP_GET, ".", 1),
	    PROTOCOL_BAD_NAME);
	ck_assert_int_eq(talk_status_of(server.port, PROTOCOL_OP_FETCH, ".", 1),
	    PROTOCOL_BAD_NAME);
	ck_assert_int_eq(talk_status_of(server.port, PROTOCOL_OP_DIGEST, ".",
			     1),
	    PROTOCOL_BAD_NAME);
	close(fd);
	server_stop(&server);
}
END_TEST

/* Refused without --hidden, whether they exist or not. */
static const struct {
	const char *name;
	enum protocol_status with_hidden;
} hidden[] = {
    {".profile", PROTOCOL_OK},
    {".git/config", PROTOCOL_OK},
    {"folder/.cache/f", PROTOCOL_OK},
    {"folder/.f", PROTOCOL_OK},
    {"...", PROTOCOL_OK},
    {".missing", PROTOCOL_NOT_FOUND},
};

START_TEST(hidden_names)
{
	static const char *const options[] = {"--hidden", NULL};
	struct server server, open_server;
	char path[64];
	size_t i;
	int fd;

	scratch_text("served/ok", "fine");
	scratch_mkdir("served/folder");
	scratch_mkdir("served/.git");
	scratch_mkdir("served/folder/.cache");
	for (i = 0; i < HARNESS_ROWS(hidden); i++) {
		snprintf(path, sizeof(path), "served/%s", hidden[i].name);
		if (hidden[i].with_hidden == PROTOCOL_OK)
			scratch_text(path, hidden[i].name);
	}
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	for (i = 0; i < HARNESS_ROWS(hidden); i++)
		expect_by_each_verb(fd, hidden[i].name, hidden[i].name,
		    strlen(hidden[i].name), PROTOCOL_DENIED);
	close(fd);
	server_stop(&server);

	server_start(&open_server, options);
	fd = wire_connect(open_server.port);
	for (i = 0; i < HARNESS_ROWS(hidden); i++)
		expect_by_each_verb(fd, hidden[i].name, hidden[i].name,
		    strlen(hidden[i].name), hidden[i].with_hidden);
	close(fd);
	server_stop(&open_server);
}
END_TEST

static void
expect_not_a_file(struct server *server, const char *name)
{
	enum protocol_status status;

	status =
	    talk_status_of(server->port, PROTOCOL_OP_GET, name, strlen(name));
	ck_assert_msg(status == PROTOCOL_NOT_A_FILE, "%s by GET: %s", name,
	    protocol_status_name(status));
	status =
	    talk_status_of(server->port, PROTOCOL_OP_FETCH, name, strlen(name));
	ck_assert_msg(status == PROTOCOL_NOT_A_FILE, "%s by FETCH: %s", name,
	    protocol_status_name(status));
}

static void
make_socket(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	/* sockaddr_un holds only a short path. */
	snprintf(address.sun_path, sizeof(address.sun_path),
	    "/proc/self/fd/%d/%s", scratch_fd(), name);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)),
	    0);
	close(fd);
}

START_TEST(other_file_types)
{
	struct server server;

	scratch_mkdir("served/folder");
	ck_assert_int_eq(mkfifoat(scratch_fd(), "served/fifo", 0644), 0);
	make_socket("served/socket");
	server_start(&server, NULL);
	expect_not_a_file(&server, "folder");
	expect_not_a_file(&server, "fifo");
	expect_not_a_file(&server, "socket");
	if (mknodat(scratch_fd(), "served/zero", S_IFCHR | 0644,
		(dev_t)(1 << 8 | 5)) == 0)
		expect_not_a_file(&server, "zero");
	else
		harness_skip("device", strerror(errno));
	ck_assert_int_eq(talk_status_of(server.port, PROTOCOL_OP_STAT, "folder",
			     6),
	    PROTOCOL_OK);
	ck_assert_int_eq(talk_status_of(server.port, PROTOCOL_OP_STAT, "fifo",
			     4),
	    PROTOCOL_NOT_A_FILE);
	server_stop(&server);
}
END_TEST

/* Drops the capabilities of root to ignore permissions. */
static void
drop_override(void)
{
	prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0);
	prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0);
}

START_TEST(unreadable)
{
	struct server server;

	scratch_text("served/ok", "fine");
	scratch_text("served/locked", "secret");
	scratch_mkdir("served/closed");
	scratch_text("served/closed/f", "secret");
	/* Positive control: with permission they are served. */
	server_start(&server, NULL);
	ck_assert_int_eq(talk_status_of(server.port, PROTOCOL_OP_GET, "locked",
			     6),
	    PROTOCOL_OK);
	server_stop(&server);

	ck_assert_int_eq(fchmodat(scratch_fd(), "served/locked", 0, 0), 0);
	ck_assert_int_eq(fchmodat(scratch_fd(), "served/closed", 0, 0), 0);
	server_start_after(&server, NULL, drop_override);
	ck_assert_int_eq(talk_status_of(server.port, PROTOCOL_OP_GET, "locked",
			     6),
	    PROTOCOL_DENIED);
	ck_assert_int_eq(talk_status_of(server.port, PROTOCOL_OP_FETCH,
			     "locked", 6),
	    PROTOCOL_DENIED);
	ck_assert_int_eq(talk_status_of(server.port, PROTOCOL_OP_GET,
			     "closed/f", 8),
	    PROTOCOL_DENIED);
	ck_assert_int_eq(talk_status_of(server.port, PROTOCOL_OP_GET, "ok", 2),
	    PROTOCOL_OK);
	server_stop(&server);
}
END_TEST

Suite *
names_suite(void)
{
	Suite *suite = suite_create("names");
	TCase *tcase;

	tcase = harness_case(suite, "rules", 60);
	tcase_add_test(tcase, rules_for_names);
	tcase_add_test(tcase, lengths_of_names);
	tcase_add_test(tcase, hidden_names);
	tcase = harness_case(suite, "kinds", 60);
	tcase_add_test(tcase, other_file_types);
	tcase_add_test(tcase, unreadable);
	return suite;
}
