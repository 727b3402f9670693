/* Reads everything from /proc: the server need not cooperate. */

#include "tests/attack/baseline.h"
#include "common/clock.h"
#include "tests/harness/wait.h"

struct look {
	const struct baseline *baseline;
	const struct server *server;
};

void
baseline_take(struct baseline *baseline, const struct server *server)
{
	baseline->descriptors = server_descriptors(server);
	baseline->threads = server_base_threads(server);
	/* Wait until the connection made for the measurement is closed. */
	(void)server_await_descriptors(server, baseline->descriptors);
	baseline->memory = program_memory(&server->program, "VmRSS:");
}

static bool
is_empty(const struct baseline *baseline, const struct server *server)
{
	return server_descriptors(server) <= baseline->descriptors;
}

static bool
is_back(void *argument)
{
	const struct look *look = argument;

	return server_threads(look->server) <= look->baseline->threads &&
	    is_empty(look->baseline, look->server);
}

static bool
is_small(void *argument)
{
	const struct look *look = argument;

	return program_memory(&look->server->program, "VmRSS:") <=
	    look->baseline->memory + BASELINE_SLACK;
}

void
baseline_expect_back(const struct baseline *baseline,
    const struct server *server, int64_t limit, struct verdict *verdict)
{
	struct look look = {baseline, server};

	if (program_ended(&server->program)) {
		verdict_expect(verdict, false, "the server has ended");
		return;
	}
	verdict_expect(verdict, wait_until(is_back, &look, limit),
	    "%u threads instead of %u, %u descriptors instead of %u",
	    server_threads(server), baseline->threads,
	    server_descriptors(server), baseline->descriptors);
	/* The server frees idle thread stacks within a second. */
	verdict_expect(verdict, wait_until(is_small, &look, limit),
	    "%ld KiB of memory instead of %ld",
	    program_memory(&server->program, "VmRSS:"), baseline->memory);
}
