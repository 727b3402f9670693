/*
 * server_options: the effect of each option, both ends of its range, and the
 * line for each mistake.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/server_options.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

enum {
	ARGUMENTS = 40, /* at most, with program and NULL */
};

struct line {
	char *argv[ARGUMENTS];
	int argc;
};

static void
make_line(struct line *line, const char *const *arguments)
{
	line->argv[0] = (char *)"fileserv";
	for (line->argc = 1; *arguments != NULL; arguments++)
		line->argv[line->argc++] = (char *)*arguments;
	line->argv[line->argc] = NULL;
	/* Makes glibc start on another command line, see getopt(3). */
	optind = 0;
}

static void
parse(struct server_options *options, const char *const *arguments)
{
	struct line line;

	make_line(&line, arguments);
	server_options_parse(options, line.argc, line.argv);
}

/*
 * Prints the fields that differ from the defaults, so that a row also shows
 * what an option leaves alone.
 */
static void
describe(const struct server_options *options, char *text, size_t size)
{
	static const char *const levels[] = {" quiet", "", " verbose"};
	FILE *file = fmemopen(text, size, "w");
	int i;

	fprintf(file, "%s:%u", options->directory, options->port);
	for (i = 0; i < options->n_addresses; i++) {
		fprintf(file, " on=%s", options->addresses[i].host);
		if (options->addresses[i].has_port)
			fprintf(file, "+%u", options->addresses[i].port);
	}
	if (options->port_unused)
		fprintf(file, " unused");
	if (options->max_connections != 0)
		fprintf(file, " max=%d", options->max_connections);
	if (options->max_per_address != 0)
		fprintf(file, " each=%d", options->max_per_address);
	if (options->address_prefix != 64)
		fprintf(file, " prefix=%d", options->address_prefix);
	if (options->timeout != 60)
		fprintf(file, " timeout=%d", options->timeout);
	if (options->request_timeout != 10)
		fprintf(file, " request=%d", options->request_timeout);
	if (options->drain != 30)
		fprintf(file, " drain=%d", options->drain);
	if (options->rate != 0)
		fprintf(file, " rate=%" PRIu64, options->rate);
	if (options->tls.mode != ENCRYPTION_OFF)
		fprintf(file, " tls=%d", (int)options->tls.mode);
	if (options->tls.key_file != NULL)
		fprintf(file, " key=%s", options->tls.key_file);
	if (options->tls.cert_file != NULL)
		fprintf(file, " cert=%s+%s", options->tls.cert_file,
		    options->tls.cert_key_file);
	fprintf(file, "%s%s%s%s%s", options->hidden ? " hidden" : "",
	    options->links ? "" : " no-links", options->lists ? "" : " no-list",
	    levels[options->log_level],
	    options->log_format == LOG_FORMAT_JSON ? " json" : "");
	if (options->user != NULL)
		fprintf(file, " user=%s", options->user);
	fprintf(file, "%s%s", options->require_sandbox ? " confined" : "",
	    options->sandbox ? "" : " free");
	ck_assert_int_eq(fclose(file), 0);
}

static const struct {
	const char *row;
	const char *arguments[8];
	const char *described;
} good[] = {
    {"nothing", {NULL}, ".:8080"},
    {"folder", {"-d", "x y"}, "x y:8080"},
    {"folder, long", {"--directory=/"}, "/:8080"},
    {"last folder", {"-d", "a", "-d", "b"}, "b:8080"},
    {"folder like an option", {"-d", "-v"}, "-v:8080"},
    {"port", {"-p", "1"}, ".:1"},
    {"any port", {"-p0"}, ".:0"},
    {"last port", {"--port", "65535"}, ".:65535"},
    {"address", {"-a", "::1"}, ".:8080 on=::1"},
    {"addresses", {"-a", "b", "--address", "a", "-ab"},
	".:8080 on=b on=a on=b"},
    {"address in brackets", {"-a", "[::1]"}, ".:8080 on=::1"},
    {"address with a port", {"-a", "127.0.0.1:1"}, ".:8080 on=127.0.0.1+1"},
    {"one with any port", {"-a", "[::1]:0"}, ".:8080 on=::1+0"},
    {"one with, one without", {"-p", "1", "-a", "h:2", "-a", "g"},
	".:1 on=h+2 on=g"},
    {"two ports", {"-p", "1", "-a", "h:2"}, ".:1 on=h+2 unused"},
    {"twice the same", {"-a", "h:1", "-p", "1"}, ".:1 on=h+1"},
    {"a port with zeros", {"-p", "00080"}, ".:80"},
    {"least connections", {"--max-connections", "1"}, ".:8080 max=1"},
    {"most connections", {"--max-connections", "1000000"},
	".:8080 max=1000000"},
    {"least per address", {"--max-per-address", "1"}, ".:8080 each=1"},
    {"most per address", {"--max-per-address", "1000000"},
	".:8080 each=1000000"},
    {"least prefix", {"--address-prefix", "1"}, ".:8080 prefix=1"},
    {"most prefix", {"--address-prefix=128"}, ".:8080 prefix=128"},
    {"least time", {"--timeout", "1"}, ".:8080 timeout=1"},
    {"a day", {"--timeout", "86400"}, ".:8080 timeout=86400"},
    {"least request time", {"--request-timeout", "1"}, ".:8080 request=1"},
    {"most request time", {"--request-timeout", "86400"},
	".:8080 request=86400"},
    {"no drain", {"--drain", "0"}, ".:8080 drain=0"},
    {"a day's drain", {"--drain", "86400"}, ".:8080 drain=86400"},
    {"tls", {"--tls"}, ".:8080 tls=2"},
    {"tls alone", {"--tls=require"}, ".:8080 tls=2"},
    {"tls or not", {"--tls=on"}, ".:8080 tls=3"},
    {"a key file", {"--key-file", "k", "--tls"}, ".:8080 tls=2 key=k"},
    {"a certificate", {"--tls", "--tls-key=k", "--tls-cert=c"},
	".:8080 tls=2 cert=c+k"},
    {"hidden", {"--hidden"}, ".:8080 hidden"},
    {"no links", {"--no-links"}, ".:8080 no-links"},
    {"no list", {"--no-list"}, ".:8080 no-list"},
    {"least rate", {"--limit-rate", "1"}, ".:8080 rate=1"},
    {"rate of M", {"--limit-rate=2M"}, ".:8080 rate=2097152"},
    {"a user", {"--user", "nobody"}, ".:8080 user=nobody"},
    {"with a sandbox", {"--require-sandbox"}, ".:8080 confined"},
    {"without", {"--no-sandbox"}, ".:8080 free"},
    {"shortened", {"--hid"}, ".:8080 hidden"},
    {"text", {"--log-format", "text"}, ".:8080"},
    {"json", {"--log-format=json"}, ".:8080 json"},
    {"quiet", {"-q"}, ".:8080 quiet"},
    {"verbose", {"--verbose"}, ".:8080 verbose"},
    {"the last of both", {"-qv"}, ".:8080 verbose"},
    {"end of options", {"-q", "--"}, ".:8080 quiet"},
};

START_TEST(test_good)
{
	struct server_options options;
	char described[256];
	size_t i;

	for (i = 0; i < UNIT_ROWS(good); i++) {
		memset(&options, 0xee, sizeof(options));
		parse(&options, good[i].arguments);
		describe(&options, described, sizeof(described));
		ck_assert_msg(strcmp(described, good[i].described) == 0,
		    "%s: %s", good[i].row, described);
	}
}
END_TEST

#define RATE(text) \
	"--limit-rate: '" text "' is not a size (a number, and k, M, G or T)"

#define NO_PORT(text) "--port: '" text "' is not a number (0 to 65535)"

static const struct {
	const char *row;
	const char *arguments[6];
	const char *said;
} wrong[] = {
    {"unknown", {"--wrong"}, "unknown option --wrong"},
    {"unknown letter", {"-x"}, "unknown option -x"},
    {"unknown among known", {"-qx"}, "unknown option -x"},
    {"client's option", {"--json"}, "unknown option --json"},
    {"one of several", {"--max", "1"}, "unknown option --max"},
    {"value too many", {"--hidden=1"}, "--hidden takes no value"},
    {"no value", {"-q", "--drain"}, "--drain needs a value"},
    {"no value, letter", {"-d"}, "-d needs a value"},
    {"operand", {"-q", "x", "-v"}, "'x': the folder is given with -d"},
    {"operand behind the end", {"--", "-q"},
	"'-q': the folder is given with -d"},
    {"port below", {"-p", "-1"}, NO_PORT("-1")},
    {"port above", {"-p", "65536"},
	"--port: '65536' is too large (0 to 65535)"},
    {"port far above", {"-p", "18446744073709551616"},
	"--port: '18446744073709551616' is too large (0 to 65535)"},
    {"port of letters", {"-p", "80x"}, NO_PORT("80x")},
    {"empty port", {"-p", ""}, NO_PORT("")},
    {"port in hex", {"-p", "0x50"}, NO_PORT("0x50")},
    {"port with a sign", {"-p", "+80"}, NO_PORT("+80")},
    {"port with a blank", {"-p", " 80"}, NO_PORT(" 80")},
    {"no host", {"-a", ":80"}, "--address: ':80' has no host"},
    {"a service", {"-p", "http"}, NO_PORT("http")},
    {"port of an address", {"-a", "h:65536"},
	"--address: '65536' is too large (0 to 65535)"},
    {"address without a scope", {"-a", "fe80::1"},
	"--address: 'fe80::1' needs the interface that leads there: "
	"fe80::1%eth0"},
    {"no connections", {"--max-connections", "0"},
	"--max-connections: '0' is too small (1 to 1000000)"},
    {"too many connections", {"--max-connections", "1000001"},
	"--max-connections: '1000001' is too large (1 to 1000000)"},
    {"none per address", {"--max-per-address", "0"},
	"--max-per-address: '0' is too small (1 to 1000000)"},
    {"no prefix", {"--address-prefix", "0"},
	"--address-prefix: '0' is too small (1 to 128)"},
    {"too long a prefix", {"--address-prefix", "129"},
	"--address-prefix: '129' is too large (1 to 128)"},
    {"too many per address", {"--max-per-address", "1000001"},
	"--max-per-address: '1000001' is too large (1 to 1000000)"},
    {"no time", {"--timeout", "0"}, "--timeout: '0' is too small (1 to 86400)"},
    {"over a day", {"--timeout", "86401"},
	"--timeout: '86401' is too large (1 to 86400)"},
    {"half a second", {"--timeout", "0.5"},
	"--timeout: '0.5' is invalid (1 to 86400)"},
    {"no request time", {"--request-timeout", "0"},
	"--request-timeout: '0' is too small (1 to 86400)"},
    {"request time over a day", {"--request-timeout", "86401"},
	"--request-timeout: '86401' is too large (1 to 86400)"},
    {"negative drain", {"--drain", "-1"},
	"--drain: '-1' is too small (0 to 86400)"},
    {"drain over a day", {"--drain", "86401"},
	"--drain: '86401' is too large (0 to 86400)"},
    {"no rate", {"--limit-rate", "0"},
	"--limit-rate: with 0 a download would never end; without this "
	"option there is no limit"},
    {"negative rate", {"--limit-rate", "-1"}, RATE("-1")},
    {"rate of nothing", {"--limit-rate="}, RATE("")},
    {"rate and letters", {"--limit-rate", "1x"}, RATE("1x")},
    {"log format", {"--log-format", "xml"},
	"--log-format: 'xml' is not one of: text, json"},
    {"half a certificate", {"--tls", "--tls-cert", "c"},
	"--tls-cert and --tls-key belong together"},
    {"half a key", {"--tls", "--tls-key", "k"},
	"--tls-cert and --tls-key belong together"},
    {"a key in the clear", {"--key-file", "k"}, "--key-file needs --tls"},
    {"a certificate in the clear", {"--tls-cert", "c", "--tls-key", "k"},
	"--tls-cert needs --tls"},
    {"two keys", {"--tls", "--key-file=k", "--tls-cert=c", "--tls-key=k"},
	"--key-file and --tls-cert exclude each other"},
    {"tls off", {"--tls=off"}, "--tls: 'off' is not one of: require, on"},
    {"empty log format", {"--log-format="},
	"--log-format: '' is not one of: text, json"},
};

static void
parse_there(void *argument)
{
	struct line *line = argument;
	struct server_options options;

	server_options_parse(&options, line->argc, line->argv);
}

/* Expects the exit code and both texts of a command line that ends the program.
 */
static void
run(struct child *child, const char *const *arguments)
{
	struct line line;

	make_line(&line, arguments);
	child_run(child, parse_there, &line);
}

START_TEST(test_wrong)
{
	struct child child;
	char expected[256];
	size_t i;

	for (i = 0; i < UNIT_ROWS(wrong); i++) {
		run(&child, wrong[i].arguments);
		ck_assert_msg(child.code == 2, "%s: %d", wrong[i].row,
		    child.code);
		snprintf(expected, sizeof(expected),
		    "%s: %s\ntry 'fileserv --help'\n",
		    program_invocation_short_name, wrong[i].said);
		ck_assert_msg(strcmp(child.err, expected) == 0, "%s: %s",
		    wrong[i].row, child.err);
		ck_assert_msg(child.out[0] == '\0', "%s", wrong[i].row);
	}
}
END_TEST

/* As many addresses as there is room for, and one more. */
START_TEST(test_addresses)
{
	const char *arguments[2 * SERVER_OPTIONS_ADDRESSES + 3] = {NULL};
	struct server_options options;
	struct child child;
	int i;

	for (i = 0; i < SERVER_OPTIONS_ADDRESSES; i++) {
		arguments[2 * i] = "-a";
		arguments[2 * i + 1] = "127.0.0.1";
	}
	parse(&options, arguments);
	ck_assert_int_eq(options.n_addresses, SERVER_OPTIONS_ADDRESSES);
	for (i = 0; i < SERVER_OPTIONS_ADDRESSES; i++)
		ck_assert_str_eq(options.addresses[i].host, "127.0.0.1");

	arguments[2 * i] = "-a";
	arguments[2 * i + 1] = "127.0.0.1";
	run(&child, arguments);
	ck_assert_int_eq(child.code, 2);
	ck_assert_ptr_nonnull(
	    strstr(child.err, ": --address: at most 16 of them\n"));
}
END_TEST

/* --help and --version end the program, whatever follows them. */
START_TEST(test_asked)
{
	static const struct {
		const char *arguments[3], *begins;
	} rows[] = {
	    {{"-h", "--wrong"}, "usage: fileserv [options]\n"},
	    {{"--help"}, "usage: fileserv [options]\n"},
	    {{"-V", "operand"}, "fileserv " VERSION "\n"},
	    {{"--version"}, "fileserv " VERSION "\n"},
	};
	struct child child;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		run(&child, rows[i].arguments);
		ck_assert_int_eq(child.code, 0);
		ck_assert_str_eq(child.err, "");
		ck_assert_msg(strncmp(child.out, rows[i].begins,
				  strlen(rows[i].begins)) == 0,
		    "%s: %s", rows[i].arguments[0], child.out);
	}
}
END_TEST

Suite *
server_options_suite(void)
{
	Suite *suite = suite_create("server_options");
	TCase *tcase = unit_case(suite, "options");

	tcase_add_test(tcase, test_good);
	tcase_add_test(tcase, test_wrong);
	tcase_add_test(tcase, test_addresses);
	tcase_add_test(tcase, test_asked);
	return suite;
}
