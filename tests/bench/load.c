/*
 * load: asks a server for one name, or some in turn, over many connections,
 * and says how fast it was served: one generator for our protocol and for
 * HTTP/1.1, so that the generator is never what is compared.
 * usage: load [options] IPV4-ADDRESS PORT NAME
 *   -H          HTTP (default: ours)     -l LABEL    before each row
 *   -S          inside TLS 1.3
 *   -c N        connections (1)          -p PID      the server, to be measured
 *   -d N        requests under way (1)   -r          a connection a request
 *   -t SECONDS  how long (1)             -n COUNT    until so many are answered
 *   -i N        N more connections stay idle beside them
 *   -m N        NAME00, NAME01 ... in turn, N of them, all of one size
 * Connections are made and used before the clock starts, by time all at once.
 * Exits with 1 if there was any error.
 */

#include <arpa/inet.h>

#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/bench/memory.h"
#include "tests/bench/process.h"
#include "tests/bench/row.h"
#include "tests/bench/swarm.h"

enum {
	LOAD_CONNECTIONS = 60000,
	LOAD_DEPTH = 10000,
	LOAD_FILES = 100,
	LOAD_TIME = 3600, /* seconds */
};

struct load {
	struct swarm_plan plan;
	const char *label;
	pid_t server;
	unsigned idle;
};

static _Noreturn void
usage(void)
{
	errx(2,
	    "usage: load [-HSr] [-c N] [-d N] [-i N] [-l LABEL] [-m N] "
	    "[-n COUNT] [-p PID] [-t SECONDS] ADDRESS PORT NAME");
}

static long long
number(const char *text, long long max)
{
	const char *problem;
	long long value;

	value = strtonum(text, 1, max, &problem);
	if (problem != NULL)
		errx(2, "%s: %s", text, problem);
	return value;
}

/* Converts seconds to nanoseconds. */
static int64_t
seconds(const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end != '\0' || !(value > 0 && value <= LOAD_TIME))
		errx(2, "%s: no time of up to %d seconds", text, LOAD_TIME);
	return (int64_t)(value * CLOCK_SEC);
}

static void
parse_option(struct load *load, int option, const char *value)
{
	struct swarm_plan *plan = &load->plan;

	if (option == 'H')
		plan->dialect = DIALECT_HTTP;
	else if (option == 'S')
		plan->encrypted = true;
	else if (option == 'r')
		plan->reconnect = true;
	else if (option == 'c')
		plan->connections = (unsigned)number(value, LOAD_CONNECTIONS);
	else if (option == 'd')
		plan->depth = (unsigned)number(value, LOAD_DEPTH);
	else if (option == 'i')
		load->idle = (unsigned)number(value, LOAD_CONNECTIONS);
	else if (option == 'l')
		load->label = value;
	else if (option == 'm')
		plan->files = (unsigned)number(value, LOAD_FILES);
	else if (option == 'n')
		plan->count = (uint64_t)number(value, INT_MAX);
	else if (option == 'p')
		load->server = (pid_t)number(value, INT_MAX);
	else if (option == 't')
		plan->time = seconds(value);
	else
		usage();
}

static void
parse(struct load *load, int argc, char **argv)
{
	struct swarm_plan *plan = &load->plan;
	int option;

	memset(load, 0, sizeof *load);
	load->label = "";
	plan->connections = plan->depth = 1;
	plan->time = CLOCK_SEC;
	while ((option = getopt(argc, argv, "HSrc:d:i:l:m:n:p:t:")) != -1)
		parse_option(load, option, optarg);
	if (argc - optind != 3)
		usage();
	plan->address.sin_family = AF_INET;
	plan->address.sin_port =
	    htons((uint16_t)number(argv[optind + 1], UINT16_MAX));
	if (inet_pton(AF_INET, argv[optind], &plan->address.sin_addr) != 1)
		errx(2, "%s: no IPv4 address", argv[optind]);
	plan->name = argv[optind + 2];
	if (plan->reconnect)
		plan->depth = 1;
}

static void
row(const struct load *load, const char *name, double value)
{
	row_print(stdout, load->label, name, value);
}

static struct swarm *
open_swarm(const struct swarm_plan *plan)
{
	struct swarm *swarm;

	swarm = swarm_open(plan);
	if (swarm == NULL)
		err(1, "%u connections", plan->connections);
	return swarm;
}

static void
read_usage(const struct load *load, struct process_usage *usage)
{
	if (load->server != 0 && process_usage_read(load->server, usage) != 0)
		err(1, "server %d", (int)load->server);
}

static struct swarm *
open_idle(const struct load *load)
{
	struct swarm_plan plan = load->plan;
	struct memory before, after;
	struct process_usage used;
	struct swarm *swarm;

	plan.connections = load->idle;
	plan.depth = 1;
	if (load->server == 0)
		return open_swarm(&plan);
	if (memory_read(load->server, &before) != 0)
		err(1, "server %d", (int)load->server);
	swarm = open_swarm(&plan);
	if (memory_read(load->server, &after) != 0)
		err(1, "server %d", (int)load->server);
	read_usage(load, &used);
	row(load, "idle kib", memory_growth(&before, &after) / load->idle);
	row(load, "idle user kib",
	    (after.resident - before.resident) / load->idle);
	row(load, "threads", used.threads);
	return swarm;
}

/* Makes one request on each idle connection. */
static uint64_t
ask_idle(const struct load *load, struct swarm *idle)
{
	struct swarm_score score;

	swarm_ask_each(idle, &score);
	row(load, "next p50 us",
	    (double)histogram_at(&score.latency, 0.5) / 1e3);
	row(load, "next p99 us",
	    (double)histogram_at(&score.latency, 0.99) / 1e3);
	row(load, "next max us", (double)score.latency.max / 1e3);
	return score.errors;
}

static void
print(const struct load *load, const struct swarm_score *score,
    const struct process_usage *before, const struct process_usage *after)
{
	const struct histogram *latency = &score->latency;
	double seconds = (double)score->time / CLOCK_SEC;
	double requests = score->replies;

	row(load, "requests/s", requests / seconds);
	row(load, "bytes/s", (double)score->bytes / seconds);
	row(load, "p50 us", (double)histogram_at(latency, 0.5) / 1e3);
	row(load, "p99 us", (double)histogram_at(latency, 0.99) / 1e3);
	row(load, "errors", (double)score->errors);
	if (load->server == 0)
		return;
	row(load, "server cpu", after->cpu - before->cpu);
	if (requests > 0)
		row(load, "cpu us/request",
		    (after->cpu - before->cpu) * 1e6 / requests);
}

int
main(int argc, char **argv)
{
	struct swarm *swarm, *idle = NULL;
	struct process_usage before, after;
	struct swarm_score score;
	struct load load;
	uint64_t errors = 0;

	memset(&before, 0, sizeof before);
	memset(&after, 0, sizeof after);
	parse(&load, argc, argv);
	if (load.idle > 0)
		idle = open_idle(&load);
	swarm = open_swarm(&load.plan);
	if (load.plan.count == 0) {
		swarm_warm_up(swarm, &score);
		errors = score.errors;
	}
	read_usage(&load, &before);
	swarm_run(swarm, &score);
	read_usage(&load, &after);
	score.errors += errors;
	errors = score.errors;
	if (idle != NULL)
		errors += ask_idle(&load, idle);
	print(&load, &score, &before, &after);
	swarm_close(swarm);
	swarm_close(idle);
	return errors > 0 ? 1 : 0;
}
