/*
 * The command line of fileget. Each option is one row of a table:
 * getopt_long(3) gets its names from there, and the value is written where the
 * row says. What several rooms need is copied to each at the end.
 */

#include <sys/stat.h>

#include <err.h>
#include <getopt.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/client_options.h"
#include "client/option_conflicts.h"
#include "client/option_values.h"
#include "client/ui/exit_codes.h"
#include "client/usage.h"
#include "common/clock.h"
#include "common/names.h"
#include "common/standard.h"

/* The type of an option's member, and how its text is read. */
enum option_kind {
	OPTION_ON,  /* bool, without a value */
	OPTION_OFF, /* the same, cleared */
	OPTION_HELP,
	OPTION_VERSION,
	/* from here on with a value */
	OPTION_TEXT,	 /* const char * */
	OPTION_NUMBER,	 /* int */
	OPTION_TIME,	 /* int64_t, nanoseconds */
	OPTION_SIZE,	 /* uint64_t, bytes */
	OPTION_PROGRESS, /* enum progress_mode */
	OPTION_SHA256,
};

/* The value that getopt_long(3) returns for the first row. */
#define OPTION_LONG 256

#define MEMBER(name) .member = offsetof(struct client_options, name)

/* A new option also needs a line in usage.c and in fileget.1. */
static const struct option_row {
	const char *shown; /* in messages: the letter if it has one */
	const char *name;  /* behind the two dashes */
	enum option_kind kind;
	size_t member;
	int least, most; /* of a value */
} rows[] = {
    {"-o", "output", OPTION_TEXT, MEMBER(transfer.output)},
    {"-P", "directory-prefix", OPTION_TEXT, MEMBER(transfer.directory)},
    {"-k", "keep-name", OPTION_ON, MEMBER(transfer.keep_name)},
    {"-i", "input-file", OPTION_TEXT, MEMBER(input_file)},
    {"-0", "null", OPTION_ON, MEMBER(input_nul)},
    {"-r", "recursive", OPTION_ON, MEMBER(transfer.store.is_tree)},
    {"-l", "list", OPTION_ON, MEMBER(is_list)},
    {"-u", "update", OPTION_ON, MEMBER(transfer.store.update)},
    {"-n", "no-clobber", OPTION_ON, MEMBER(transfer.store.no_clobber)},
    {"-j", "jobs", OPTION_NUMBER, MEMBER(transfer.jobs), 1, 64},
    {"-c", "check", OPTION_TEXT, MEMBER(check_file)},
    {"-f", "follow", OPTION_ON, MEMBER(is_follow)},
    {"-q", "quiet", OPTION_ON, MEMBER(report.quiet)},
    {"-v", "verbose", OPTION_ON, MEMBER(report.verbose)},
    {"-V", "version", OPTION_VERSION, .member = 0},
    {"-h", "help", OPTION_HELP, .member = 0},
    {"--hidden", "hidden", OPTION_ON, MEMBER(transfer.hidden)},
    {"--base", "base", OPTION_TEXT, MEMBER(transfer.base)},
    {"--sums", "sums", OPTION_ON, MEMBER(transfer.sums)},
    {"--sha256", "sha256", OPTION_SHA256, .member = 0},
    {"--wait", "wait", OPTION_TIME, MEMBER(transfer.wait)},
    {"--settle", "settle", OPTION_TIME, MEMBER(transfer.settle)},
    {"--no-resume", "no-resume", OPTION_OFF, MEMBER(transfer.store.resume)},
    {"--no-verify", "no-verify", OPTION_OFF, MEMBER(transfer.store.verify)},
    {"--no-sandbox", "no-sandbox", OPTION_OFF, MEMBER(sandbox)},
    {"--fsync", "fsync", OPTION_ON, MEMBER(transfer.store.fsync)},
    {"--max-size", "max-size", OPTION_SIZE, MEMBER(transfer.store.max_size)},
    {"--limit-rate", "limit-rate", OPTION_SIZE,
	MEMBER(transfer.connection.rate), 1},
    {"--connect-timeout", "connect-timeout", OPTION_TIME,
	MEMBER(transfer.connection.connect_timeout), 1},
    {"--timeout", "timeout", OPTION_TIME, MEMBER(transfer.connection.timeout),
	1},
    {"--retry", "retry", OPTION_NUMBER, MEMBER(transfer.connection.retry), 0,
	1000000},
    {"--json", "json", OPTION_ON, MEMBER(report.json)},
    {"--progress", "progress", OPTION_PROGRESS, MEMBER(progress.mode)},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* The input of getopt_long(3), made from the rows. */
struct getopt_tables {
	struct option names[ROWS + 1];
	char letters[2 * ROWS + 2];
};

static int
letter_of(const struct option_row *row)
{
	return row->shown[1] == '-' ? 0 : row->shown[1];
}

static void
fill_tables(struct getopt_tables *tables)
{
	char *at = tables->letters;
	bool has_value;
	size_t i;

	memset(tables, 0, sizeof(*tables));
	*at++ = ':'; /* a missing value returns ':' */
	for (i = 0; i < ROWS; i++) {
		has_value = rows[i].kind >= OPTION_TEXT;
		tables->names[i] = (struct option){rows[i].name, has_value,
		    NULL, OPTION_LONG + (int)i};
		if (letter_of(&rows[i]) == 0)
			continue;
		*at++ = (char)letter_of(&rows[i]);
		if (has_value)
			*at++ = ':';
	}
}

/* Returns the row for a value of getopt_long(3), or NULL. */
static const struct option_row *
find_row(int value)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (value == OPTION_LONG + (int)i ||
		    (value != 0 && value == letter_of(&rows[i])))
			return &rows[i];
	return NULL;
}

/* Ends the program after printing to standard output. */
static void __attribute__((noreturn)) end_printing(void)
{
	standard_note();
	if (standard_end() != 0)
		err(EXIT_LOCAL, "cannot write to standard output");
	exit(EXIT_OK);
}

static void
set_option(struct client_options *options, const struct option_row *row,
    const char *text)
{
	void *member = (char *)options + row->member;

	switch (row->kind) {
	case OPTION_ON:
	case OPTION_OFF:
		*(bool *)member = row->kind == OPTION_ON;
		break;
	case OPTION_HELP:
		usage_print();
		end_printing();
	case OPTION_VERSION:
		puts("fileget " VERSION);
		end_printing();
	case OPTION_TEXT:
		*(const char **)member = text;
		break;
	case OPTION_NUMBER:
		*(int *)member = option_values_number(text, row->shown,
		    row->least, row->most);
		break;
	case OPTION_TIME:
		*(int64_t *)member =
		    option_values_time(text, row->shown, row->least);
		break;
	case OPTION_SIZE:
		*(uint64_t *)member =
		    option_values_size(text, row->shown, row->least);
		break;
	case OPTION_PROGRESS:
		*(enum progress_mode *)member =
		    option_values_progress(text, row->shown);
		break;
	case OPTION_SHA256:
		option_values_sha256(text, row->shown,
		    options->transfer.sha256);
		options->transfer.has_sha256 = true;
		break;
	}
}

/* Ends the program after an option that getopt_long(3) refused. passed is the
 * argument before optind, which does not have the letter if others follow. */
static void __attribute__((noreturn)) refuse_option(const char *passed)
{
	if (optopt == 0)
		usage_error("unknown option %s", passed);
	if (find_row(optopt) == NULL)
		usage_error("unknown option -%c", optopt);
	usage_error("no value goes with option %s", passed);
}

static void
read_options(struct client_options *options, struct option_conflicts *given,
    int argc, char **argv)
{
	const struct option_row *row;
	struct getopt_tables tables;
	int value;

	fill_tables(&tables);
	opterr = 0;
	while ((value = getopt_long(argc, argv, tables.letters, tables.names,
		    NULL)) != -1) {
		if (value == ':')
			usage_error("%s needs a value", argv[optind - 1]);
		row = find_row(value);
		if (row == NULL)
			refuse_option(argv[optind - 1]);
		set_option(options, row, optarg);
		option_conflicts_add(given, row->shown);
	}
}

/* Reads HOST PORT NAME..., or HOST:PORT NAME... */
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

/* Completes --base: the folders below it keep their names. */
static void
set_base(struct transfer_settings *transfer)
{
	char *name = (char *)(uintptr_t)transfer->base;
	size_t len = strlen(name);

	while (len > 1 && name[len - 1] == '/')
		name[--len] = '\0';
	transfer->keep_name = true;
}

/* Returns true if the last component of path can be a file's name. */
static bool
is_file_name(const char *path)
{
	const char *last = names_last(path);

	return names_valid((const uint8_t *)last, strlen(last));
}

/* Standard output takes either the file or other lines. */
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

static void
check_base(const struct client_options *options)
{
	const char *base = options->transfer.base;

	if (options->check_file == NULL)
		usage_error("--base goes with -c");
	if (strcmp(base, ".") != 0 &&
	    !names_valid((const uint8_t *)base, strlen(base)))
		usage_error("--base: '%s' is not a folder's name on the server "
			    "(. is the top)",
		    base);
}

/* Checks options against operands. */
static void
check_operands(const struct client_options *options)
{
	const struct transfer_settings *transfer = &options->transfer;
	const char *output = transfer->output, *directory = transfer->directory;
	bool lists = options->input_file != NULL || options->check_file != NULL;
	const char *single = output != NULL ? "-o" :
	    transfer->has_sha256	    ? "--sha256" :
	    options->is_follow		    ? "-f" :
					      NULL;

	if ((output != NULL && strlen(output) >= PATH_MAX) ||
	    (directory != NULL && strlen(directory) >= PATH_MAX))
		usage_error("the path to write to is too long");
	if (single != NULL && (options->n_names != 1 || lists))
		usage_error("%s goes with exactly one NAME", single);
	if (output != NULL && !transfer->store.is_tree && !is_file_name(output))
		usage_error("-o: '%s' is not a file name; -P writes into a "
			    "folder",
		    output);
	if (options->check_file != NULL && options->n_names > 0)
		usage_error("-c has the names in its file: '%s' is one more",
		    options->names[0]);
	if (options->input_nul && !lists)
		usage_error("-0 goes with -i or -c");
	if (transfer->hidden && !transfer->store.is_tree)
		usage_error("--hidden goes with -r");
	if (transfer->base != NULL)
		check_base(options);
	check_stdout(options);
}

/* Several rooms need the same option: copies it to each. */
static void
fill_settings(struct client_options *options)
{
	struct transfer_settings *transfer = &options->transfer;

	options->to_stdout = transfer->output == NULL ?
	    options->is_follow :
	    strcmp(transfer->output, "-") == 0;
	transfer->is_prompt = options->n_names == 0 &&
	    options->input_file == NULL && options->check_file == NULL &&
	    !options->is_list;
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
	    .to_stdout = options->to_stdout,
	    .wait = transfer->wait,
	    .settle = transfer->settle,
	};
	options->progress.quiet = options->report.quiet;
}

void
client_options_parse(struct client_options *options, int argc, char **argv)
{
	struct transfer_settings *transfer = &options->transfer;
	struct option_conflicts given = {.n = 0};
	struct stat output;

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
	read_options(options, &given, argc, argv);
	option_conflicts_check(&given);
	set_operands(options, argc - optind, argv + optind);
	if (transfer->base != NULL)
		set_base(transfer);
	transfer->output_is_folder = transfer->store.is_tree &&
	    transfer->output != NULL && stat(transfer->output, &output) == 0 &&
	    S_ISDIR(output.st_mode);
	check_operands(options);
	fill_settings(options);
}
