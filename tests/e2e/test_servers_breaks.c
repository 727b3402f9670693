/*
 * Of several servers, the one in use breaks off: the next one goes on from
 * where the file was, and lists a folder from its beginning.
 */

#include <sys/stat.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/fake.h"
#include "tests/harness/fake_folder.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/several.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

enum {
	BIG = 8 * 1024 * 1024,
	SERVERS = 4, /* that do not help */
};

/* Time in which other connections begin. */
#define OVERLAP (300 * CLOCK_MS)

static struct server first, second;
static struct program client;
static struct fake fake;

/* Returns the bytes that a server has sent in replies to FETCH. */
static uint64_t
bytes_sent(struct server *server)
{
	const char *at = server_log(server);
	uint64_t sent = 0;

	while ((at = strstr(at, " FETCH ")) != NULL &&
	    (at = strstr(at, " OK ")) != NULL) {
		at += 4;
		sent += strtoull(at, NULL, 10);
	}
	return sent;
}

/* The first server is killed: the second sends what is missing, and little
 * more. No try is needed. */
START_TEST(killed)
{
	char name[NAME_MAX + 1], path[NAME_MAX + 16];

	several_make_copies(BIG);
	server_start(&first, HERE_LIST("--limit-rate", "4M"));
	several_start_copy(&second, NULL);
	several_start(&client, (uint16_t[]){first.port, second.port, 0},
	    HERE_LIST("--retry=0", "data"));
	while (here_find_part("here", name) == 0)
		clock_sleep(10 * CLOCK_MS);
	snprintf(path, sizeof(path), "here/%s", name);
	scratch_await_size(path, BIG / 2);
	program_kill(&first.program);
	here_expect_exit(&client, 0, "killed");
	sum_expect_files("here/newdata", "served/data");
	here_expect_names("here", "killed", HERE_LIST("newdata"));
	several_expect_said(&client, "; going on with 127.0.0.1:");
	several_expect_unsaid(&client, "trying again");
	server_stop(&second);
	ck_assert_uint_gt(bytes_sent(&second), 0);
	ck_assert_uint_le(bytes_sent(&second), BIG / 2 + 1024);
}
END_TEST

/* Sends a page of a folder, and half of the next one. */
static void
play_half_a_listing(struct fake *half)
{
	static const uint8_t header[] = {0, 0, 0, 0, 0, 0, 0, 99};
	struct fake_asked asked;

	while (fake_ask(half, &asked)) {
		if (asked.op == PROTOCOL_OP_STAT)
			fake_send_stat(half, S_IFDIR | 0755, 7);
		else if (asked.cursor == 0)
			fake_send_names(half, 77, HERE_LIST("a", "b", "x"));
		else {
			fake_send(half, header, sizeof(header));
			return;
		}
	}
}

/* The other server has the whole folder, whose cursors are its own. */
START_TEST(listing_breaks)
{
	scratch_mkdir("copy");
	scratch_mkdir("copy/a");
	scratch_mkdir("copy/b");
	scratch_mkdir("copy/c");
	several_start_copy(&second, NULL);
	fake_start(&fake, 8, play_half_a_listing, NULL);
	several_get(&client, fake.port, second.port, 0,
	    HERE_LIST("--retry=0", "--json", "-l"));
	fake_stop(&fake);
	ck_assert_uint_eq(program_lines(program_out(&client)), 3);
	ck_assert_ptr_null(strstr(program_out(&client), "\"x\""));
	ck_assert_ptr_nonnull(strstr(program_out(&client), "\"c\""));
	server_stop(&second);
}
END_TEST

/* A server that breaks off after the first page each time is given up. */
START_TEST(listing_breaks_each_time)
{
	fake_start(&fake, 8, play_half_a_listing, NULL);
	here_get(&client, fake.port, 6, "each time",
	    HERE_LIST("--retry=1", "-l"));
	several_expect_said(&client,
	    "the connection broke each time while it was listed");
	fake_stop(&fake);
	ck_assert_uint_le(atomic_load(&fake.taken), 4);
}
END_TEST

/* ---- no server helps ----------------------------------------------------- */

/* A file that is fetched in pieces; nobody sends its bytes. */
static const struct fake_file large = {
    .size = UINT64_C(96) * 1024 * 1024,
    .token = {3, 4},
    .mode = S_IFREG | 0644,
    .mtime_ns = 1700000000 * CLOCK_SEC,
};

/* Answers STAT, and refuses everything else with CHANGED: at once what is asked
 * for by content version, and by the token when others are connected. */
static void
play_changed(struct fake *changed)
{
	struct fake_asked asked;

	while (fake_ask(changed, &asked)) {
		if (asked.op == PROTOCOL_OP_STAT) {
			fake_answer(changed, &large, &asked);
			continue;
		}
		if (asked.token.id != 0)
			fake_pause(changed, OVERLAP);
		fake_refuse(changed, PROTOCOL_CHANGED, "changed");
	}
}

/* Answers STAT, and breaks off at anything else. */
static void
play_break(struct fake *broken)
{
	struct fake_asked asked;

	while (fake_ask(broken, &asked) && asked.op == PROTOCOL_OP_STAT)
		fake_answer(broken, &large, &asked);
	fake_pause(broken, OVERLAP);
	fake_reset(broken);
}

static const struct {
	const char *name;
	void (*play)(struct fake *);
	int code;
} helpless[] = {
    {"each server says CHANGED", play_changed, 9},
    {"each server breaks off", play_break, 6},
};

/* Several connections end as one does: they neither wait for each other nor
 * take turns in trying, for ever. */
START_TEST(no_server_helps)
{
	struct fake fakes[SERVERS];
	uint16_t ports[SERVERS + 1] = {0};
	int i;

	for (i = 0; i < SERVERS; i++) {
		fake_start(&fakes[i], 1000, helpless[_i].play, NULL);
		ports[i] = fakes[i].port;
	}
	several_start(&client, ports, HERE_LIST("-j", "4", "--retry=1", "f"));
	here_expect_exit(&client, helpless[_i].code, helpless[_i].name);
	for (i = 0; i < SERVERS; i++)
		fake_stop(&fakes[i]);
	here_expect_names("here", helpless[_i].name, HERE_LIST(NULL));
}
END_TEST

Suite *
servers_breaks_suite(void)
{
	Suite *suite = suite_create("servers_breaks");
	TCase *tcase = harness_case(suite, "breaks", 60);

	tcase_add_test(tcase, killed);
	tcase_add_test(tcase, listing_breaks);
	tcase_add_test(tcase, listing_breaks_each_time);
	tcase_add_loop_test(tcase, no_server_helps, 0, HARNESS_ROWS(helpless));
	return suite;
}
