/*
 * Clients that ask for a large file and never read. Each costs a thread and the
 * kernel's memory for unread bytes until --timeout. A million requests with
 * unread replies cost the same.
 */

#include "tests/attack/crowd.h"
#include "tests/attack/dial.h"
#include "tests/attack/honest.h"
#include "tests/attack/scene.h"
#include "tests/attack/server_suites.h"
#include "tests/attack/sockmem.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"

#define DEAF_HUGE (UINT64_C(1) << 30) /* bytes */

enum {
	DEAF_FILE = 16 * 1024 * 1024, /* bytes, of the honest client's */
	DEAF_TINY = 300,	      /* bytes */
	DEAF_MANY = 700,
	DEAF_TIMEOUT = 5,   /* the server's --timeout, s */
	DEAF_MEMORY = 1024, /* KiB for each */
	DEAF_IDLE = 2,	    /* s for which idle speed is measured */
};

static const uint8_t ask_huge[] = {0, 0, 0, 4, 'h', 'u', 'g', 'e'};
static const uint8_t ask_none[] = {0, 0, 0, 4, 'n', 'o', 'n', 'e'};
static const uint8_t ask_tiny[] = {0, 0, 0, 4, 't', 'i', 'n', 'y'};

static const struct row {
	const char *name;
	const char *control;
	const uint8_t *request; /* of 8 bytes */
	uint64_t n;		/* connections */
	uint64_t requests;	/* requests on each */
	unsigned memory;	/* KiB for each */
} rows[] = {
    {"1 GiB asked for, nothing read", NULL, ask_huge, DEAF_MANY, 1,
	DEAF_MEMORY},
    /* Few connections, each with more in flight for a moment. */
    {"a million requests, names that are not there", NULL, ask_none, 50, 20000,
	2 * DEAF_MEMORY},
    {"a million requests, a small file", NULL, ask_tiny, 50, 20000,
	2 * DEAF_MEMORY},
};

static const struct row controls[] = {
    {"1 GiB asked for, nothing read", "notsent", ask_huge, 100, 1, DEAF_MEMORY},
    {"1 GiB asked for, nothing read", "timeouts", ask_huge, 100, 1,
	DEAF_MEMORY},
};

/* Maxima measured during the attack. */
struct watch {
	struct scene *scene;
	struct sockmem server, clients; /* at the maximum */
};

static bool
sample_memory(void *argument)
{
	struct watch *watch = argument;
	struct sockmem server, clients;

	sockmem_look(watch->scene->server.port, DIAL_FROM(0), &server,
	    &clients);
	if (server.bytes > watch->server.bytes)
		watch->server = server;
	if (clients.bytes > watch->clients.bytes)
		watch->clients = clients;
	return scene_is_deserted(watch->scene);
}

static double
each_kib(const struct sockmem *memory, uint64_t n)
{
	return (double)memory->bytes / 1024 / (double)n;
}

/* Both ends of each connection are on this machine and counted. */
static void
judge_deaf(struct scene *scene, const struct row *row,
    const struct watch *watch, uint64_t n, const struct honest *idle,
    const struct honest *honest)
{
	struct verdict *verdict = &scene->verdict;
	double memory =
	    each_kib(&watch->server, n) + each_kib(&watch->clients, n);

	verdict_expect(verdict, memory <= row->memory,
	    "%.0f KiB of socket memory each", memory);
	verdict_expect(verdict, honest->fetched > 0 && honest->failed == 0,
	    "%llu fetches failed: %s", (unsigned long long)honest->failed,
	    honest->error);
	if (attack_is_full())
		verdict_expect(verdict,
		    honest_speed(honest) >= honest_speed(idle) / 2,
		    "the honest client had %.0f MB/s instead of %.0f",
		    honest_speed(honest), honest_speed(idle));
}

static void
attack_deaf(struct scene *scene, const struct row *row)
{
	uint64_t n = attack_scaled(row->n, row->n / 10);
	struct crowd_plan plan = {.n = (unsigned)n,
	    .port = scene->server.port,
	    .request = row->request,
	    .request_len = sizeof(ask_huge),
	    .repeat = row->requests,
	    .deaf = true,
	    .clings = true};
	struct watch watch = {.scene = scene};
	struct honest idle, honest;
	struct crowd *crowd;
	int64_t began, end;
	char text[256];
	bool gone;

	honest_run(&idle, plan.port, "f", DEAF_IDLE * CLOCK_SEC);
	honest_start(&honest, plan.port, "f");
	began = clock_now();
	crowd = crowd_open(&plan);
	(void)crowd_run(crowd, began + CLOCK_SEC / 2, NULL, NULL);
	gone = crowd_run(crowd, began + scene_patience(scene, DEAF_TIMEOUT + 5),
	    sample_memory, &watch);
	end = clock_now();
	honest_stop(&honest);
	verdict_expect(&scene->verdict, gone,
	    "not all had gone after %d s (%u descriptors)", DEAF_TIMEOUT + 5,
	    server_descriptors(&scene->server));
	judge_deaf(scene, row, &watch, n, &idle, &honest);
	attack_say(row->name,
	    "%u, socket memory each: server's end %.0f KiB (%.0f at most), "
	    "client's %.0f KiB, all gone after %.1f s of --timeout %d; "
	    "%llu KiB of requests taken; honest: "
	    "%.0f MB/s (%.0f idle), %s",
	    plan.n, each_kib(&watch.server, n),
	    (double)watch.server.most / 1024, each_kib(&watch.clients, n),
	    (double)(end - began) / CLOCK_SEC, DEAF_TIMEOUT,
	    (unsigned long long)crowd_score(crowd)->sent / 1024,
	    honest_speed(&honest), honest_speed(&idle),
	    honest_text(&honest, text, sizeof(text)));
	crowd_close(crowd);
}

static void
run_deaf(const struct row *row)
{
	struct scene scene = {.control = row->control};

	scratch_sparse("served/huge", DEAF_HUGE);
	scratch_fill("served/tiny", DEAF_TINY, 2);
	scene_begin(&scene, (const char *const[]){"--timeout", "5", NULL},
	    DEAF_FILE);
	attack_deaf(&scene, row);
	scene_end(&scene);
}

START_TEST(who_never_reads_costs_little)
{
	run_deaf(&rows[_i]);
}
END_TEST

START_TEST(control_of_who_never_reads)
{
	run_deaf(&controls[_i]);
}
END_TEST

Suite *
deaf_suite(void)
{
	Suite *suite = suite_create("deaf");
	TCase *tcase = harness_case(suite, "deaf", 120);

	tcase_add_loop_test(tcase, who_never_reads_costs_little, 0,
	    HARNESS_ROWS(rows));
	tcase_add_loop_test(tcase, control_of_who_never_reads, 0,
	    HARNESS_ROWS(controls));
	return suite;
}
