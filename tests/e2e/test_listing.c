/*
 * LIST on the wire: the entries of a folder, page by page. The tests decode
 * replies by the specification, not with the code under test.
 */

#include <sys/endian.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"
#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/pages.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/tree.h"
#include "tests/harness/wire.h"

static struct server server;

/* Expects that a folder lists exactly these names, in any order. */
static void
expect_listed(int fd, const char *folder, const char *what,
    const char *const *names)
{
	struct pages pages;
	size_t n;

	pages_read_all(&pages, fd, folder);
	for (n = 0; names[n] != NULL; n++)
		ck_assert_msg(pages_count(&pages, names[n]) == 1,
		    "%s: '%s' is listed %u times", what, names[n],
		    pages_count(&pages, names[n]));
	ck_assert_msg(pages.n == n, "%s: %zu entries, not %zu", what, pages.n,
	    n);
	pages_free(&pages);
}

static void
make_everything(void)
{
	char path[SCRATCH_PATH];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), cwd;

	scratch_text("served/file", "file");
	scratch_mkdir("served/folder");
	scratch_text("served/folder/f", "f");
	scratch_text("served/.hidden", "hidden");
	scratch_mkdir("served/.git");
	scratch_text("served/.git/config", "config");
	scratch_text("outside/secret", "secret");
	scratch_symlink("file", "served/to-file");
	scratch_symlink("folder", "served/to-folder");
	scratch_symlink("../file", "served/folder/up");
	scratch_symlink("..", "served/folder/top");
	scratch_symlink("../../outside/secret", "served/folder/out");
	scratch_symlink("missing", "served/dangling");
	scratch_symlink("circle", "served/circle");
	scratch_symlink("../outside", "served/outside");
	scratch_symlink("../outside/secret", "served/secret");
	scratch_symlink("../served/file", "served/out-and-in");
	scratch_symlink("/etc/passwd", "served/absolute");
	scratch_symlink(".hidden", "served/to-hidden");
	ck_assert_int_eq(mkfifoat(scratch_fd(), "served/fifo", 0644), 0);
	scratch_symlink("fifo", "served/to-fifo");
	/* The path of a socket is short, so it is made from its folder. */
	cwd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_eq(chdir(scratch_path(path, "served")), 0);
	strlcpy(address.sun_path, "socket", sizeof(address.sun_path));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)(void *)&address,
			     sizeof(address)),
	    0);
	ck_assert_int_eq(fchdir(cwd), 0);
	close(cwd);
	close(fd);
}

/* Only entries that can be fetched are listed. */
static const struct {
	const char *row;
	const char *const options[3];
	const char *folder;
	const char *const names[10];
} policies[] = {
    {"as it is", {NULL}, ".",
	{"file", "folder", "to-file", "to-folder", "to-hidden", NULL}},
    {"below", {NULL}, "folder", {"f", "up", "top", NULL}},
    {"through a link", {NULL}, "to-folder", {"f", "up", "top", NULL}},
    {"--hidden", {"--hidden", NULL}, ".",
	{"file", "folder", "to-file", "to-folder", ".hidden", ".git",
	    "to-hidden", NULL}},
    {"--hidden, below", {"--hidden", NULL}, ".git", {"config", NULL}},
    {"--no-links", {"--no-links", NULL}, ".", {"file", "folder", NULL}},
    {"--no-links, below", {"--no-links", NULL}, "folder", {"f", NULL}},
    {"both", {"--no-links", "--hidden", NULL}, ".",
	{"file", "folder", ".hidden", ".git", NULL}},
};

START_TEST(policy_by_policy)
{
	int fd;

	make_everything();
	server_start(&server, policies[_i].options);
	fd = wire_connect(server.port);
	expect_listed(fd, policies[_i].folder, policies[_i].row,
	    policies[_i].names);
	close(fd);
	server_stop(&server);
}
END_TEST

/* Each listed entry has the same attributes in FETCH and STAT. */
START_TEST(listed_is_what_stat_says)
{
	struct protocol_attributes attributes;
	const struct pages_entry *entry;
	struct pages pages;
	size_t i;
	int fd;

	make_everything();
	tree_dress("served/file", 04755, INT64_C(1234567890123456789));
	tree_dress("served/folder", 0700, -1);
	scratch_sparse("served/large", UINT64_C(5000000000));
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	pages_read_all(&pages, fd, ".");
	ck_assert_uint_eq(pages.n, 6);
	for (i = 0; i < pages.n; i++) {
		entry = &pages.entries[i];
		talk_ask(fd, PROTOCOL_OP_STAT, entry->name);
		talk_read_attributes(fd, &attributes);
		ck_assert_msg(attributes.mode == entry->mode, "%s",
		    entry->name);
		ck_assert_msg(attributes.size == entry->size, "%s",
		    entry->name);
		ck_assert_msg(attributes.mtime_ns == entry->mtime_ns, "%s",
		    entry->name);
	}
	pages_free(&pages);
	close(fd);
	server_stop(&server);
}
END_TEST

static const struct {
	const char *row;
	const char *name;
	uint64_t cursor;
	enum protocol_status status;
} refusals[] = {
    {"a file", "file", 0, PROTOCOL_NOT_A_FILE},
    {"a link to one", "to-file", 0, PROTOCOL_NOT_A_FILE},
    {"a FIFO", "fifo", 0, PROTOCOL_NOT_A_FILE},
    {"a socket", "socket", 0, PROTOCOL_NOT_A_FILE},
    {"below a file", "file/f", 0, PROTOCOL_NOT_FOUND},
    {"missing", "missing", 0, PROTOCOL_NOT_FOUND},
    {"missing, below", "folder/missing", 0, PROTOCOL_NOT_FOUND},
    {"hidden", ".git", 0, PROTOCOL_DENIED},
    {"outside", "outside", 0, PROTOCOL_DENIED},
    {"to the top's own", "folder/top/folder/..", 0, PROTOCOL_BAD_NAME},
    {"..", "..", 0, PROTOCOL_BAD_NAME},
    {"./", "./", 0, PROTOCOL_BAD_NAME},
    {"./folder", "./folder", 0, PROTOCOL_BAD_NAME},
    {"folder/", "folder/", 0, PROTOCOL_BAD_NAME},
    {"folder/.", "folder/.", 0, PROTOCOL_BAD_NAME},
    {"absolute", "/etc", 0, PROTOCOL_BAD_NAME},
    {"nothing", "", 0, PROTOCOL_BAD_NAME},
    {"cursor of all ones", ".", UINT64_MAX, PROTOCOL_BAD_RANGE},
    {"cursor negative", ".", UINT64_C(1) << 63, PROTOCOL_BAD_RANGE},
};

START_TEST(refused_and_in_frame)
{
	enum protocol_status got;
	size_t i;
	int fd;

	make_everything();
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	for (i = 0; i < HARNESS_ROWS(refusals); i++) {
		pages_ask(fd, refusals[i].name, refusals[i].cursor);
		got = talk_read_refusal(fd);
		ck_assert_msg(got == refusals[i].status, "%s: %s",
		    refusals[i].row, protocol_status_name(got));
		expect_listed(fd, "folder", refusals[i].row, policies[1].names);
	}
	close(fd);
	server_stop(&server);
}
END_TEST

START_TEST(no_list)
{
	int fd;

	make_everything();
	server_start(&server, (const char *const[]){"--no-list", NULL});
	fd = wire_connect(server.port);
	pages_ask(fd, ".", 0);
	ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_DENIED);
	pages_ask(fd, "missing", 0);
	ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_DENIED);
	talk_expect_file(fd, "file");
	close(fd);
	server_stop(&server);
}
END_TEST

/* ---- pages -------------------------------------------------------------- */

enum {
	LISTING_MANY = 20000,
	LISTING_NONSENSE = HARNESS_SLOW ? 200 : 2000,
};

/* Makes names of the maximum length, for many pages. */
static void
make_many(const char *folder, unsigned n)
{
	char name[SCRATCH_PATH], way[64];
	unsigned i;

	snprintf(way, sizeof(way), "%s/", folder);
	tree_make_way(way);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s/%0200u", folder, i);
		scratch_text(name, "");
	}
}

START_TEST(every_entry_exactly_once)
{
	struct pages pages;
	int fd;

	make_many("served/many", LISTING_MANY);
	scratch_mkdir("served/empty");
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	pages_read_all(&pages, fd, "many");
	ck_assert_uint_eq(pages.n, LISTING_MANY);
	ck_assert_uint_eq(pages_different(&pages), LISTING_MANY);
	ck_assert_uint_gt(pages.pages, 10);
	pages_free(&pages);
	pages_read_all(&pages, fd, "empty");
	ck_assert_uint_eq(pages.n, 0);
	ck_assert_uint_eq(pages.pages, 1);
	pages_free(&pages);
	close(fd);
	server_stop(&server);
}
END_TEST

/* Entries that exist throughout, while others come and go between pages. */
START_TEST(exactly_once_while_others_change)
{
	struct pages pages = {0};
	char name[SCRATCH_PATH];
	uint64_t cursor = 0;
	unsigned i, gone = 0, come = 0;
	size_t standing = 0;
	int fd;

	make_many("served/many", LISTING_MANY);
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	do {
		cursor = pages_read(&pages, fd, "many", cursor);
		/* Every second one may go; new ones have new names. */
		for (i = 0; i < 200 && 2 * gone < LISTING_MANY; i++, gone++) {
			snprintf(name, sizeof(name), "served/many/%0200u",
			    2 * (gone * 7919 % (LISTING_MANY / 2)));
			scratch_remove(name);
		}
		for (i = 0; i < 200; i++, come++) {
			snprintf(name, sizeof(name), "served/many/new%u", come);
			scratch_text(name, "");
		}
	} while (cursor != 0 && pages.pages < 10000);
	ck_assert_uint_eq(cursor, 0);
	ck_assert_uint_eq(pages_different(&pages), pages.n);
	for (i = 0; i < pages.n; i++)
		standing += pages.entries[i].name[0] == '0' &&
		    strtoul(pages.entries[i].name, NULL, 10) % 2 == 1;
	ck_assert_uint_eq(standing, LISTING_MANY / 2);
	pages_free(&pages);
	close(fd);
	server_stop(&server);
}
END_TEST

/* Cursors that the server never sent: a page or an error. */
START_TEST(cursors_of_nonsense)
{
	static unsigned short state[3] = {5, 6, 7};
	enum protocol_status got;
	uint64_t cursor;
	unsigned i;
	int fd;

	make_many("served/many", 2000);
	tree_fill_many("served/few", 3);
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	for (i = 0; i < LISTING_NONSENSE; i++) {
		cursor = ((uint64_t)jrand48(state) << 32 ^
			     (uint32_t)jrand48(state)) >>
		    i % 64;
		if (i % 4 == 3)
			cursor = UINT64_C(1) << i % 64;
		pages_ask(fd, i % 2 == 0 ? "many" : "few", cursor);
		got = talk_read_status(fd);
		ck_assert_msg(got == PROTOCOL_OK || got == PROTOCOL_BAD_RANGE,
		    "cursor %llu: %s", (unsigned long long)cursor,
		    protocol_status_name(got));
	}
	talk_expect_file(fd, "few/f0");
	close(fd);
	server_stop(&server);
}
END_TEST

/* LIST between other requests, all sent before the first read. */
START_TEST(pipelined)
{
	struct pages pages = {0}, first = {0};
	uint64_t next;
	int i, fd;

	make_many("served/many", 2000);
	scratch_text("served/file", "file");
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	next = pages_read(&first, fd, "many", 0);
	ck_assert_uint_ne(next, 0);
	for (i = 0; i < 300; i++) {
		pages_ask(fd, "many", i % 2 == 0 ? 0 : next);
		talk_ask(fd, PROTOCOL_OP_STAT, "file");
		pages_ask(fd, "file", 0);
	}
	for (i = 0; i < 300; i++) {
		if (i % 2 == 0)
			ck_assert(pages_receive(&pages, fd) == next);
		else
			ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
		ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
		ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_NOT_A_FILE);
	}
	ck_assert_uint_eq(pages.n, 150 * first.n);
	ck_assert_uint_eq(pages_different(&pages), first.n);
	talk_expect_file(fd, "file");
	pages_free(&pages);
	pages_free(&first);
	close(fd);
	server_stop(&server);
}
END_TEST

/* A client that reads a byte at a time does not delay others. */
START_TEST(slow_reader)
{
	struct wire_options slow = {.receive_buffer = 4096};
	struct pages pages;
	uint8_t byte;
	int fd, other, i;

	make_many("served/many", 2000);
	server_start(&server, NULL);
	fd = wire_connect_with(server.port, &slow);
	for (i = 0; i < 100; i++)
		pages_ask(fd, "many", 0);
	wire_half_close(fd);
	other = wire_connect(server.port);
	for (i = 0; i < 1000; i++)
		wire_read(fd, &byte, 1);
	pages_read_all(&pages, other, "many");
	ck_assert_uint_eq(pages.n, 2000);
	pages_free(&pages);
	ck_assert_int_eq(wire_drain(fd, NULL), WIRE_ORDERLY);
	close(other);
	close(fd);
	server_stop(&server);
}
END_TEST

/* ---- memory ------------------------------------------------------------- */

enum {
	LISTING_LARGE = HARNESS_SLOW ? 5000 : 100000,
	LISTING_GROWTH = 2 * 1024, /* KiB */
};

START_TEST(memory_is_bounded)
{
	struct pages pages;
	long before, after;
	int fd;

	tree_fill_many("served/large", LISTING_LARGE);
	tree_fill_many("served/small", 3);
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	pages_read_all(&pages, fd, "small");
	pages_free(&pages);
	before = program_memory(&server.program, "VmHWM:");
	pages_read_all(&pages, fd, "large");
	ck_assert_uint_eq(pages.n, LISTING_LARGE);
	pages_free(&pages);
	after = program_memory(&server.program, "VmHWM:");
	ck_assert_msg(after - before < LISTING_GROWTH, "%ld KiB more",
	    after - before);
	close(fd);
	server_stop(&server);
}
END_TEST

Suite *
listing_suite(void)
{
	Suite *suite = suite_create("listing");
	TCase *tcase;

	tcase = harness_case(suite, "policy", 60);
	tcase_add_loop_test(tcase, policy_by_policy, 0,
	    (int)HARNESS_ROWS(policies));
	tcase_add_test(tcase, listed_is_what_stat_says);
	tcase_add_test(tcase, refused_and_in_frame);
	tcase_add_test(tcase, no_list);
	tcase = harness_case(suite, "pages", 120);
	tcase_add_test(tcase, every_entry_exactly_once);
	tcase_add_test(tcase, exactly_once_while_others_change);
	tcase_add_test(tcase, cursors_of_nonsense);
	tcase_add_test(tcase, pipelined);
	tcase_add_test(tcase, slow_reader);
	tcase = harness_case(suite, "memory", 180);
	tcase_add_test(tcase, memory_is_bounded);
	return suite;
}
