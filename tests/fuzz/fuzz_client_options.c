/*
 * The command line of fileget: every limit is within its bounds and no two
 * options exclude each other, or an error is printed.
 */

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "client/client_options.h"
#include "common/clock.h"
#include "tests/fuzz/command.h"
#include "tests/fuzz/fuzz.h"

#define DAY (24 * 60 * 60 * CLOCK_SEC)

static struct client_options options;
static struct server_list servers;

static void
parse(int argc, char **argv)
{
	/* The last input's; client_options_parse begins with new ones. */
	name_filter_free(&options.transfer.filter);
	client_options_parse(&options, &servers, argc, argv);
}

static void
check_string(const char *text)
{
	FUZZ_REQUIRE(text == NULL || command_has(text));
}

static void
check_limits(void)
{
	size_t i, j;

	FUZZ_REQUIRE(servers.n >= 1 && servers.n <= SERVER_LIST_MAX);
	for (i = 0; i < servers.n; i++)
		FUZZ_REQUIRE(servers.members[i].port >= 1);
	for (i = 1; i < servers.n; i++)
		for (j = 0; j < i; j++)
			FUZZ_REQUIRE(strcmp(servers.members[i].name,
					 servers.members[j].name) != 0);
	FUZZ_REQUIRE(options.transfer.jobs >= 1 && options.transfer.jobs <= 64);
	FUZZ_REQUIRE(options.transfer.connection.retry >= 0 &&
	    options.transfer.connection.retry <= 1000000);
	FUZZ_REQUIRE(
	    options.transfer.wait >= 0 && options.transfer.wait <= DAY);
	FUZZ_REQUIRE(options.transfer.connection.timeout >= CLOCK_SEC &&
	    options.transfer.connection.timeout <= DAY);
	FUZZ_REQUIRE(options.transfer.connection.connect_timeout >= CLOCK_SEC &&
	    options.transfer.connection.connect_timeout <= DAY);
	FUZZ_REQUIRE(options.progress.mode <= PROGRESS_MODE_NONE);
	FUZZ_REQUIRE(options.trust.n_keys <= TRUST_KEYS);
	FUZZ_REQUIRE(!options.trust.plain ||
	    (!options.trust.tls && options.trust.n_keys == 0 &&
		options.trust.authority == NULL));
}

/* Options for a single file require exactly one name. */
static void
check_names(void)
{
	int i;

	FUZZ_REQUIRE(options.n_names >= 0);
	for (i = 0; i < options.n_names; i++)
		FUZZ_REQUIRE(command_has(options.names[i]) ||
		    strcmp(options.names[i], ".") == 0);
	FUZZ_REQUIRE(options.names[options.n_names] == NULL);
	if (options.transfer.output != NULL || options.transfer.has_sha256 ||
	    options.is_follow)
		FUZZ_REQUIRE(options.n_names == 1 &&
		    options.input_file == NULL && options.check_file == NULL);
	if (options.transfer.is_prompt)
		FUZZ_REQUIRE(options.n_names == 0);
	if (options.to_stdout && options.transfer.output != NULL)
		FUZZ_REQUIRE(!options.report.json && !options.transfer.sums &&
		    !options.transfer.store.is_tree &&
		    !options.transfer.store.update);
}

int
fuzz_client_options(const uint8_t *data, size_t size)
{
	/* The operand "-" reads a link there. */
	FUZZ_REQUIRE(freopen("/dev/null", "r", stdin) != NULL);
	if (!command_parse(data, size, parse))
		return 0;
	if (options.is_my_key) {
		FUZZ_REQUIRE(options.n_names == 0 && options.names[0] == NULL);
		return 0;
	}
	FUZZ_REQUIRE(options.transfer.connection.servers == &servers);
	FUZZ_REQUIRE(strcmp(options.transfer.connection.host,
			 servers.members[0].host) == 0);
	check_string(options.input_file);
	check_string(options.transfer.output);
	check_string(options.transfer.directory);
	check_string(options.check_file);
	FUZZ_REQUIRE(options.transfer.output == NULL ||
	    strlen(options.transfer.output) < PATH_MAX);
	check_limits();
	check_names();
	FUZZ_REQUIRE(!options.is_follow || !options.is_list);
	return 0;
}
