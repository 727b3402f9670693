/* share: names with a ticket, who is admitted, and when the share is over. */

#include <sys/socket.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/share.h"
#include "server/share_visit.h"
#include "tests/unit/unit.h"

enum {
	SIZE = 40 * 1024 * 1024, /* bytes of the file */
	ON_THE_WAY = 16 * 1024 * 1024,
};

static char folder[UNIT_PATH];
static struct share *share;
static struct root_file file;
static char error[SHARE_ERROR];
static const struct net_address nobody = {.any.sa_family = AF_INET};

static const struct key_name keys[] = {
    {.letters = "AAAAAAAAAAAAAAAAAAAAAAAAAA"},
    {.letters = "BBBBBBBBBBBBBBBBBBBBBBBBBB"},
    {.letters = "CCCCCCCCCCCCCCCCCCCCCCCCCC"},
};

/* Shares a name below the folder. Returns false, with error, if it cannot be.
 */
static bool
open_share(const char *name, int once, int64_t time)
{
	struct share_settings settings = {.once = once, .time = time};
	char path[2 * UNIT_PATH];
	bool usage;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	settings.path = path;
	share = share_new(&settings, &usage, error);
	if (share != NULL)
		share_start(share, -1);
	return share != NULL;
}

static void
setup(void)
{
	char path[2 * UNIT_PATH];

	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	unit_folder(folder);
	snprintf(path, sizeof(path), "%s/sub", folder);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/file", folder);
	file.fd = open(path, O_RDWR | O_CREAT, 0644);
	ck_assert_int_ge(file.fd, 0);
	ck_assert_int_eq(ftruncate(file.fd, SIZE), 0);
	ck_assert_int_eq(fstat(file.fd, &file.stat), 0);
}

static void
teardown(void)
{
	alarm(0);
	share_free(share);
	share = NULL;
	close(file.fd);
}

/* Asks for a name behind the ticket. */
static enum protocol_status
ask(struct share_visit *visit, struct protocol_request *request,
    const char *name)
{
	static char wire[UNIT_PATH];
	const char *why;

	snprintf(wire, sizeof(wire), "~%s/%s", share_ticket(share)->letters,
	    name);
	request->name = (const uint8_t *)wire;
	request->name_len = strlen(wire);
	return share_visit_admit(visit, request, PROTOCOL_OK, &why);
}

/* Fetches a range over a connection of its own, which ends. */
static enum protocol_status
fetch(const struct key_name *key, uint64_t from, uint64_t to, bool orderly)
{
	struct share_visit visit;
	struct protocol_request request = {.op = PROTOCOL_OP_FETCH,
	    .offset = from,
	    .count = UINT64_MAX};
	enum protocol_status status;

	share_visit_begin(&visit, share, key, &nobody);
	status = ask(&visit, &request, "file");
	if (status == PROTOCOL_OK)
		share_visit_note(&visit, &request,
		    PROTOCOL_ATTRIBUTES_SIZE + to - from +
			(to == SIZE ? PROTOCOL_TRAILER_SIZE : 0),
		    &file);
	share_visit_end(&visit, orderly);
	return status;
}

/* ---- names -------------------------------------------------------------- */

static const struct {
	const char *shared, *name, *below, *shown; /* below NULL: NOT_FOUND */
} names[] = {
    {"file", "file", "file", "~/file"},
    {"file", "file/x", NULL, "~"},
    {"file", "fil", NULL, "~"},
    {"file", "filee", NULL, "~"},
    {"file", "sub", NULL, "~"},
    {"sub", "sub", ".", "~/sub"},
    {"sub", "sub/a/b", "a/b", "~/sub/a/b"},
    {"sub", "subb", NULL, "~"},
    {"sub", "file", NULL, "~"},
};

START_TEST(test_names)
{
	struct share_visit visit;
	struct protocol_request request = {.op = PROTOCOL_OP_STAT};
	struct request_log log = {.n = 0};
	struct log_request line = {.peer =
				       &(const struct log_peer){.address = "h"},
	    .verb = "STAT",
	    .status = "OK"};
	enum protocol_status status;
	size_t len;

	ck_assert(open_share(names[_i].shared, 0, CLOCK_SEC * 60));
	share_visit_begin(&visit, share, &keys[0], &nobody);
	status = ask(&visit, &request, names[_i].name);
	ck_assert_int_eq(status,
	    names[_i].below != NULL ? PROTOCOL_OK : PROTOCOL_NOT_FOUND);
	len = names[_i].below == NULL ? 0 : strlen(names[_i].below);
	ck_assert_uint_eq(request.name_len, len);
	if (len > 0)
		ck_assert_mem_eq(request.name, names[_i].below, len);
	share_visit_log(&visit, &request, &line, &log, 0);
	ck_assert_uint_eq(line.name_len, strlen(names[_i].shown));
	share_visit_end(&visit, true);
}
END_TEST

/* Every other ticket, and every other form of a name, leads to nothing. */
START_TEST(test_tickets)
{
	struct share_visit visit;
	struct protocol_request request = {.op = PROTOCOL_OP_STAT};
	char wire[64], wrong[64];
	const char *why;
	size_t i, len;

	ck_assert(open_share("file", 1, 0));
	share_visit_begin(&visit, share, &keys[0], &nobody);
	snprintf(wire, sizeof(wire), "~%s/file", share_ticket(share)->letters);
	len = strlen(wire);
	for (i = 0; i < len; i++) {
		strlcpy(wrong, wire, sizeof(wrong));
		wrong[i] ^= 1;
		request.name = (const uint8_t *)wrong;
		request.name_len = len;
		ck_assert_int_eq(share_visit_admit(&visit, &request,
				     PROTOCOL_OK, &why),
		    PROTOCOL_NOT_FOUND);
		request.name = (const uint8_t *)wire;
		request.name_len = i;
		ck_assert_int_eq(share_visit_admit(&visit, &request,
				     PROTOCOL_OK, &why),
		    PROTOCOL_NOT_FOUND);
	}
	/* None of that has used the link. */
	ck_assert_ptr_null(visit.guest);
	ck_assert_int_eq(ask(&visit, &request, "file"), PROTOCOL_OK);
	share_visit_end(&visit, true);
}
END_TEST

START_TEST(test_refused)
{
	char path[2 * UNIT_PATH];

	ck_assert(!open_share("missing", 0, 0));
	ck_assert_ptr_nonnull(strstr(error, "No such file"));
	ck_assert(!open_share("sub", 0, 0));
	ck_assert_ptr_nonnull(strstr(error, "--for"));
	ck_assert(!open_share("sub", 1, CLOCK_SEC));
	ck_assert_ptr_nonnull(strstr(error, "--once"));
	snprintf(path, sizeof(path), "%s/fifo", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert(!open_share("fifo", 0, 0));
	ck_assert_ptr_nonnull(strstr(error, "neither"));
	/* A link is shared as what it leads to. */
	snprintf(path, sizeof(path), "%s/link", folder);
	ck_assert_int_eq(symlink("file", path), 0);
	ck_assert(open_share("link", 0, 0));
	ck_assert_str_eq(share_name(share), "file");
	ck_assert_uint_eq(share_once(share), 1);
}
END_TEST

/* ---- --once ------------------------------------------------------------- */

START_TEST(test_whole_at_once)
{
	ck_assert(open_share("file", 1, 0));
	ck_assert_int_eq(fetch(&keys[0], 0, SIZE, true), PROTOCOL_OK);
	ck_assert(share_is_over(share));
}
END_TEST

START_TEST(test_resumed)
{
	ck_assert(open_share("file", 1, 0));
	ck_assert_int_eq(fetch(&keys[0], 0, SIZE / 2, true), PROTOCOL_OK);
	ck_assert(!share_is_over(share));
	/* Nobody else may take the place. */
	ck_assert_int_eq(fetch(&keys[1], 0, SIZE, true), PROTOCOL_DENIED);
	ck_assert(!share_is_over(share));
	ck_assert_int_eq(fetch(&keys[0], SIZE / 2, SIZE, true), PROTOCOL_OK);
	ck_assert(share_is_over(share));
}
END_TEST

/* Bytes that were sent before a connection broke have perhaps not arrived. */
START_TEST(test_broken)
{
	struct share_visit visit;
	struct protocol_request request = {.op = PROTOCOL_OP_DIGEST,
	    .count = SIZE - ON_THE_WAY + 1};

	ck_assert(open_share("file", 1, 0));
	share_visit_begin(&visit, share, &keys[0], &nobody);
	ck_assert_int_eq(fetch(&keys[0], 0, SIZE, false), PROTOCOL_OK);
	ck_assert(!share_is_over(share));
	ck_assert_int_eq(fetch(&keys[0], SIZE - ON_THE_WAY + 1, SIZE, true),
	    PROTOCOL_OK);
	ck_assert(!share_is_over(share));
	/* A client that asks for the digest of its part has these bytes. */
	ck_assert_int_eq(ask(&visit, &request, "file"), PROTOCOL_OK);
	share_visit_note(&visit, &request, PROTOCOL_ATTRIBUTES_SIZE, &file);
	ck_assert(!share_is_over(share));
	share_visit_end(&visit, true);
	ck_assert(share_is_over(share));
}
END_TEST

/* The share lasts until the last connection of a key has ended. */
START_TEST(test_connections)
{
	struct share_visit visit;
	struct protocol_request request = {.op = PROTOCOL_OP_STAT};

	ck_assert(open_share("file", 1, 0));
	share_visit_begin(&visit, share, &keys[0], &nobody);
	ck_assert_int_eq(ask(&visit, &request, "file"), PROTOCOL_OK);
	ck_assert_int_eq(fetch(&keys[0], 0, SIZE, true), PROTOCOL_OK);
	ck_assert(!share_is_over(share));
	share_visit_end(&visit, true);
	ck_assert(share_is_over(share));
}
END_TEST

START_TEST(test_two_keys)
{
	ck_assert(open_share("file", 2, 0));
	ck_assert_int_eq(fetch(&keys[0], 0, SIZE, true), PROTOCOL_OK);
	/* It has the whole file. */
	ck_assert_int_eq(fetch(&keys[0], 0, SIZE, true), PROTOCOL_DENIED);
	ck_assert_int_eq(fetch(&keys[1], 0, 1, true), PROTOCOL_OK);
	ck_assert_int_eq(fetch(&keys[2], 0, SIZE, true), PROTOCOL_DENIED);
	ck_assert_int_eq(fetch(NULL, 0, SIZE, true), PROTOCOL_DENIED);
	ck_assert(!share_is_over(share));
	ck_assert_int_eq(fetch(&keys[1], 1, SIZE, true), PROTOCOL_OK);
	ck_assert(share_is_over(share));
}
END_TEST

/* Bytes of an earlier state of the file do not count. */
START_TEST(test_changed)
{
	ck_assert(open_share("file", 1, 0));
	ck_assert_int_eq(fetch(&keys[0], 0, SIZE / 2, true), PROTOCOL_OK);
	file.stat.st_mtim.tv_nsec ^= 1;
	ck_assert_int_eq(fetch(&keys[0], SIZE / 2, SIZE, true), PROTOCOL_OK);
	ck_assert(!share_is_over(share));
	ck_assert_int_eq(fetch(&keys[0], 0, SIZE / 2, true), PROTOCOL_OK);
	ck_assert(share_is_over(share));
}
END_TEST

/* With --for alone, any key may come, as often as it likes. */
START_TEST(test_unlimited)
{
	ck_assert(open_share("file", 0, 60 * CLOCK_SEC));
	ck_assert_int_eq(fetch(&keys[0], 0, SIZE, true), PROTOCOL_OK);
	ck_assert_int_eq(fetch(&keys[0], 0, SIZE, true), PROTOCOL_OK);
	ck_assert_int_eq(fetch(&keys[1], 0, SIZE, true), PROTOCOL_OK);
	ck_assert(!share_is_over(share));
}
END_TEST

Suite *
share_suite(void)
{
	Suite *suite = suite_create("share");
	TCase *tcase = tcase_create("names"), *once = tcase_create("once");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_names, 0, UNIT_ROWS(names));
	tcase_add_test(tcase, test_tickets);
	tcase_add_test(tcase, test_refused);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(once, setup, teardown);
	tcase_add_test(once, test_whole_at_once);
	tcase_add_test(once, test_resumed);
	tcase_add_test(once, test_broken);
	tcase_add_test(once, test_connections);
	tcase_add_test(once, test_two_keys);
	tcase_add_test(once, test_changed);
	tcase_add_test(once, test_unlimited);
	suite_add_tcase(suite, once);
	return suite;
}
