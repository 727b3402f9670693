/*
 * The command line of fileget: the tables of its options, and the rules that
 * options and operands obey together. common/options.c reads the values. A
 * value that several rooms need is copied to each at the end. Runs in the main
 * thread, before any other is started.
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

#include "client/client_options.h"
#include "client/help.h"
#include "client/mirror_options.h"
#include "client/operands.h"
#include "client/option_checks.h"
#include "client/trust_options.h"
#include "client/ui/failure.h"
#include "client/ui/interrupt.h"
#include "common/clock.h"
#include "common/options.h"
#include "common/standard.h"
#include "common/text.h"

/* Prints one line that names the mistake, and a hint; ends the program. */
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

static int
set_sha256(void *settings, const char *text, char *error)
{
	struct client_options *options = settings;

	options->transfer.has_sha256 = true;
	if (strlen(text) == 2 * SHA256SUM_LENGTH &&
	    text_unhex(text, SHA256SUM_LENGTH, options->transfer.sha256) == 0)
		return 0;
	snprintf(error, OPTIONS_ROW_ERROR, "'%s' is not 64 hexadecimal digits",
	    text);
	return -1;
}

static int
set_include(void *settings, const char *text, char *error)
{
	struct client_options *options = settings;

	return mirror_options_add(&options->transfer, text, true, error);
}

static int
set_exclude(void *settings, const char *text, char *error)
{
	struct client_options *options = settings;

	return mirror_options_add(&options->transfer, text, false, error);
}

static int
set_key(void *settings, const char *text, char *error)
{
	struct client_options *options = settings;

	return trust_options_add_key(&options->trust, text, error);
}

#define MEMBER(name) .member = offsetof(struct client_options, name)
#define DAY	     (24 * 60 * 60) /* seconds */
#define ONCE	     .once = true   /* no default: each command gives it */

/* A new option also needs a line in client/help.c and in fileget.1. */
static const struct options_row rows[] = {
    {'o', "output", OPTIONS_TEXT, MEMBER(transfer.output), ONCE},
    {'P', "directory-prefix", OPTIONS_TEXT, MEMBER(transfer.directory)},
    {'k', "keep-name", OPTIONS_ON, MEMBER(transfer.keep_name)},
    {0, "all-addresses", OPTIONS_ON, MEMBER(all_addresses)},
    {'i', "input-file", OPTIONS_TEXT, MEMBER(input_file), ONCE},
    {'0', "null", OPTIONS_ON, MEMBER(input_nul), ONCE},
    {'r', "recursive", OPTIONS_ON, MEMBER(transfer.store.is_tree), ONCE},
    {'l', "list", OPTIONS_ON, MEMBER(is_list), ONCE},
    {'u', "update", OPTIONS_ON, MEMBER(transfer.store.update)},
    {0, "reuse", OPTIONS_MAYBE_TEXT, MEMBER(reuse)},
    {'n', "no-clobber", OPTIONS_ON, MEMBER(transfer.store.no_clobber)},
    {'j', "jobs", OPTIONS_NUMBER, MEMBER(transfer.jobs), 1, 64},
    {'c', "check", OPTIONS_TEXT, MEMBER(check_file), ONCE},
    {'f', "follow", OPTIONS_ON, MEMBER(is_follow), ONCE},
    {0, "lines", OPTIONS_NUMBER, MEMBER(lines), 0, INT_MAX, ONCE},
    {0, "tls", OPTIONS_ON, MEMBER(trust.tls)},
    {0, "key", OPTIONS_CALL, .read_value = set_key, ONCE},
    {0, "plain", OPTIONS_ON, MEMBER(trust.plain), ONCE},
    {0, "ca", OPTIONS_TEXT, MEMBER(trust.authority)},
    {'q', "quiet", OPTIONS_ON, MEMBER(report.quiet)},
    {'v', "verbose", OPTIONS_ON, MEMBER(report.verbose)},
    {0, "my-key", OPTIONS_ON, MEMBER(is_my_key), ONCE},
    {'V', "version", OPTIONS_SHOW, .words = "fileget " VERSION "\n"},
    {'h', "help", OPTIONS_SHOW, .words = help_text},
    {0, "no-config", OPTIONS_OFF, MEMBER(config), ONCE},
    {0, "hidden", OPTIONS_ON, MEMBER(transfer.hidden)},
    {0, "include", OPTIONS_CALL, .read_value = set_include, .adds = true},
    {0, "exclude", OPTIONS_CALL, .read_value = set_exclude, .adds = true},
    {0, "dry-run", OPTIONS_ON, MEMBER(transfer.store.is_dry), ONCE},
    {0, "strict", OPTIONS_ON, MEMBER(transfer.strict)},
    {0, "delete", OPTIONS_ON, MEMBER(transfer.store.deletes), ONCE},
    {0, "base", OPTIONS_TEXT, MEMBER(transfer.base), ONCE},
    {0, "sums", OPTIONS_ON, MEMBER(transfer.sums)},
    {0, "sha256", OPTIONS_CALL, .read_value = set_sha256, ONCE},
    {0, "wait", OPTIONS_TIME, MEMBER(transfer.wait), 0, DAY},
    {0, "settle", OPTIONS_TIME, MEMBER(transfer.settle), 0, DAY},
    {0, "no-resume", OPTIONS_OFF, MEMBER(transfer.store.resume)},
    {0, "no-verify", OPTIONS_OFF, MEMBER(transfer.store.verify)},
    {0, "no-sandbox", OPTIONS_OFF, MEMBER(sandbox)},
    {0, "fsync", OPTIONS_ON, MEMBER(transfer.store.fsync)},
    {0, "sparse", OPTIONS_ON, MEMBER(transfer.store.sparse)},
    {0, "max-size", OPTIONS_SIZE, MEMBER(transfer.store.max_size)},
    {0, "limit-rate", OPTIONS_SIZE, MEMBER(transfer.connection.rate), 1},
    {0, "connect-timeout", OPTIONS_TIME,
	MEMBER(transfer.connection.connect_timeout), 1, DAY},
    {0, "timeout", OPTIONS_TIME, MEMBER(transfer.connection.timeout), 1, DAY},
    {0, "retry", OPTIONS_NUMBER, MEMBER(transfer.connection.retry), 0, 1000000},
    {0, "json", OPTIONS_MAYBE, MEMBER(report.json), .words = "progress"},
    {0, "progress", OPTIONS_WORD, MEMBER(progress.mode),
	.words = "auto, bar, plain, none"},
};

static const struct options_rule rules[] = {
    {"-o", "-P -k -i -c"},
    {"-l",
	"-o -P -k -i -n -u -f -c --sha256 --wait --settle -j --no-resume "
	"--no-verify --fsync --max-size --reuse"},
    {"--delete", "-i -c -f -l"},
    {"--dry-run", "-f -l"},
    {"--sparse", "-f -l"},
    {"-f",
	"-r -u -n -j -c -i -P -k --sha256 --sums --fsync --json --settle "
	"--reuse"},
    {"-r", "--settle -c --sha256"},
    {"-c", "-i --sha256"},
    {"--plain", "--tls --key --ca"},
    {"-q", "-v"},
    {"--sums", "--json"},
};

/* Ends the program after printing to standard output. */
static void __attribute__((noreturn)) end_printing(const char *text)
{
	fputs(text, stdout);
	standard_note();
	if (standard_end() != 0)
		err(EXIT_LOCAL, "cannot write to standard output");
	exit(EXIT_OK);
}

/* Returns whether the folder that a link names is to be fetched with all that
 * is in it, without -r too: the options are not for one file or a listing. */
static bool
may_be_tree(const struct client_options *options)
{
	const struct transfer_settings *transfer = &options->transfer;

	return !options->is_list && !options->is_follow &&
	    !transfer->has_sha256 && transfer->settle == 0 &&
	    options->check_file == NULL &&
	    (transfer->output == NULL || strcmp(transfer->output, "-") != 0);
}

static void
read_operands(struct client_options *options, struct server_list *servers,
    int n, char **list)
{
	struct operands operands = {.servers = servers,
	    .is_list = options->is_list,
	    .is_tree = options->transfer.store.is_tree};
	char error[OPERANDS_ERROR];

	server_list_open(servers);
	if (operands_read(&operands, n, list, error) != 0) {
		if (interrupt_pending())
			exit(EXIT_INTERRUPTED);
		usage_error("%s", error);
	}
	options->has_ports = operands.has_ports;
	options->names = operands.names;
	options->n_names = operands.n_names;
	options->names_are_exact = operands.names_are_exact;
	if (operands.has_key &&
	    trust_options_set_link(&options->trust, &operands.key) != 0)
		usage_error("the link has a key: --plain and --key do not go "
			    "with it");
	if (operands.has_ticket) {
		options->ticket = operands.ticket;
		options->transfer.connection.ticket = &options->ticket;
		options->ticket_was_seen = operands.is_argument;
	}
	if (operands.is_folder && may_be_tree(options))
		options->transfer.store.is_tree = true;
	options->transfer.connection.servers = servers;
	strlcpy(options->host, servers->members[0].host, sizeof(options->host));
	options->transfer.connection.host = options->host;
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

/* Returns a first NAME that looks like a port, behind HOST:PORT, or NULL. */
static const char *
find_port_name(const struct client_options *options)
{
	const char *name = options->names[0];

	return options->has_ports && options->n_names > 0 && name[0] != '\0' &&
		name[strspn(name, "0123456789")] == '\0' ?
	    name :
	    NULL;
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
	transfer->store.reuse = options->reuse != NULL;
	transfer->store.any_room = transfer->store.sparse;
	/* Looking for zero bytes takes no time beside digesting them. */
	if (transfer->store.is_tree && transfer->store.verify)
		transfer->store.sparse = true;
	options->follow = (struct follow_settings){
	    .connection = transfer->connection,
	    .output = transfer->output,
	    .verify = transfer->store.verify,
	    .max_size = transfer->store.max_size,
	    .wait = transfer->wait,
	    .lines = options->lines,
	};
	options->report.sums = transfer->sums;
	options->report.is_dry = transfer->store.is_dry;
	options->report.is_tree = transfer->store.is_tree;
	options->report.advice = (struct advice_settings){
	    .is_single_name = transfer->is_single_name,
	    .port_name = find_port_name(options),
	    .input_nul = options->input_nul,
	    .to_stdout = options->to_stdout,
	    .wait = transfer->wait,
	    .settle = transfer->settle,
	};
	options->progress.quiet = options->report.quiet;
	options->progress.verbose = options->report.verbose;
	options->progress.json = options->report.json == REPORT_JSON_PROGRESS;
	options->progress.to_stdout = options->to_stdout;
}

/* Defaults give way to what the command line wants instead. */
static void
read_defaults(struct client_options *options, struct options *read)
{
	const struct transfer_settings *transfer = &options->transfer;

	if (!options->config)
		return;
	if (!transfer->store.is_tree)
		options_withhold(read, "--hidden --include --exclude --strict");
	if (transfer->output != NULL && strcmp(transfer->output, "-") == 0)
		options_withhold(read, "--json --sums --update --reuse");
	if (options->is_list)
		options_withhold(read, "--sums");
	if (defaults_read(&options->defaults, read) != 0)
		usage_error("%s", read->error);
}

void
client_options_parse(struct client_options *options,
    struct server_list *servers, int argc, char **argv)
{
	struct transfer_settings *transfer = &options->transfer;
	struct options read = {
	    .rows = rows,
	    .n = sizeof(rows) / sizeof(rows[0]),
	    .rules = rules,
	    .n_rules = sizeof(rules) / sizeof(rules[0]),
	    .settings = options,
	};
	char error[OPTION_CHECKS_ERROR];
	struct stat output;

	*options = (struct client_options){
	    .lines = -1,
	    .sandbox = true,
	    .config = true,
	    .transfer.jobs = 1,
	    .transfer.store.old_fd = -1,
	    .transfer.store.resume = true,
	    .transfer.store.verify = true,
	    .transfer.store.max_size = UINT64_MAX,
	    .transfer.connection.connect_timeout = 10 * CLOCK_SEC,
	    .transfer.connection.timeout = 30 * CLOCK_SEC,
	    .transfer.connection.retry = 5,
	};
	if (options_read(&read, argc, argv) < 0)
		usage_error("%s", read.error);
	if (read.shown != NULL)
		end_printing(read.shown);
	if (options->is_my_key) {
		options->names = argv + optind;
		if (optind < argc)
			usage_error("--my-key takes no operand: '%s'",
			    argv[optind]);
		return;
	}
	read_defaults(options, &read);
	read_operands(options, servers, argc - optind, argv + optind);
	if (transfer->base != NULL)
		set_base(transfer);
	transfer->output_is_folder = transfer->store.is_tree &&
	    transfer->output != NULL && stat(transfer->output, &output) == 0 &&
	    S_ISDIR(output.st_mode);
	options->reuses_file =
	    options->reuse != NULL && options->reuse[0] != '\0';
	options->single = transfer->output != NULL ? "-o" :
	    transfer->has_sha256		   ? "--sha256" :
	    options->is_follow			   ? "-f" :
	    options->reuses_file		   ? "--reuse=FILE" :
						     NULL;
	if (option_checks_run(options, error) != 0)
		usage_error("%s", error);
	fill_settings(options);
}
