/* Starting fileget. */

#include <stdio.h>
#include <string.h>

#include <check.h>

#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/wait.h"

enum {
	CLIENT_ARGS = 64
};

static void
start(struct program *client, uint16_t port, const char *const *args,
    const char *const *env, bool with_input)
{
	const char *all[CLIENT_ARGS] = {"127.0.0.1"};
	char text[8];
	size_t n = 2;

	snprintf(text, sizeof(text), "%u", port);
	all[1] = text;
	for (; args != NULL && *args != NULL; args++) {
		ck_assert_uint_lt(n, CLIENT_ARGS - 1);
		all[n++] = *args;
	}
	all[n] = NULL;
	program_start(client,
	    &(struct program_options){.path = harness_fileget,
		.args = all,
		.env = env,
		.cwd = "here",
		.with_input = with_input});
}

void
client_start(struct program *client, uint16_t port, const char *const *args,
    const char *const *env)
{
	start(client, port, args, env, false);
}

void
client_start_with_input(struct program *client, uint16_t port,
    const char *const *args, const char *const *env)
{
	start(client, port, args, env, true);
}

void
client_start_plain(struct program *client, const char *const *args)
{
	program_start(client,
	    &(struct program_options){.path = harness_fileget,
		.args = args,
		.cwd = "here"});
}

int
client_run(struct program *client, uint16_t port, const char *const *args)
{
	start(client, port, args, NULL, false);
	return program_wait(client, 2 * WAIT_LIMIT);
}
