/*
 * The command line of fileserv. A mistake is reported in one line that names
 * the option. client_options.c does the same for fileget; the two share almost
 * no option. Runs in main, before any thread.
 */

#include <err.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/amount.h"
#include "common/standard.h"
#include "server/server_options.h"

/* Long options without a letter. */
enum {
	OPTION_MAX_CONNECTIONS = 256,
	OPTION_MAX_PER_ADDRESS,
	OPTION_ADDRESS_PREFIX,
	OPTION_TIMEOUT,
	OPTION_REQUEST_TIMEOUT,
	OPTION_DRAIN,
	OPTION_LIMIT_RATE,
	OPTION_HIDDEN,
	OPTION_NO_LINKS,
	OPTION_NO_LIST,
	OPTION_LOG_FORMAT,
	OPTION_USER,
	OPTION_REQUIRE_SANDBOX,
	OPTION_NO_SANDBOX,
};

static const struct option long_options[] = {
    {"directory", required_argument, NULL, 'd'},
    {"port", required_argument, NULL, 'p'},
    {"address", required_argument, NULL, 'a'},
    {"max-connections", required_argument, NULL, OPTION_MAX_CONNECTIONS},
    {"max-per-address", required_argument, NULL, OPTION_MAX_PER_ADDRESS},
    {"address-prefix", required_argument, NULL, OPTION_ADDRESS_PREFIX},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"request-timeout", required_argument, NULL, OPTION_REQUEST_TIMEOUT},
    {"drain", required_argument, NULL, OPTION_DRAIN},
    {"limit-rate", required_argument, NULL, OPTION_LIMIT_RATE},
    {"hidden", no_argument, NULL, OPTION_HIDDEN},
    {"no-links", no_argument, NULL, OPTION_NO_LINKS},
    {"no-list", no_argument, NULL, OPTION_NO_LIST},
    {"log-format", required_argument, NULL, OPTION_LOG_FORMAT},
    {"user", required_argument, NULL, OPTION_USER},
    {"require-sandbox", no_argument, NULL, OPTION_REQUIRE_SANDBOX},
    {"no-sandbox", no_argument, NULL, OPTION_NO_SANDBOX},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static const char help[] =
    "usage: fileserv [options]\n"
    "Shares a folder, read only; fetch from it with fileget.\n"
    "\n"
    "Folder and address\n"
    "  -d, --directory DIR     the folder to serve (default: .)\n"
    "  -p, --port PORT         0 takes any free port (default: 8080)\n"
    "  -a, --address ADDR[:PORT]  listen here only; repeatable (default: all)\n"
    "      --hidden            serve names that begin with a dot too\n"
    "      --no-links          refuse symbolic links, inside the folder too\n"
    "      --no-list           refuse to list folders\n"
    "\n"
    "Limits (times in seconds)\n"
    "      --max-connections N  connections in all (default: 4096)\n"
    "      --max-per-address N  from one address (default: a quarter)\n"
    "      --address-prefix N   count an IPv6 /N as one address (default: 64)\n"
    "      --timeout S          idle, or receiving nothing (default: 60)\n"
    "      --request-timeout S  first to last byte of a request"
    " (default: 10)\n"
    "      --drain S            for downloads to finish when stopped"
    " (default: 30)\n"
    "      --limit-rate RATE    bytes a second (k, M, G, T), each connection\n"
    "\n"
    "Sandbox\n"
    "      --user NAME         become NAME after a start as root\n"
    "      --require-sandbox   do not start if a layer is missing\n"
    "      --no-sandbox        run without a sandbox\n"
    "\n"
    "Log, on standard error\n"
    "      --log-format text|json\n"
    "  -q, --quiet             problems only\n"
    "  -v, --verbose           connections too\n"
    "\n"
    "  -V, --version           -h, --help\n";

/* Exits with status 2 and one line that names the mistake. */
static void __attribute__((noreturn, format(printf, 1, 2)))
server_usage_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vwarnx(format, ap);
	va_end(ap);
	fputs("try 'fileserv --help'\n", stderr);
	exit(2);
}

static int
parse_number(const char *text, const char *option, int least, int most)
{
	const char *wrong;
	long long value = strtonum(text, least, most, &wrong);

	if (wrong != NULL)
		server_usage_error("%s: '%s' is %s (%d to %d)", option, text,
		    wrong, least, most);
	return (int)value;
}

static uint64_t
parse_rate(const char *text, const char *option)
{
	uint64_t value;

	if (amount_parse(text, &value) != 0 || value == 0)
		server_usage_error("%s: '%s' is no rate (a number from 1, and "
				   "k, M, "
				   "G or T)",
		    option, text);
	return value;
}

static enum log_format
parse_log_format(const char *text)
{
	if (strcmp(text, "text") == 0)
		return LOG_FORMAT_TEXT;
	if (strcmp(text, "json") == 0)
		return LOG_FORMAT_JSON;
	server_usage_error("--log-format: '%s' is neither text nor json", text);
}

static void
add_address(struct server_options *options, const char *text)
{
	char error[ENDPOINT_ERROR];

	if (options->n_addresses == SERVER_OPTIONS_ADDRESSES)
		server_usage_error("--address: at most %d of them",
		    SERVER_OPTIONS_ADDRESSES);
	if (endpoint_parse(&options->addresses[options->n_addresses], text,
		ENDPOINT_LISTEN, error) != 0)
		server_usage_error("--address: %s", error);
	options->n_addresses++;
}

static void
set_listen_port(struct server_options *options, const char *text)
{
	char error[ENDPOINT_ERROR];

	if (endpoint_parse_port(text, ENDPOINT_LISTEN, &options->port, error) !=
	    0)
		server_usage_error("--port: %s", error);
	options->port_unused = true;
}

/* Sets port_unused if each address has another port of its own. */
static void
check_port(struct server_options *options)
{
	int i;

	for (i = 0; i < options->n_addresses; i++)
		if (!options->addresses[i].has_port ||
		    options->addresses[i].port == options->port)
			options->port_unused = false;
	if (options->n_addresses == 0)
		options->port_unused = false;
}

static void
set_server_limit(struct server_options *options, int option, const char *text)
{
	const int day = 24 * 60 * 60, many = 1000000;

	switch (option) {
	case OPTION_MAX_CONNECTIONS:
		options->max_connections =
		    parse_number(text, "--max-connections", 1, many);
		break;
	case OPTION_MAX_PER_ADDRESS:
		options->max_per_address =
		    parse_number(text, "--max-per-address", 1, many);
		break;
	case OPTION_ADDRESS_PREFIX:
		options->address_prefix =
		    parse_number(text, "--address-prefix", 1, 128);
		break;
	case OPTION_TIMEOUT:
		options->timeout = parse_number(text, "--timeout", 1, day);
		break;
	case OPTION_REQUEST_TIMEOUT:
		options->request_timeout =
		    parse_number(text, "--request-timeout", 1, day);
		break;
	case OPTION_DRAIN:
		options->drain = parse_number(text, "--drain", 0, day);
		break;
	case OPTION_LIMIT_RATE:
		options->rate = parse_rate(text, "--limit-rate");
		break;
	}
}

/* Exits with status 0, or 1 if the output could not be written. */
static void __attribute__((noreturn)) end_printing(void)
{
	standard_note();
	if (standard_end() != 0)
		err(1, "cannot write to standard output");
	exit(0);
}

static void
set_server_option(struct server_options *options, int option, const char *text)
{
	switch (option) {
	case 'd':
		options->directory = text;
		break;
	case 'p':
		set_listen_port(options, text);
		break;
	case 'a':
		add_address(options, text);
		break;
	case OPTION_HIDDEN:
		options->hidden = true;
		break;
	case OPTION_NO_LINKS:
		options->links = false;
		break;
	case OPTION_NO_LIST:
		options->lists = false;
		break;
	case OPTION_LOG_FORMAT:
		options->log_format = parse_log_format(text);
		break;
	case OPTION_USER:
		options->user = text;
		break;
	case OPTION_REQUIRE_SANDBOX:
		options->require_sandbox = true;
		break;
	case OPTION_NO_SANDBOX:
		options->sandbox = false;
		break;
	case 'q':
		options->log_level = LOG_LEVEL_PROBLEMS;
		break;
	case 'v':
		options->log_level = LOG_LEVEL_CONNECTIONS;
		break;
	case 'V':
		puts("fileserv " VERSION);
		end_printing();
	case 'h':
		fputs(help, stdout);
		end_printing();
	default:
		set_server_limit(options, option, text);
	}
}

/*
 * Exits with the line for an option that getopt_long(3) has refused. passed is
 * the argument before optind; that is not the option's own argument if further
 * letters follow an unknown one.
 */
static void __attribute__((noreturn)) refuse_option(const char *passed)
{
	const struct option *known = long_options;

	if (optopt == 0)
		server_usage_error("unknown option %s", passed);
	while (known->name != NULL && known->val != optopt)
		known++;
	if (known->name == NULL)
		server_usage_error("unknown option -%c", optopt);
	server_usage_error("no value goes with option %s", passed);
}

void
server_options_parse(struct server_options *options, int argc, char **argv)
{
	int option;

	*options = (struct server_options){
	    .directory = ".",
	    .port = 8080,
	    .address_prefix = 64,
	    .timeout = 60,
	    .request_timeout = 10,
	    .drain = 30,
	    .links = true,
	    .lists = true,
	    .sandbox = true,
	    .log_level = LOG_LEVEL_REQUESTS,
	};
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":d:p:a:qvVh", long_options,
		    NULL)) != -1) {
		if (option == ':')
			server_usage_error("%s needs a value",
			    argv[optind - 1]);
		if (option == '?')
			refuse_option(argv[optind - 1]);
		set_server_option(options, option, optarg);
	}
	check_port(options);
	if (options->require_sandbox && !options->sandbox)
		server_usage_error(
		    "--require-sandbox and --no-sandbox exclude each "
		    "other");
	if (optind < argc)
		server_usage_error("'%s': the folder is given with -d",
		    argv[optind]);
}
