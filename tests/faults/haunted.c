/* A fileserv inherits its environment from this test, which sets it for that
 * moment. */

#include <stdlib.h>

#include <check.h>

#include "tests/faults/guest.h"
#include "tests/faults/haunted.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"

static void
enter_environment(void)
{
	const char *const *setting = fault_environment();

	for (; *setting != NULL; setting++)
		ck_assert_int_eq(putenv((char *)(uintptr_t)*setting), 0);
}

static void
leave_environment(void)
{
	unsetenv("LD_PRELOAD");
}

void
haunted_start(struct server *server)
{
	static const char *const options[] = {"-v", "--drain", "1", NULL};

	enter_environment();
	server_start(server, options);
	leave_environment();
}

void
haunted_open(void)
{
	struct server server = {.port = 0};

	fault_open();
	guest_prepare();
	haunted_start(&server);
	guest_learn(server.port);
	server_stop(&server);
}

void
haunted_try(struct server *server, const struct fault *fault, unsigned nth)
{
	haunted_try_with(server, fault, nth, NULL);
}

void
haunted_try_with(struct server *server, const struct fault *fault, unsigned nth,
    const char *const *options)
{
	const char *all[16] = {"-q", "-p", "0", "-a", "127.0.0.1"};
	size_t n = 5;

	if (fault_is_about_memory(fault) || HARNESS_NO_SANDBOX)
		all[n++] = "--no-sandbox";
	for (; options != NULL && *options != NULL; options++) {
		ck_assert_uint_lt(n, 15);
		all[n++] = *options;
	}
	fault_arm(fault, nth);
	enter_environment();
	server_try(&server->program, all);
	leave_environment();
}

bool
haunted_serves_on(struct server *server, const struct fault *fault,
    unsigned nth)
{
	const char *wrong;
	bool struck;

	ck_assert_msg(server_await_sleep(server), "%s: it turns without end",
	    fault_print(fault, nth));
	struck = fault_disarm();
	wrong = guest_visit(server->port, GUEST_ALL_WELL);
	ck_assert_msg(wrong == NULL, "%s: the next guest: %s",
	    fault_print(fault, nth), wrong);
	return struck;
}
