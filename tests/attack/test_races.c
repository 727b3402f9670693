/*
 * Names that lead alternately inside and outside: while a thread exchanges them
 * as fast as it can, clients request files behind them. Each reply must be a
 * refusal or exactly the inside reply; any other byte is a leak. Clients
 * alternate between two names of the same contents, because requests for one
 * name share an opened file, and each request should race on its own.
 */

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/syscalls.h"
#include "tests/attack/crowd.h"
#include "tests/attack/scene.h"
#include "tests/attack/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/talk.h"
#include "tests/harness/wire.h"

enum {
	RACES_CONNECTIONS = 8,
	RACES_REQUEST = 128, /* bytes of two requests, at most */
	RACES_LIMIT = 240,   /* s for a row */
	RACES_ROUNDS = 100,  /* rounds until both outcomes were seen */
};

static const struct row {
	const char *name;
	enum protocol_op op;
	const char *asked, *then;
	uint64_t n; /* requests; 1,000,000 in all */
} rows[] = {
    {"GET of a file in a folder", PROTOCOL_OP_GET, "d/name", "d/also", 400000},
    {"GET of a file", PROTOCOL_OP_GET, "x", "d/also", 200000},
    {"FETCH", PROTOCOL_OP_FETCH, "d/name", "d/also", 100000},
    {"STAT", PROTOCOL_OP_STAT, "d/name", "d/also", 100000},
    {"LIST", PROTOCOL_OP_LIST, "d", "d", 100000},
    {"DIGEST", PROTOCOL_OP_DIGEST, "d/name", "d/also", 100000},
};

/* The thread that exchanges the names. */
struct flipper {
	int served;
	atomic_bool stops;
	uint64_t flips;
	pthread_t thread;
};

static bool
flip(int served)
{
	return syscalls_renameat2(served, "d", served, "d.link",
		   RENAME_EXCHANGE) == 0 &&
	    syscalls_renameat2(served, "x", served, "x.link",
		RENAME_EXCHANGE) == 0;
}

/* Exchanges the names and restores them. */
static bool
flip_back(int served)
{
	bool there = flip(served);

	return flip(served) && there;
}

static void *
flip_all(void *argument)
{
	struct flipper *flipper = argument;

	while (!atomic_load(&flipper->stops) && flip_back(flipper->served))
		flipper->flips += 2;
	return NULL;
}

static void
name_again(const char *name, const char *again)
{
	ck_assert_int_eq(linkat(scratch_fd(), name, scratch_fd(), again, 0), 0);
}

/* Creates an inside and an outside that differ in contents, sizes and names. */
static void
fill_folders(void)
{
	scratch_mkdir("served/d");
	scratch_text("served/d/name", "inside");
	name_again("served/d/name", "served/d/also");
	/* No hard links to these: an exchange would change their ctime, and so
	 * the FETCH reply. */
	scratch_text("served/x", "inside");
	scratch_text("outside/name", "OUTSIDE, a secret");
	name_again("outside/name", "outside/also");
	scratch_text("outside/secret", "OUTSIDE, too");
	scratch_symlink("../outside", "served/d.link");
	scratch_symlink("../outside/name", "served/x.link");
}

/* Returns the reply to a request while no names are exchanged. */
static char *
ask_reference(uint16_t port, const uint8_t *request, size_t len,
    size_t *body_len)
{
	int fd = wire_connect(port);
	uint64_t length;
	char *body;

	wire_send(fd, request, len);
	ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
	*body_len = (size_t)length;
	body = malloc(*body_len + 1);
	ck_assert_ptr_nonnull(body);
	wire_read(fd, body, *body_len);
	close(fd);
	return body;
}

static bool
has_leaked(void *argument)
{
	return crowd_score(argument)->replies.wrong > 0;
}

/* Sums of all rounds. */
struct total {
	uint64_t begun, ok, refused, wrong; /* replies */
};

/* Sends all requests once and adds the outcomes to the total. */
static void
ask_all(struct verdict *verdict, const struct crowd_plan *plan, int64_t until,
    struct total *total)
{
	struct crowd *crowd = crowd_open(plan);
	const struct crowd_score *score = crowd_score(crowd);
	uint64_t wanted = plan->replies * plan->n;

	(void)crowd_run(crowd, until, has_leaked, crowd);
	total->begun += score->replies.begun;
	total->ok += score->replies.ok;
	total->refused += score->replies.refused;
	total->wrong += score->replies.wrong;
	verdict_expect(verdict, score->replies.wrong == 0,
	    "after %llu replies, one that is not from inside",
	    (unsigned long long)total->begun);
	verdict_expect(verdict, score->replies.begun == wanted,
	    "%llu replies to %llu requests",
	    (unsigned long long)score->replies.begun,
	    (unsigned long long)wanted);
	crowd_close(crowd);
}

static void
attack_races(struct scene *scene, const struct row *row, int served)
{
	struct flipper flipper = {.served = served};
	/* A control runs until it leaks, which may take a while. */
	uint64_t each =
	    (scene->control != NULL ? row->n : attack_scaled(row->n, 20000)) /
	    RACES_CONNECTIONS / 2 * 2;
	uint8_t request[RACES_REQUEST];
	size_t len = talk_encode(request, row->op, row->asked), body_len;
	char *body = ask_reference(scene->server.port, request, len, &body_len);
	const struct crowd_plan plan = {.port = scene->server.port,
	    .n = RACES_CONNECTIONS,
	    .request = request,
	    .request_len = len + talk_encode(request + len, row->op, row->then),
	    .repeat = each / 2,
	    .replies = each,
	    .body = body,
	    .body_len = body_len};
	struct verdict *verdict = &scene->verdict;
	struct total total = {0};
	int64_t began = clock_now();
	int rounds;

	ck_assert_int_eq(pthread_create(&flipper.thread, NULL, flip_all,
			     &flipper),
	    0);
	/* Once; again if the exchanging thread got no processor time. */
	for (rounds = 0; rounds < RACES_ROUNDS && verdict->held &&
	     (total.ok == 0 || total.refused == 0);
	     rounds++)
		ask_all(verdict, &plan, began + RACES_LIMIT * CLOCK_SEC,
		    &total);
	atomic_store(&flipper.stops, true);
	pthread_join(flipper.thread, NULL);
	/* Otherwise there was no race. */
	verdict_expect(verdict, total.ok > 0 && total.refused > 0,
	    "%llu were answered and %llu refused", (unsigned long long)total.ok,
	    (unsigned long long)total.refused);
	attack_say(row->name,
	    "%llu replies against %llu exchanges in %.1f s: %llu from inside, "
	    "%llu refused, %llu leaked",
	    (unsigned long long)total.begun,
	    (unsigned long long)flipper.flips * 2,
	    (double)(clock_now() - began) / CLOCK_SEC,
	    (unsigned long long)(total.ok - total.wrong),
	    (unsigned long long)total.refused, (unsigned long long)total.wrong);
	free(body);
}

/* Runs the first rows on one server, until one of them leaks. */
static void
run_races(size_t n, const char *control)
{
	struct scene scene = {.control = control};
	int served;
	size_t i;

	fill_folders();
	served =
	    openat(scratch_fd(), "served", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(served, 0);
	if (!flip_back(served)) {
		harness_skip("races", "no names can be exchanged here");
		return;
	}
	scene_begin(&scene, NULL, 0);
	for (i = 0; i < n && scene.verdict.held; i++)
		attack_races(&scene, &rows[i], served);
	close(served);
	scene_end(&scene);
}

START_TEST(no_race_leads_outside)
{
	run_races(HARNESS_ROWS(rows), NULL);
}
END_TEST

START_TEST(control_root)
{
	run_races(1, "root");
}
END_TEST

Suite *
races_suite(void)
{
	Suite *suite = suite_create("races");
	TCase *tcase = harness_case(suite, "races", 300);

	tcase_add_test(tcase, no_race_leads_outside);
	tcase_add_test(tcase, control_root);
	return suite;
}
