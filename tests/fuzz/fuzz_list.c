/*
 * The output of -l and the matches of patterns, against a server that sends any
 * bytes: one line for each entry, and every match is a valid name.
 */

#include <string.h>

#include "client/browse/ls.h"
#include "client/browse/remote_glob.h"
#include "common/clock.h"
#include "common/names.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/said.h"

/* The first byte of an input selects the command line. */
enum {
	KIND_RECURSIVE = 1,
	KIND_JSON = 2,
	KIND_PATTERN = 4,
	KIND_SEVERAL = 8, /* several names */
	KIND_RETRY = 16,
	KIND_QUIET = 32,
};

/* Lists the folders as the server describes them. */
static const char *const names[] = {"d", ".", "d/e"};
static const char *const patterns[] = {"*", "d/[a-c]*/?x", "*/\\*"};

/* Expands patterns. */
static void
expand(struct connection *connection, struct report *report, size_t n)
{
	const struct remote_glob pattern = {.connection = connection,
	    .report = report,
	    .folders = true};
	struct name_list list = {0};
	size_t i;

	for (i = 0; i < n; i++)
		(void)remote_glob_expand(&pattern, patterns[i], 0, &list);
	for (i = 0; i < list.n; i++)
		FUZZ_REQUIRE(names_valid((const uint8_t *)list.names[i],
		    strlen(list.names[i])));
	name_list_free(&list);
}

static struct report
run_list(unsigned kind, size_t n)
{
	static struct server_list servers;
	const struct connection_settings settings = {
	    .servers = &servers,
	    .host = "host",
	    .retry = (kind & KIND_RETRY) != 0,
	    .connect_timeout = CLOCK_SEC,
	    .timeout = CLOCK_SEC,
	};
	const struct progress_settings progress_settings = {
	    .quiet = (kind & KIND_QUIET) != 0};
	const struct report_settings report_settings = {.json =
							    (kind &
								KIND_JSON) != 0,
	    .quiet = (kind & KIND_QUIET) != 0,
	    .is_tree = (kind & KIND_RECURSIVE) != 0};
	struct progress progress;
	struct report report;
	struct connection connection;
	const struct ls list = {.connection = &connection,
	    .report = &report,
	    .recursive = report_settings.is_tree,
	    .json = report_settings.json};

	server_list_open(&servers);
	(void)server_list_add(&servers, "host", 1);
	progress_open(&progress, &progress_settings);
	report_open(&report, &report_settings, &progress);
	connection_open(&connection, &settings, &report, NULL);
	if ((kind & KIND_PATTERN) != 0)
		expand(&connection, &report, n);
	else
		ls_names(&list, names, n);
	connection_close(&connection);
	return report;
}

/* Checks that each line of JSON is an object. */
static void
check_json(const struct said *out)
{
	const char *line = out->text, *end = out->text + out->len, *next;

	FUZZ_REQUIRE(said_is_harmless(out));
	for (; line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (next == NULL)
			break;
		FUZZ_REQUIRE(line[0] == '{' && next[-1] == '}');
	}
}

int
fuzz_list(const uint8_t *data, size_t size)
{
	unsigned kind = fuzz_take(&data, &size);
	struct said out, err;
	struct report report;

	hostile_begin(data, size);
	said_begin();
	report = run_list(kind, (kind & KIND_SEVERAL) != 0 ? 3 : 1);
	said_end(&out, &err);
	(void)hostile_end();
	FUZZ_REQUIRE((report.code == EXIT_OK) == (report.failed == 0));
	FUZZ_REQUIRE(said_is_harmless(&err));
	/* Every failure is reported. */
	FUZZ_REQUIRE(report.failed == 0 || err.len > 0);
	if ((kind & KIND_JSON) != 0)
		check_json(&out);
	else if ((kind & KIND_PATTERN) != 0)
		FUZZ_REQUIRE(out.len == 0);
	return 0;
}
