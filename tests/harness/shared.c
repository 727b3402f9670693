/* Starts fileserv --share, reads its link, and runs fileget with it. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/shared.h"
#include "tests/harness/wait.h"

enum {
	SHARED_ARGS = 32
};

static bool
is_announced(void *argument)
{
	struct shared *shared = argument;

	return strstr(program_out(&shared->program), "| fileget -\n") != NULL ||
	    program_ended(&shared->program);
}

/* Reads port, link and ticket from the output. */
static void
read_link(struct shared *shared)
{
	const char *begin = strstr(program_out(&shared->program), "files://");
	const char *plus;
	size_t i, n = 0;

	ck_assert_msg(begin != NULL, "no link: %s%s",
	    program_out(&shared->program), program_err(&shared->program));
	shared->port = server_announced(&shared->program);
	snprintf(shared->link, sizeof(shared->link), "%.*s",
	    (int)strcspn(begin, "'"), begin);
	plus = strchr(shared->link, '+');
	ck_assert_ptr_nonnull(plus);
	snprintf(shared->ticket, sizeof(shared->ticket), "%s", plus + 1);
	for (i = 0; shared->ticket[i] != '\0'; i++)
		if (shared->ticket[i] != '-')
			shared->letters[n++] = shared->ticket[i];
	shared->letters[n] = '\0';
	ck_assert_uint_eq(n, 26);
}

void
shared_start(struct shared *shared, const char *path,
    const char *const *options)
{
	char whole[SCRATCH_PATH];
	const char *args[SHARED_ARGS] = {"--share", scratch_path(whole, path),
	    "-p", "0", "-a", "127.0.0.1"};
	size_t n = 6;

	for (; options != NULL && *options != NULL; options++) {
		ck_assert_uint_lt(n, SHARED_ARGS - 2);
		args[n++] = *options;
	}
	if (HARNESS_NO_SANDBOX)
		args[n++] = "--no-sandbox";
	args[n] = NULL;
	program_start(&shared->program,
	    &(struct program_options){.path = harness_fileserv,
		.args = args,
		.cwd = "served"});
	ck_assert(wait_until(is_announced, shared, WAIT_LIMIT));
	read_link(shared);
}

void
shared_get(struct program *client, const char *link, const char *who,
    const char *const *options)
{
	char key[SCRATCH_PATH], env[SCRATCH_PATH + 32], line[SHARED_LINK + 1];
	const char *args[SHARED_ARGS];
	size_t n = 0;

	for (; options != NULL && *options != NULL; options++) {
		ck_assert_uint_lt(n, SHARED_ARGS - 2);
		args[n++] = *options;
	}
	args[n++] = "-";
	args[n] = NULL;
	snprintf(env, sizeof(env), "XDG_CONFIG_HOME=%s",
	    scratch_path(key, who));
	program_start(client,
	    &(struct program_options){.path = harness_fileget,
		.args = args,
		.env = (const char *const[]){env, NULL},
		.cwd = "here",
		.with_input = true});
	snprintf(line, sizeof(line), "%s\n", link);
	program_say(client, line);
	program_hang_up(client);
}

void
shared_expect_end(struct shared *shared, const char *text)
{
	const char *out, *last;
	int code = program_wait(&shared->program, 2 * WAIT_LIMIT);

	out = program_out(&shared->program);
	ck_assert_msg(code == 0, "exit %d: %s%s", code, out,
	    program_err(&shared->program));
	/* The line behind those of the start. */
	last = strstr(out, "| fileget -\n");
	ck_assert_ptr_nonnull(last);
	ck_assert_msg(strstr(last, text) != NULL, "'%s' is not in: %s", text,
	    last);
	shared_expect_secret(shared, last);
	shared_expect_secret(shared, program_err(&shared->program));
}

void
shared_stop(struct shared *shared, const char *text)
{
	program_signal(&shared->program, SIGTERM);
	shared_expect_end(shared, text);
}

void
shared_expect_secret(const struct shared *shared, const char *text)
{
	ck_assert_msg(strstr(text, shared->ticket) == NULL &&
		strstr(text, shared->letters) == NULL,
	    "the ticket is in: %s", text);
}
