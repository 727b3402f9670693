/* Two folders with the same file, and the list of ports for fileget. */

#include <stdio.h>
#include <string.h>

#include <check.h>

#include "tests/harness/client.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/several.h"

enum {
	SEVERAL_ARGS = 24,
};

void
several_make_copies(uint64_t size)
{
	scratch_mkdir("copy");
	scratch_fill("served/data", size, 1);
	scratch_fill("copy/data", size, 1);
	scratch_age("served/data");
	scratch_age("copy/data");
}

void
several_start_copy(struct server *server, const char *const *options)
{
	const char *all[SEVERAL_ARGS] = {"-d"};
	char copy[SCRATCH_PATH];
	size_t n = 2;

	all[1] = scratch_path(copy, "copy");
	for (; options != NULL && *options != NULL; options++) {
		ck_assert_uint_lt(n, SEVERAL_ARGS - 1);
		all[n++] = *options;
	}
	server_start(server, all);
}

void
several_start(struct program *client, const uint16_t *ports,
    const char *const *args)
{
	const char *all[SEVERAL_ARGS];
	char list[1024] = "";
	size_t n = 1;

	for (; *ports != 0; ports++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list),
		    "%s127.0.0.1:%u", list[0] == '\0' ? "" : ",", *ports);
	all[0] = list;
	for (; *args != NULL; args++) {
		ck_assert_uint_lt(n, SEVERAL_ARGS - 1);
		all[n++] = *args;
	}
	all[n] = NULL;
	client_start_plain(client, all);
}

void
several_get(struct program *client, uint16_t one, uint16_t two, int code,
    const char *const *args)
{
	const uint16_t ports[] = {one, two, 0};

	several_start(client, ports, args);
	here_expect_exit(client, code, args[0]);
}

void
several_expect_said(struct program *client, const char *said)
{
	const char *err = program_err(client);

	ck_assert_msg(strstr(err, said) != NULL, "%s", err);
}

void
several_expect_unsaid(struct program *client, const char *said)
{
	const char *err = program_err(client);

	ck_assert_msg(strstr(err, said) == NULL, "%s", err);
}
