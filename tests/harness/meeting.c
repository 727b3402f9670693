/* The server's key is read from the line that it prints to be pasted. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/meeting.h"
#include "tests/harness/scratch.h"

enum {
	MEETING_ARGS = 32,
};

void
meeting_learn(struct meeting *meeting)
{
	const char *out = program_out(&meeting->server.program);
	const char *key = strstr(out, "--key ");

	ck_assert_msg(key != NULL &&
		sscanf(key, "--key %39[A-Z2-7-] ", meeting->key) == 1,
	    "no key in: %s", out);
	snprintf(meeting->line, sizeof(meeting->line), "127.0.0.1:%u %s\n",
	    meeting->server.port, meeting->key);
}

void
meeting_start(struct meeting *meeting, const char *key_name,
    const char *const *options)
{
	char name[64], path[SCRATCH_PATH];
	const char *all[MEETING_ARGS] = {"--tls", "--key-file", path};
	size_t n = 3;

	snprintf(name, sizeof(name), "outside/%s", key_name);
	scratch_path(path, name);
	for (; options != NULL && *options != NULL; options++) {
		ck_assert_uint_lt(n, MEETING_ARGS - 1);
		all[n++] = *options;
	}
	server_start(&meeting->server, all);
	meeting_learn(meeting);
}

const char *
meeting_config(void)
{
	static char text[SCRATCH_PATH + 32];
	char path[SCRATCH_PATH];

	snprintf(text, sizeof(text), "XDG_CONFIG_HOME=%s",
	    scratch_path(path, "outside/config"));
	return text;
}

void
meeting_begin(struct program *client, uint16_t port, const char *const *args)
{
	client_start(client, port, args, HERE_LIST(meeting_config()));
}

void
meeting_begin_plain(struct program *client, const char *const *args)
{
	program_start(client,
	    &(struct program_options){.path = harness_fileget,
		.args = args,
		.env = HERE_LIST(meeting_config()),
		.cwd = "here"});
}

void
meeting_get(struct program *client, uint16_t port, int code,
    const char *const *args)
{
	meeting_begin(client, port, args);
	here_expect_exit(client, code, args[0]);
}

void
meeting_write_known(const char *text)
{
	if (!scratch_exists("outside/config")) {
		scratch_mkdir("outside/config");
		scratch_mkdir("outside/config/fileget");
	}
	scratch_text(MEETING_KNOWN, text);
}

void
meeting_expect_known(const char *text)
{
	size_t len;
	char *read = scratch_read(MEETING_KNOWN, &len);

	ck_assert_str_eq(read == NULL ? "" : read, text);
	free(read);
}

void
meeting_expect_said(struct program *client, const char *text)
{
	ck_assert_msg(strstr(program_err(client), text) != NULL,
	    "no '%s' in: %s", text, program_err(client));
}
