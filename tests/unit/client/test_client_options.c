/*
 * fileget's command line: what each option sets, its limits on both sides,
 * what excludes what, and the one line that says what is wrong.
 */

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/transfer/local_name.h"
#include "client/client_options.h"
#include "common/clock.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

enum {
	ARGUMENTS = 16, /* at most, with the program and the end */
	PATH_LIMIT = 4096,
};

#define NO_PORT(text)                                                    \
	"port: '" text "' is neither a number (1 to 65535) nor a known " \
	"service"

/* 63, 64 and 65 digits, and 64 of which one is none. */
#define HEX63 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
#define HEX64 "0123456789abcdef0123456789abcdef0123456789ABCDEF0123456789abcdef"
#define HEX65 \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0"
#define HEXES "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg"

struct line {
	char *argv[ARGUMENTS];
	int argc;
};

static void
make_line(struct line *line, const char *const *arguments)
{
	line->argv[0] = (char *)"fileget";
	for (line->argc = 1; *arguments != NULL; arguments++)
		line->argv[line->argc++] = (char *)*arguments;
	line->argv[line->argc] = NULL;
	/* glibc: another command line begins, see getopt(3). */
	optind = 0;
}

/* Prints the mode and the names. */
static void
describe_work(const struct client_options *options, FILE *file)
{
	fprintf(file, "%s%s%s%s%s%s%s",
	    options->transfer.store.is_tree ? " recursive" : "",
	    options->transfer.hidden ? " hidden" : "",
	    options->is_list ? " list" : "",
	    options->is_follow ? " follow" : "",
	    options->transfer.store.update ? " update" : "",
	    options->transfer.sums ? " sums" : "",
	    options->transfer.output_is_folder ? " into" : "");
	if (options->check_file != NULL)
		fprintf(file, " check=%s", options->check_file);
	if (options->transfer.jobs != 1)
		fprintf(file, " jobs=%d", options->transfer.jobs);
	if (options->transfer.connection.rate != 0)
		fprintf(file, " rate=%" PRIu64,
		    options->transfer.connection.rate);
	if (options->transfer.wait != 0)
		fprintf(file, " wait=%" PRId64, options->transfer.wait);
	if (options->transfer.settle != 0)
		fprintf(file, " settle=%" PRId64, options->transfer.settle);
	if (options->lines != -1)
		fprintf(file, " lines=%d", options->lines);
}

/*
 * Describes only the members that differ from their defaults: a row then shows
 * as well that an option changes no other member.
 */
static void
describe(const struct client_options *options, char *text, size_t size)
{
	static const char *const progress[] = {"auto", "bar", "plain", "none"};
	FILE *file = fmemopen(text, size, "w");

	fprintf(file, "%s:%u", options->transfer.connection.host,
	    options->transfer.connection.servers->members[0].port);
	if (options->n_names != 0)
		fprintf(file, " names=%d", options->n_names);
	if (options->transfer.output != NULL)
		fprintf(file, " output=%s", options->transfer.output);
	if (options->transfer.directory != NULL)
		fprintf(file, " directory=%s", options->transfer.directory);
	if (options->input_file != NULL)
		fprintf(file, " input=%s", options->input_file);
	fprintf(file, "%s%s%s%s%s%s%s", options->input_nul ? " nul" : "",
	    options->transfer.keep_name ? " keep" : "",
	    options->transfer.store.no_clobber ? " no-clobber" : "",
	    options->transfer.store.resume ? "" : " no-resume",
	    options->transfer.store.verify ? "" : " no-verify",
	    options->transfer.store.fsync ? " fsync" : "",
	    options->sandbox ? "" : " free");
	if (options->transfer.store.max_size != UINT64_MAX)
		fprintf(file, " max=%" PRIu64,
		    options->transfer.store.max_size);
	describe_work(options, file);
	if (options->transfer.connection.connect_timeout != 10 * CLOCK_SEC)
		fprintf(file, " connect=%" PRId64,
		    options->transfer.connection.connect_timeout);
	if (options->transfer.connection.timeout != 30 * CLOCK_SEC)
		fprintf(file, " timeout=%" PRId64,
		    options->transfer.connection.timeout);
	if (options->transfer.connection.retry != 5)
		fprintf(file, " retry=%d", options->transfer.connection.retry);
	fprintf(file, "%s%s%s%s", options->transfer.has_sha256 ? " sha256" : "",
	    options->report.quiet ? " quiet" : "",
	    options->report.verbose ? " verbose" : "",
	    options->report.json == REPORT_JSON_PROGRESS  ? " json progress" :
		options->report.json == REPORT_JSON_FILES ? " json" :
							    "");
	if (options->progress.mode != PROGRESS_MODE_AUTO)
		fprintf(file, " %s", progress[options->progress.mode]);
	ck_assert_int_eq(fclose(file), 0);
}

static const struct {
	const char *row;
	const char *arguments[9];
	const char *described;
} good[] = {
    {"for the prompt", {"h", "80"}, "h:80"},
    {"a name", {"h", "80", "n"}, "h:80 names=1"},
    {"names", {"h", "80", "n", "n", ""}, "h:80 names=3"},
    {"last port", {"h", "65535"}, "h:65535"},
    {"first port", {"h", "1"}, "h:1"},
    {"host and port in one", {"h:80"}, "h:80"},
    {"and names", {"h:80", "81", "n"}, "h:80 names=2"},
    {"brackets", {"[::1]", "80", "n"}, "::1:80 names=1"},
    {"brackets and port", {"-k", "[::1]:80", "n"}, "::1:80 names=1 keep"},
    {"many colons", {"::1", "80", "n"}, "::1:80 names=1"},
    {"among operands", {"h", "-k", "80", "-q", "n"}, "h:80 names=1 keep quiet"},
    {"name like an option", {"h", "80", "--", "-k"}, "h:80 names=1"},
    {"to a file", {"-o", "d/f", "h", "80", "n"}, "h:80 names=1 output=d/f"},
    {"to stdout", {"--output=-", "h", "80", "n"}, "h:80 names=1 output=-"},
    {"into a folder", {"-P", "d", "h", "80"}, "h:80 directory=d"},
    {"from a file", {"-i", "l", "h", "80"}, "h:80 input=l"},
    {"with NUL", {"-0ilist", "h", "80"}, "h:80 input=list nul"},
    {"no clobber", {"-n", "h", "80"}, "h:80 no-clobber"},
    {"no resume", {"--no-resume", "h", "80"}, "h:80 no-resume"},
    {"no verify", {"--no-verify", "h", "80"}, "h:80 no-verify"},
    {"no sandbox", {"--no-sandbox", "h", "80"}, "h:80 free"},
    {"hidden", {"-r", "--hidden", "h", "80"}, "h:80 recursive hidden"},
    {"hidden, listed", {"-lr", "--hidden", "h", "80"},
	"h:80 recursive hidden list"},
    {"fsync", {"--fsync", "h", "80"}, "h:80 fsync"},
    {"no size", {"--max-size", "0", "h", "80"}, "h:80 max=0"},
    {"size", {"--max-size", "5", "h", "80"}, "h:80 max=5"},
    {"k", {"--max-size", "3k", "h", "80"}, "h:80 max=3072"},
    {"M", {"--max-size", "1M", "h", "80"}, "h:80 max=1048576"},
    {"g", {"--max-size", "1g", "h", "80"}, "h:80 max=1073741824"},
    {"T", {"--max-size", "2T", "h", "80"}, "h:80 max=2199023255552"},
    {"19 digits", {"--max-size", "9223372036854775807", "h", "80"},
	"h:80 max=9223372036854775807"},
    {"least to connect", {"--connect-timeout", "1", "h", "80"},
	"h:80 connect=1000000000"},
    {"a day to connect", {"--connect-timeout", "86400", "h", "80"},
	"h:80 connect=86400000000000"},
    {"least time", {"--timeout", "1", "h", "80"}, "h:80 timeout=1000000000"},
    {"a day", {"--timeout", "86400", "h", "80"}, "h:80 timeout=86400000000000"},
    {"no retry", {"--retry", "0", "h", "80"}, "h:80 retry=0"},
    {"most retries", {"--retry", "1000000", "h", "80"}, "h:80 retry=1000000"},
    {"sum", {"--sha256", HEX64, "h", "80", "n"}, "h:80 names=1 sha256"},
    {"tree", {"-r", "h", "80", "n"}, "h:80 names=1 recursive"},
    {"tree to a new folder", {"-rofresh", "h", "80", "n"},
	"h:80 names=1 output=fresh recursive"},
    {"tree into a folder", {"-r", "-o", ".", "h", "80", "n"},
	"h:80 names=1 output=. recursive into"},
    {"list", {"-l", "h", "80"}, "h:80 list"},
    {"list of trees", {"-lr", "h", "80", "n", "m"},
	"h:80 names=2 recursive list"},
    {"update", {"--update", "h", "80"}, "h:80 update"},
    {"follow", {"-f", "h", "80", "n"}, "h:80 names=1 follow"},
    {"no lines", {"-f", "--lines", "0", "h", "80", "n"},
	"h:80 names=1 follow lines=0"},
    {"lines", {"-f", "--lines=10", "h", "80", "n"},
	"h:80 names=1 follow lines=10"},
    {"sums", {"--sums", "h", "80", "n"}, "h:80 names=1 sums"},
    {"check", {"-c", "SHA256SUMS", "h", "80"}, "h:80 check=SHA256SUMS"},
    {"most jobs", {"--jobs=64", "h", "80"}, "h:80 jobs=64"},
    {"least rate", {"--limit-rate", "1", "h", "80"}, "h:80 rate=1"},
    {"rate", {"--limit-rate", "2M", "h", "80"}, "h:80 rate=2097152"},
    {"no wait", {"--wait", "0", "h", "80"}, "h:80"},
    {"wait", {"--wait", "86400", "h", "80"}, "h:80 wait=86400000000000"},
    {"no settle", {"--settle", "0", "h", "80"}, "h:80"},
    {"settle", {"--settle", "86400", "h", "80"}, "h:80 settle=86400000000000"},
    {"verbose", {"-v", "h", "80"}, "h:80 verbose"},
    {"json", {"--json", "h", "80"}, "h:80 json"},
    {"json and progress", {"--json=progress", "h", "80"}, "h:80 json progress"},
    {"the last one counts", {"--json=progress", "--json", "h", "80"},
	"h:80 json"},
    {"json takes no operand", {"--json", "progress", "80"}, "progress:80 json"},
    {"json and a file", {"--json", "-of", "h", "80", "n"},
	"h:80 names=1 output=f json"},
    {"auto", {"--progress", "auto", "h", "80"}, "h:80"},
    {"bar", {"--progress", "bar", "h", "80"}, "h:80 bar"},
    {"plain", {"--progress=plain", "h", "80"}, "h:80 plain"},
    {"none", {"--progress", "none", "h", "80"}, "h:80 none"},
};

START_TEST(test_good)
{
	struct client_options options;
	struct server_list servers;
	char described[256];
	struct line line;
	size_t i;

	for (i = 0; i < UNIT_ROWS(good); i++) {
		memset(&options, 0xee, sizeof(options));
		make_line(&line, good[i].arguments);
		client_options_parse(&options, &servers, line.argc, line.argv);
		describe(&options, described, sizeof(described));
		ck_assert_msg(strcmp(described, good[i].described) == 0,
		    "%s: %s", good[i].row, described);
		/* The names are the last operands. */
		ck_assert_msg(options.names ==
			line.argv + line.argc - options.n_names,
		    "%s", good[i].row);
	}
}
END_TEST

START_TEST(test_sha256)
{
	static const char *const arguments[] = {"--sha256", HEX64, "h", "80",
	    "n", NULL};
	struct client_options options;
	struct server_list servers;
	uint8_t expected[SHA256SUM_LENGTH];
	struct line line;

	make_line(&line, arguments);
	client_options_parse(&options, &servers, line.argc, line.argv);
	unit_bytes(HEX64, expected, sizeof(expected));
	ck_assert_mem_eq(options.transfer.sha256, expected, sizeof(expected));
}
END_TEST

static char long_path[PATH_LIMIT + 1];

#define SIZE(text) \
	"--max-size: '" text "' is not a size (a number, and k, M, G or T)"
#define DIGITS(text) "--sha256: '" text "' is not 64 hexadecimal digits"

static const struct {
	const char *row;
	const char *arguments[8];
	const char *said;
} wrong[] = {
    {"nothing", {NULL}, "a HOST and a PORT are needed"},
    {"no port", {"h"}, "a HOST and a PORT are needed"},
    {"port 0", {"h", "0"}, "port: '0' is too small (1 to 65535)"},
    {"port above", {"h", "65536"}, "port: '65536' is too large (1 to 65535)"},
    {"no number", {"h", "80x"}, NO_PORT("80x")},
    {"port 0 behind a host", {"h:0"}, "host: '0' is too small (1 to 65535)"},
    {"many colons and no port", {"::1:80"}, "a HOST and a PORT are needed"},
    {"no host", {":80"}, "host: ':80' has no host"},
    {"a URL", {"http://h:80/a/b"},
	"host: 'http://h:80/a/b' is a URL: write h:80 a/b"},
    {"no scope", {"fe80::1", "80"},
	"host: 'fe80::1' needs the interface that leads there: fe80::1%eth0"},
    {"empty port", {"h", ""}, NO_PORT("")},
    {"unknown", {"h", "80", "--wrong"}, "unknown option --wrong"},
    {"unknown letter", {"-kx", "h", "80"}, "unknown option -x"},
    {"server's option", {"-d", ".", "h", "80"}, "unknown option -d"},
    {"one of several", {"--no", "h", "80"}, "unknown option --no"},
    {"value too many", {"--json=1", "h", "80"},
	"--json: '1' is not one of: progress"},
    {"value too many, with none to take", {"--fsync=1", "h", "80"},
	"--fsync takes no value"},
    {"no value", {"h", "80", "--retry"}, "--retry needs a value"},
    {"no value, letter", {"h", "80", "-o"}, "-o needs a value"},
    {"no time to connect", {"--connect-timeout", "0", "h", "80"},
	"--connect-timeout: '0' is too small (1 to 86400, in seconds)"},
    {"over a day to connect", {"--connect-timeout", "86401", "h", "80"},
	"--connect-timeout: '86401' is too large (1 to 86400, in seconds)"},
    {"no time", {"--timeout", "0", "h", "80"},
	"--timeout: '0' is too small (1 to 86400, in seconds)"},
    {"over a day", {"--timeout", "86401", "h", "80"},
	"--timeout: '86401' is too large (1 to 86400, in seconds)"},
    {"retries below", {"--retry", "-1", "h", "80"},
	"--retry: '-1' is too small (0 to 1000000)"},
    {"retries above", {"--retry", "1000001", "h", "80"},
	"--retry: '1000001' is too large (0 to 1000000)"},
    {"empty size", {"--max-size", "", "h", "80"}, SIZE("")},
    {"size of letters", {"--max-size", "k", "h", "80"}, SIZE("k")},
    {"negative size", {"--max-size", "-1", "h", "80"}, SIZE("-1")},
    {"size with a sign", {"--max-size", "+1", "h", "80"}, SIZE("+1")},
    {"two letters", {"--max-size", "1kk", "h", "80"}, SIZE("1kk")},
    {"letters behind", {"--max-size", "1kx", "h", "80"}, SIZE("1kx")},
    {"unknown letter", {"--max-size", "1P", "h", "80"}, SIZE("1P")},
    {"part of a byte", {"--max-size", "1.5k", "h", "80"}, SIZE("1.5k")},
    {"20 digits", {"--max-size", "10000000000000000000", "h", "80"},
	SIZE("10000000000000000000")},
    {"over 64 bits", {"--max-size", "16777216T", "h", "80"}, SIZE("16777216T")},
    {"63 digits", {"--sha256", HEX63, "h", "80", "n"}, DIGITS(HEX63)},
    {"65 digits", {"--sha256", HEX65, "h", "80", "n"}, DIGITS(HEX65)},
    {"no digit", {"--sha256", HEXES, "h", "80", "n"}, DIGITS(HEXES)},
    {"progress", {"--progress", "dots", "h", "80"},
	"--progress: 'dots' is not one of: auto, bar, plain, none"},
    {"empty progress", {"--progress=", "h", "80"},
	"--progress: '' is not one of: auto, bar, plain, none"},
    {"-o, no name", {"-o", "f", "h", "80"}, "-o needs exactly one NAME"},
    {"-o, two names", {"-o", "f", "h", "80", "a", "b"},
	"-o needs exactly one NAME"},
    {"-o, list", {"-o", "f", "-i", "l", "h", "80", "a"},
	"-o and -i exclude each other"},
    {"-o, empty", {"-o", "", "h", "80", "n"},
	"-o: '' is not a file name; -P writes into a folder"},
    {"-o, folder", {"-o", "d/", "h", "80", "n"},
	"-o: 'd/' is not a file name; -P writes into a folder"},
    {"-o, dot", {"-o", "d/.", "h", "80", "n"},
	"-o: 'd/.' is not a file name; -P writes into a folder"},
    {"-o, parent", {"-o", "..", "h", "80", "n"},
	"-o: '..' is not a file name; -P writes into a folder"},
    {"-o and -P", {"-o", "f", "-P", "d", "h", "80", "n"},
	"-o and -P exclude each other"},
    {"-o and -k", {"-o", "f", "-k", "h", "80", "n"},
	"-o and -k exclude each other"},
    {"-o too long", {"-o", long_path, "h", "80", "n"},
	"the path to write to is too long"},
    {"-P too long", {"-P", long_path, "h", "80", "n"},
	"the path to write to is too long"},
    {"sum, no name", {"--sha256", HEX64, "h", "80"},
	"--sha256 needs exactly one NAME"},
    {"sum, two names", {"--sha256", HEX64, "h", "80", "a", "b"},
	"--sha256 needs exactly one NAME"},
    {"--base alone", {"--base", "d", "h", "80"}, "--base needs -c"},
    {"--base above", {"--base", "../d", "-c", "x", "h", "80"},
	"--base: '../d' is not a folder's name on the server (. is the top)"},
    {"--base absolute", {"--base", "/d", "-c", "x", "h", "80"},
	"--base: '/d' is not a folder's name on the server (. is the top)"},
    {"--hidden alone", {"--hidden", "h", "80", "a"}, "--hidden needs -r"},
    {"-0 alone", {"-0", "h", "80"}, "-0 needs -i or -c"},
    {"-q and -v", {"-qv", "h", "80"}, "-q and -v exclude each other"},
    {"both want stdout", {"--json", "-o-", "h", "80", "n"},
	"--json and -o - both write to standard output"},
};

static void
parse_there(void *argument)
{
	struct line *line = argument;
	struct client_options options;
	struct server_list servers;

	client_options_parse(&options, &servers, line->argc, line->argv);
}

/* The code and both texts of a command line that ends the program. */
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

	memset(long_path, 'x', PATH_LIMIT);
	for (i = 0; i < UNIT_ROWS(wrong); i++) {
		run(&child, wrong[i].arguments);
		ck_assert_msg(child.code == 2, "%s: %d", wrong[i].row,
		    child.code);
		snprintf(expected, sizeof(expected),
		    "%s: %s\ntry 'fileget --help'\n",
		    program_invocation_short_name, wrong[i].said);
		ck_assert_msg(strcmp(child.err, expected) == 0, "%s: %s",
		    wrong[i].row, child.err);
		ck_assert_msg(child.out[0] == '\0', "%s", wrong[i].row);
	}
}
END_TEST

/* One byte less than what is too long. */
START_TEST(test_long_path)
{
	static const char *const arguments[] = {"-P", long_path, "h", "80",
	    NULL};
	struct client_options options;
	struct server_list servers;
	char path[PATH_LIMIT];
	struct line line;

	memset(long_path, 'x', PATH_LIMIT - 1);
	long_path[PATH_LIMIT - 1] = '\0';
	make_line(&line, arguments);
	client_options_parse(&options, &servers, line.argc, line.argv);
	local_name_folder(&options.transfer, path, sizeof(path));
	ck_assert_str_eq(path, long_path);
}
END_TEST

/* Asked for, they are no mistake, and end the program whatever follows. */
START_TEST(test_asked)
{
	static const struct {
		const char *arguments[3], *begins;
	} rows[] = {
	    {{"-h", "--wrong"}, "usage: fileget [options] HOST"},
	    {{"--help"}, "usage: fileget [options] HOST"},
	    {{"-V"}, "fileget " VERSION "\n"},
	    {{"--version", "-x"}, "fileget " VERSION "\n"},
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

/* Members that follow from several options. */
START_TEST(test_derived)
{
	static const struct {
		const char *arguments[8];
		bool is_prompt, to_stdout, is_single_name;
	} rows[] = {
	    {{"h", "80"}, true, false, false},
	    {{"h", "80", "n"}, false, false, true},
	    {{"h", "80", "n", "m"}, false, false, false},
	    {{"-i-", "h", "80"}, false, false, false},
	    {{"-i-", "h", "80", "n"}, false, false, false},
	    {{"-c-", "h", "80"}, false, false, false},
	    {{"-l", "h", "80"}, false, false, false},
	    {{"-l", "h", "80", "n"}, false, false, false},
	    {{"-f", "h", "80", "n"}, false, true, true},
	    {{"-f", "-og", "h", "80", "n"}, false, false, true},
	    {{"-f", "-o-", "h", "80", "n"}, false, true, true},
	    {{"-o-", "h", "80", "n"}, false, true, true},
	};
	struct client_options options;
	struct server_list servers;
	struct line line;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		make_line(&line, rows[i].arguments);
		client_options_parse(&options, &servers, line.argc, line.argv);
		ck_assert_msg(options.transfer.is_prompt == rows[i].is_prompt &&
			options.to_stdout == rows[i].to_stdout &&
			options.report.advice.to_stdout == rows[i].to_stdout &&
			options.transfer.is_single_name ==
			    rows[i].is_single_name,
		    "row %zu", i);
	}
}
END_TEST

Suite *
client_options_suite(void)
{
	Suite *suite = suite_create("client_options");
	TCase *tcase = unit_case(suite, "options");

	tcase_add_test(tcase, test_good);
	tcase_add_test(tcase, test_sha256);
	tcase_add_test(tcase, test_wrong);
	tcase_add_test(tcase, test_long_path);
	tcase_add_test(tcase, test_asked);
	tcase_add_test(tcase, test_derived);
	return suite;
}
