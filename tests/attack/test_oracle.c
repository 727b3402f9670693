/* Tests of the checks that judge the attacks: they must detect what they claim
 * to. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/attack/attack.h"
#include "tests/attack/baseline.h"
#include "tests/attack/crowd.h"
#include "tests/attack/dial.h"
#include "tests/attack/honest.h"
#include "tests/attack/server_suites.h"
#include "tests/attack/sockmem.h"
#include "tests/harness/fake.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

enum {
	ORACLE_FILE = 1024 * 1024, /* bytes */
	ORACLE_CROWD = 50,
};

static const uint8_t ask_f[] = {0, 0, 0, 1, 'f'};

static void
start_oracle(struct server *server)
{
	attack_enter();
	scratch_fill("served/f", ORACLE_FILE, 1);
	server_start(server, NULL);
}

START_TEST(an_honest_client_is_served)
{
	struct server server;
	struct honest honest;
	char text[256];

	start_oracle(&server);
	honest_run(&honest, server.port, "f", CLOCK_SEC / 2);
	attack_say("honest, alone", "%s, %.0f MB/s",
	    honest_text(&honest, text, sizeof(text)), honest_speed(&honest));
	ck_assert_uint_gt(honest.fetched, 0);
	ck_assert_uint_eq(honest.failed, 0);
	server_stop(&server);
}
END_TEST

static bool
has_failed(void *argument)
{
	/* Unlocked read of a counter of the honest client's thread. */
	return *(volatile uint64_t *)argument > 0;
}

START_TEST(one_wrong_byte_is_noticed)
{
	struct server server;
	struct honest honest;

	start_oracle(&server);
	honest_start(&honest, server.port, "f");
	scratch_overwrite("served/f", ORACLE_FILE - 1, 1, 2);
	ck_assert(wait_until(has_failed, &honest.failed, WAIT_LIMIT));
	honest_stop(&honest);
	ck_assert_str_eq(honest.error, "wrong bytes");
	server_stop(&server);
}
END_TEST

START_TEST(one_who_stays_is_noticed)
{
	struct baseline baseline;
	struct verdict verdict;
	struct server server;
	int fd;

	start_oracle(&server);
	baseline_take(&baseline, &server);
	fd = wire_connect(server.port);
	/* Its reply shows that the connection was accepted. */
	wire_send(fd, "\0\0\0\1/", 5);
	wire_read(fd, (char[8]){0}, 8);
	verdict_begin(&verdict);
	baseline_expect_back(&baseline, &server, CLOCK_SEC / 10, &verdict);
	ck_assert(!verdict.held);
	close(fd);
	verdict_begin(&verdict);
	baseline_expect_back(&baseline, &server, BASELINE_LIMIT, &verdict);
	verdict_assert(&verdict);
	server_stop(&server);
}
END_TEST

START_TEST(a_crowd_gets_what_it_asks_for)
{
	struct crowd_plan plan = {.n = ORACLE_CROWD,
	    .total = 3 * ORACLE_CROWD,
	    .each = 10,
	    .request = ask_f,
	    .request_len = sizeof(ask_f),
	    .repeat = 2,
	    .replies = 2};
	const struct crowd_score *score;
	struct server server;
	struct crowd *crowd;
	size_t len;
	char *body;

	start_oracle(&server);
	plan.port = server.port;
	plan.body = body = scratch_read("served/f", &len);
	plan.body_len = len;
	crowd = crowd_open(&plan);
	ck_assert(crowd_run(crowd, clock_now() + WAIT_LIMIT, NULL, NULL));
	score = crowd_score(crowd);
	ck_assert_uint_eq(score->made, plan.total);
	ck_assert_uint_eq(score->left, plan.total);
	ck_assert_uint_eq(score->replies.ok, 2 * plan.total);
	ck_assert_uint_eq(score->replies.wrong, 0);
	crowd_close(crowd);
	body[len - 1] ^= 1;
	plan.total = plan.n;
	crowd = crowd_open(&plan);
	ck_assert(crowd_run(crowd, clock_now() + WAIT_LIMIT, NULL, NULL));
	ck_assert_uint_eq(crowd_score(crowd)->replies.wrong, 2 * plan.n);
	crowd_close(crowd);
	free(body);
	server_stop(&server);
}
END_TEST

/* Sends a reply that announces 4 bytes, with 3 of them or all. */
static void
cut(struct fake *fake)
{
	struct fake_asked asked;

	if (fake_ask(fake, &asked))
		(void)fake_send(fake, "\0\0\0\0\0\0\0\4abcd",
		    fake->connection == 0 ? 11 : 12);
}

START_TEST(a_cut_reply_is_noticed)
{
	struct crowd_plan plan = {.n = 2,
	    .request = ask_f,
	    .request_len = sizeof(ask_f)};
	struct crowd *crowd;
	struct fake fake;

	fake_start(&fake, 2, cut, NULL);
	plan.port = fake.port;
	crowd = crowd_open(&plan);
	ck_assert(crowd_run(crowd, clock_now() + WAIT_LIMIT, NULL, NULL));
	ck_assert_uint_eq(crowd_score(crowd)->cut, 1);
	ck_assert_uint_eq(crowd_score(crowd)->ended, 1);
	crowd_close(crowd);
	fake_stop(&fake);
}
END_TEST

START_TEST(memory_of_sockets_is_seen)
{
	struct crowd_plan plan = {.n = ORACLE_CROWD,
	    .request = ask_f,
	    .request_len = sizeof(ask_f),
	    .deaf = true};
	struct sockmem at_server, at_clients;
	struct server server;
	struct crowd *crowd;

	start_oracle(&server);
	plan.port = server.port;
	crowd = crowd_open(&plan);
	(void)crowd_run(crowd, clock_now() + CLOCK_SEC / 2, NULL, NULL);
	sockmem_look(server.port, DIAL_FROM(0), &at_server, &at_clients);
	ck_assert_uint_eq(at_server.n, ORACLE_CROWD);
	ck_assert_uint_eq(at_clients.n, ORACLE_CROWD);
	/* Part of each file is in some socket's buffer. */
	ck_assert_uint_gt(at_server.bytes + at_clients.bytes,
	    (uint64_t)ORACLE_CROWD * ORACLE_FILE / 10);
	crowd_close(crowd);
	server_stop(&server);
}
END_TEST

Suite *
oracle_suite(void)
{
	Suite *suite = suite_create("oracle");
	TCase *tcase = harness_case(suite, "oracle", 60);

	tcase_add_test(tcase, an_honest_client_is_served);
	tcase_add_test(tcase, one_wrong_byte_is_noticed);
	tcase_add_test(tcase, one_who_stays_is_noticed);
	tcase_add_test(tcase, a_crowd_gets_what_it_asks_for);
	tcase_add_test(tcase, a_cut_reply_is_noticed);
	tcase_add_test(tcase, memory_of_sockets_is_seen);
	return suite;
}
