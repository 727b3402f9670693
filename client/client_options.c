/*
 * The command line of fileget. Whatever is wrong is said in one line with the
 * option it is about.
 */

#include <sys/stat.h>

#include <err.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/option_conflicts.h"
#include "client/ui/exit_codes.h"
#include "client/help.h"
#include "client/client_options.h"
#include "common/amount.h"
#include "common/clock.h"
#include "common/names.h"
#include "common/standard.h"
#include "common/text.h"

/* Long options without a letter. */
enum {
	OPTION_NO_RESUME = 256,
	OPTION_SUMS,
	OPTION_HIDDEN,
	OPTION_BASE,
	OPTION_WAIT,
	OPTION_SETTLE,
	OPTION_LIMIT_RATE,
	OPTION_NO_VERIFY,
	OPTION_NO_SANDBOX,
	OPTION_SHA256,
	OPTION_FSYNC,
	OPTION_MAX_SIZE,
	OPTION_CONNECT_TIMEOUT,
	OPTION_TIMEOUT,
	OPTION_RETRY,
	OPTION_JSON,
	OPTION_PROGRESS,
};

enum {
	OPTIONS_DAY = 24 * 60 * 60, /* seconds */
	OPTIONS_JOBS = 64,	    /* connections */
};

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"directory-prefix", required_argument, NULL, 'P'},
    {"keep-name", no_argument, NULL, 'k'},
    {"input-file", required_argument, NULL, 'i'},
    {"null", no_argument, NULL, '0'},
    {"recursive", no_argument, NULL, 'r'},
    {"list", no_argument, NULL, 'l'},
    {"update", no_argument, NULL, 'u'},
    {"no-clobber", no_argument, NULL, 'n'},
    {"jobs", required_argument, NULL, 'j'},
    {"no-resume", no_argument, NULL, OPTION_NO_RESUME},
    {"no-verify", no_argument, NULL, OPTION_NO_VERIFY},
    {"no-sandbox", no_argument, NULL, OPTION_NO_SANDBOX},
    {"sha256", required_argument, NULL, OPTION_SHA256},
    {"hidden", no_argument, NULL, OPTION_HIDDEN},
    {"sums", no_argument, NULL, OPTION_SUMS},
    {"check", required_argument, NULL, 'c'},
    {"base", required_argument, NULL, OPTION_BASE},
    {"wait", required_argument, NULL, OPTION_WAIT},
    {"settle", required_argument, NULL, OPTION_SETTLE},
    {"follow", no_argument, NULL, 'f'},
    {"fsync", no_argument, NULL, OPTION_FSYNC},
    {"max-size", required_argument, NULL, OPTION_MAX_SIZE},
    {"limit-rate", required_argument, NULL, OPTION_LIMIT_RATE},
    {"connect-timeout", required_argument, NULL, OPTION_CONNECT_TIMEOUT},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"retry", required_argument, NULL, OPTION_RETRY},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"json", no_argument, NULL, OPTION_JSON},
    {"progress", required_argument, NULL, OPTION_PROGRESS},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* Ends with the one line that says what is wrong. */
static void __attribute__((noreturn, format(printf, 1, 2)))
usage_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vwarnx(format, ap);
	va_end(ap);
	fputs("try 'fileget --help'\n", stderr);
	exit(EXIT_USAGE);
}

/* Ends with what was printed. */
static void __attribute__((noreturn)) end_printing(void)
{
	standard_note();
	if (standard_end() != 0)
		err(EXIT_LOCAL, "cannot write to standard output");
	exit(EXIT_OK);
}

static int
number(const char *text, const char *what, int least, int most)
{
	const char *wrong;
	long long value = strtonum(text, least, most, &wrong);

	if (wrong != NULL)
		usage_error("%s: '%s' is %s (%d to %d)", what, text, wrong,
		    least, most);
	return (int)value;
}

static int64_t
seconds(const char *text, const char *option)
{
	const char *wrong;
	long long value = strtonum(text, 1, OPTIONS_DAY, &wrong);

	if (wrong != NULL)
		usage_error("%s: '%s' is %s (1 to %d, in seconds)", option,
		    text, wrong, OPTIONS_DAY);
	return value * CLOCK_SEC;
}

static uint64_t
size(const char *text, const char *option)
{
	uint64_t value;

	if (amount_parse(text, &value) != 0)
		usage_error("%s: '%s' is no size (a number, and k, M, G or T)",
		    option, text);
	return value;
}

static enum progress_mode
progress_named(const char *text)
{
	static const char *const names[] = {
	    [PROGRESS_MODE_AUTO] = "auto",
	    [PROGRESS_MODE_BAR] = "bar",
	    [PROGRESS_MODE_PLAIN] = "plain",
	    [PROGRESS_MODE_NONE] = "none",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(text, names[i]) == 0)
			return (enum progress_mode)i;
	usage_error("--progress: '%s' is not auto, bar, plain or none", text);
}

static uint64_t
rate(const char *text, const char *option)
{
	uint64_t value = size(text, option);

	if (value == 0)
		usage_error("%s: 0 would never end; without it there is no "
			    "limit",
		    option);
	return value;
}

static void
set_limit(struct client_options *options, int option, const char *text)
{
	switch (option) {
	case OPTION_SHA256:
		if (strlen(text) != 2 * SHA256SUM_LENGTH ||
		    text_unhex(text, SHA256SUM_LENGTH,
			options->transfer.sha256) != 0)
			usage_error("--sha256: '%s' is not 64 hexadecimal "
				    "digits",
			    text);
		options->transfer.has_sha256 = true;
		break;
	case OPTION_MAX_SIZE:
		options->transfer.store.max_size = size(text, "--max-size");
		break;
	case OPTION_LIMIT_RATE:
		options->transfer.connection.rate = rate(text, "--limit-rate");
		break;
	case OPTION_WAIT:
		options->transfer.wait =
		    number(text, "--wait", 0, OPTIONS_DAY) * CLOCK_SEC;
		break;
	case OPTION_SETTLE:
		options->transfer.settle =
		    number(text, "--settle", 0, OPTIONS_DAY) * CLOCK_SEC;
		break;
	case 'j':
		options->transfer.jobs = number(text, "-j", 1, OPTIONS_JOBS);
		break;
	case OPTION_CONNECT_TIMEOUT:
		options->transfer.connection.connect_timeout =
		    seconds(text, "--connect-timeout");
		break;
	case OPTION_TIMEOUT:
		options->transfer.connection.timeout =
		    seconds(text, "--timeout");
		break;
	case OPTION_RETRY:
		options->transfer.connection.retry =
		    number(text, "--retry", 0, 1000000);
		break;
	case OPTION_PROGRESS:
		options->progress.mode = progress_named(text);
		break;
	}
}

/* Those without a value: the member that each sets. */
static const struct {
	int option;
	bool value;
	size_t member;
} switches[] = {
    {'k', true, offsetof(struct client_options, transfer.keep_name)},
    {'0', true, offsetof(struct client_options, input_nul)},
    {'r', true, offsetof(struct client_options, transfer.store.is_tree)},
    {'l', true, offsetof(struct client_options, is_list)},
    {'u', true, offsetof(struct client_options, transfer.store.update)},
    {'n', true, offsetof(struct client_options, transfer.store.no_clobber)},
    {'f', true, offsetof(struct client_options, is_follow)},
    {'q', true, offsetof(struct client_options, report.quiet)},
    {'v', true, offsetof(struct client_options, report.verbose)},
    {OPTION_HIDDEN, true, offsetof(struct client_options, transfer.hidden)},
    {OPTION_SUMS, true, offsetof(struct client_options, transfer.sums)},
    {OPTION_NO_RESUME, false,
	offsetof(struct client_options, transfer.store.resume)},
    {OPTION_NO_SANDBOX, false, offsetof(struct client_options, sandbox)},
    {OPTION_NO_VERIFY, false,
	offsetof(struct client_options, transfer.store.verify)},
    {OPTION_FSYNC, true, offsetof(struct client_options, transfer.store.fsync)},
    {OPTION_JSON, true, offsetof(struct client_options, report.json)},
};

static bool
set_switch(struct client_options *options, int option)
{
	size_t i;

	for (i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (switches[i].option != option)
			continue;
		*(bool *)((char *)options + switches[i].member) =
		    switches[i].value;
		return true;
	}
	return false;
}

/* A folder's name, argv's own, without the slashes that a shell puts behind it.
 */
static const char *
trim_slashes(const char *text)
{
	char *name = (char *)(uintptr_t)text;
	size_t len = strlen(name);

	while (len > 1 && name[len - 1] == '/')
		name[--len] = '\0';
	return name;
}

static void
set_option(struct client_options *options, int option, const char *text)
{
	if (set_switch(options, option))
		return;
	switch (option) {
	case 'o':
		options->transfer.output = text;
		break;
	case 'P':
		options->transfer.directory = text;
		break;
	case 'i':
		options->input_file = text;
		break;
	case 'c':
		options->check_file = text;
		break;
	case OPTION_BASE:
		options->transfer.base = trim_slashes(text);
		options->transfer.keep_name = true;
		break;
	case 'V':
		puts("fileget " VERSION);
		end_printing();
	case 'h':
		help_print();
		end_printing();
	default:
		set_limit(options, option, text);
	}
}

/* Whether the last component can be that of a file. */
static bool
is_file_name(const char *path)
{
	const char *last = names_last(path);

	return names_valid((const uint8_t *)last, strlen(last));
}

/* An option as a person writes it. */
static void
print_option(int option, char text[OPTION_CONFLICTS_NAME])
{
	const struct option *known = long_options;

	while (known->val != option)
		known++;
	if (option < OPTION_NO_RESUME)
		snprintf(text, OPTION_CONFLICTS_NAME, "-%c", option);
	else
		snprintf(text, OPTION_CONFLICTS_NAME, "--%s", known->name);
}

static void
note_given(struct option_conflicts *given, int option)
{
	char name[OPTION_CONFLICTS_NAME];

	print_option(option, name);
	option_conflicts_add(given, name);
}

static void
check_pairs(const struct option_conflicts *given)
{
	const char *a, *b;

	if (option_conflicts_find(given, &a, &b))
		usage_error("%s and %s exclude each other", a, b);
}

/* What goes to standard output, which takes one thing. */
static void
check_stdout(const struct client_options *options)
{
	if (options->transfer.output == NULL ||
	    strcmp(options->transfer.output, "-") != 0)
		return;
	if (options->report.json)
		usage_error("--json and -o - both want standard output");
	if (options->transfer.sums)
		usage_error("--sums and -o - both want standard output");
	if (options->transfer.store.is_tree)
		usage_error("-r and -o - exclude each other");
	if (options->transfer.store.update)
		usage_error("-u and -o - exclude each other");
}

/* --base, whose trailing slashes are gone already. */
static void
check_base(const struct client_options *options)
{
	const char *base = options->transfer.base;

	if (options->check_file == NULL)
		usage_error("--base goes with -c");
	if (strcmp(base, ".") != 0 &&
	    !names_valid((const uint8_t *)base, strlen(base)))
		usage_error("--base: '%s' is no name of a folder there (. is "
			    "the top)",
		    base);
}

/* Operands, and options that depend on them. */
static void
check(const struct client_options *options)
{
	bool lists = options->input_file != NULL || options->check_file != NULL;
	bool one = options->n_names == 1 && !lists;

	if ((options->transfer.output != NULL &&
		strlen(options->transfer.output) >= PATH_MAX) ||
	    (options->transfer.directory != NULL &&
		strlen(options->transfer.directory) >= PATH_MAX))
		usage_error("the path to write to is too long");
	if (options->transfer.output != NULL && !one)
		usage_error("-o goes with exactly one NAME");
	if (options->transfer.output != NULL &&
	    !options->transfer.store.is_tree &&
	    !is_file_name(options->transfer.output))
		usage_error("-o: '%s' is no file name; -P writes into a "
			    "folder",
		    options->transfer.output);
	if (options->transfer.has_sha256 && !one)
		usage_error("--sha256 goes with exactly one NAME");
	if (options->is_follow && !one)
		usage_error("-f goes with exactly one NAME");
	if (options->check_file != NULL && options->n_names > 0)
		usage_error("-c has the names in its file: '%s' is one more",
		    options->names[0]);
	if (options->input_nul && !lists)
		usage_error("-0 goes with -i or -c");
	if (options->transfer.hidden && !options->transfer.store.is_tree)
		usage_error("--hidden goes with -r");
	if (options->transfer.base != NULL)
		check_base(options);
	check_stdout(options);
}

/*
 * What getopt_long(3) does not take: passed is the argument it has passed
 * last, which an unknown letter's is not if more letters follow it.
 */
static void __attribute__((noreturn)) refuse_option(const char *passed)
{
	const struct option *known = long_options;

	if (optopt == 0)
		usage_error("unknown option %s", passed);
	while (known->name != NULL && known->val != optopt)
		known++;
	if (known->name == NULL)
		usage_error("unknown option -%c", optopt);
	usage_error("no value goes with option %s", passed);
}

/* HOST PORT NAME..., or HOST:PORT NAME... */
static void
set_operands(struct client_options *options, int n, char **list)
{
	struct endpoint *server = &options->server;
	char error[ENDPOINT_ERROR];
	int used = 1;

	if (n == 0)
		usage_error("a HOST and a PORT are needed");
	if (endpoint_parse(server, list[0], ENDPOINT_CONNECT, error) != 0)
		usage_error("host: %s", error);
	options->transfer.connection.host = server->host;
	options->transfer.connection.port = server->port;
	if (!server->has_port) {
		if (n == 1)
			usage_error("a HOST and a PORT are needed");
		if (endpoint_parse_port(list[1], ENDPOINT_CONNECT,
			&options->transfer.connection.port, error) != 0)
			usage_error("port: %s", error);
		used = 2;
	}
	options->names = list + used;
	options->n_names = n - used;
}

/* Several rooms need the same option: copies it to each. */
static void
fill_settings(struct client_options *options)
{
	struct transfer_settings *transfer = &options->transfer;

	transfer->is_prompt = client_options_wants_prompt(options);
	transfer->is_single_name = options->n_names == 1 &&
	    options->input_file == NULL && !options->is_list;
	transfer->has_sum_file = options->check_file != NULL;
	transfer->store.is_named = transfer->output != NULL;
	options->follow = (struct follow_settings){
	    .connection = transfer->connection,
	    .output = transfer->output,
	    .verify = transfer->store.verify,
	    .max_size = transfer->store.max_size,
	    .wait = transfer->wait,
	};
	options->report.sums = transfer->sums;
	options->report.is_tree = transfer->store.is_tree;
	options->report.advice = (struct advice_settings){
	    .is_single_name = transfer->is_single_name,
	    .input_nul = options->input_nul,
	    .to_stdout = client_options_to_stdout(options),
	    .wait = transfer->wait,
	    .settle = transfer->settle,
	};
	options->progress.quiet = options->report.quiet;
}

void
client_options_parse(struct client_options *options, int argc, char **argv)
{
	struct option_conflicts given = {.n = 0};
	struct stat output;
	int option;

	*options = (struct client_options){
	    .sandbox = true,
	    .transfer.jobs = 1,
	    .transfer.store.resume = true,
	    .transfer.store.verify = true,
	    .transfer.store.max_size = UINT64_MAX,
	    .transfer.connection.connect_timeout = 10 * CLOCK_SEC,
	    .transfer.connection.timeout = 30 * CLOCK_SEC,
	    .transfer.connection.retry = 5,
	};
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":o:P:ki:0rlunj:c:fqvVh",
		    long_options, NULL)) != -1) {
		if (option == ':')
			usage_error("%s needs a value", argv[optind - 1]);
		if (option == '?')
			refuse_option(argv[optind - 1]);
		set_option(options, option, optarg);
		note_given(&given, option);
	}
	check_pairs(&given);
	set_operands(options, argc - optind, argv + optind);
	options->transfer.output_is_folder = options->transfer.store.is_tree &&
	    options->transfer.output != NULL &&
	    stat(options->transfer.output, &output) == 0 &&
	    S_ISDIR(output.st_mode);
	check(options);
	fill_settings(options);
}

bool
client_options_wants_prompt(const struct client_options *options)
{
	return options->n_names == 0 && options->input_file == NULL &&
	    options->check_file == NULL && !options->is_list;
}

bool
client_options_to_stdout(const struct client_options *options)
{
	if (options->transfer.output == NULL)
		return options->is_follow;
	return strcmp(options->transfer.output, "-") == 0;
}
