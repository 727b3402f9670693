/*
 * The command line of fileserv: its options, their limits and the end of the
 * program after a mistake. common/options.c reads the values. Runs in the main
 * thread, before any other is started.
 */

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/fair_rate.h"
#include "common/options.h"
#include "common/standard.h"
#include "server/server_options.h"

/* clang-format off */
static const char help[] =
    "usage: fileserv [options]\n"
    "Shares a folder, read only; fetch from it with fileget.\n"
    "\n"
    "  fileserv -d /srv/share                   on every address, port 8080\n"
    "  fileserv -d /srv/share -a 127.0.0.1      for programs on this machine only\n"
    "\n"
    "Folder and address\n"
    "  -d, --directory DIR        serve the folder DIR (default: .)\n"
    "  -p, --port PORT            listen on PORT (8080); 0 takes any free one\n"
    "  -a, --address ADDR[:PORT]  listen on ADDR only; repeatable (all addresses)\n"
    "      --hidden               also serve names that begin with a dot\n"
    "      --no-links             refuse names that lead through symbolic links\n"
    "      --no-list              refuse to list folders\n"
    "\n"
    "Encryption\n"
    "      --tls[=require|on]     speak TLS only; on: plain requests too (off)\n"
    "      --key-file FILE        the server's key, made at the first use\n"
    "      --tls-cert FILE --tls-key FILE   a certificate of an authority instead\n"
    "      --clients FILE         lines 'NAME KEY FOLDER...': who may read what\n"
    "      --share PATH           one file or folder, to those who have the link\n"
    "      --once N, --for TIME   the first N clients; 90s, 30m, 2h (1, for 1h)\n"
    "      --share-as HOST[:PORT] the link names HOST (this machine's address)\n"
    "\n"
    "Limits (times in seconds)\n"
    "      --max-connections N    connections at a time (4096)\n"
    "      --max-per-address N    of these, from one address (a quarter)\n"
    "      --address-prefix N     an IPv6 /N counts as one address (64)\n"
    "      --proxy-from NET[,...] proxies there begin with a PROXY header (none)\n"
    "      --timeout S            end a connection idle or stalled for S (60)\n"
    "      --request-timeout S    longest time for a request to arrive (10)\n"
    "      --drain S              when stopped, let downloads finish for S (30)\n"
    "      --limit-rate RATE      send RATE bytes a second on each connection\n"
    "      --limit-address RATE   the same to each address, evenly shared\n"
    "      --limit-total RATE     the same in all (RATE may end in k, M, G or T)\n"
    "Rights\n"
    "      --user USER[:GROUP]    when started as root: become USER\n"
    "      --require-sandbox      do not start without the whole sandbox\n"
    "      --no-sandbox           keep all rights of the user\n"
    "\n"
    "Log, on standard error\n"
    "      --log-format FORMAT    text or json\n"
    "  -q, --quiet                problems only\n"
    "  -v, --verbose              connections too\n"
    "\n"
    "  -V, --version              print the version\n"
    "  -h, --help                 print this\n";
/* clang-format on */

/* Prints one line that names the mistake; exits with status 2. */
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
add_address(void *settings, const char *text, char *error)
{
	struct server_options *options = settings;
	struct endpoint *next = &options->addresses[options->n_addresses];

	if (options->n_addresses++ < SERVER_OPTIONS_ADDRESSES)
		return endpoint_parse(next, text, ENDPOINT_LISTEN, error);
	snprintf(error, ENDPOINT_ERROR, "at most %d of them",
	    SERVER_OPTIONS_ADDRESSES);
	return -1;
}

static int
set_listen_port(void *settings, const char *text, char *error)
{
	struct server_options *options = settings;

	options->port_unused = true;
	return endpoint_parse_port(text, ENDPOINT_LISTEN, &options->port,
	    error);
}

static int
add_proxies(void *settings, const char *text, char *error)
{
	struct server_options *options = settings;

	return proxies_add(&options->proxies, text, error);
}

#define SHARE_TIME_MOST ((int64_t)366 * 24 * 60 * 60) /* seconds */

/* Reads "90s", "30m", "2h" or seconds. */
static int
set_share_time(void *settings, const char *text, char *error)
{
	struct server_options *options = settings;
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
	char *end;
	long n = 0;
	size_t i;

	errno = 0;
	if (isdigit((unsigned char)text[0])) {
		n = strtol(text, &end, 10);
		for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (errno == 0 && n > 0 &&
			    strcmp(end, units[i].name) == 0 &&
			    n <= SHARE_TIME_MOST / units[i].seconds) {
				options->share.time =
				    n * units[i].seconds * CLOCK_SEC;
				return 0;
			}
	}
	snprintf(error, OPTIONS_ROW_ERROR,
	    "'%.40s' is no time: write 90s, 30m, 2h or 7d, of a year at most",
	    text);
	return -1;
}

static int
set_share_host(void *settings, const char *text, char *error)
{
	struct server_options *options = settings;
	struct endpoint *endpoint = &options->share.host;
	const unsigned char *byte;

	if (endpoint_parse(endpoint, text, ENDPOINT_CONNECT, error) != 0)
		return -1;
	/* The link stands in a command to paste: nothing in it may end the
	 * quotes, begin the part behind '#', or be lost in a mail. */
	for (byte = (const unsigned char *)endpoint->host; *byte != '\0';
	     byte++)
		if (*byte < 0x80 && !isalnum(*byte) &&
		    strchr("-._:%", *byte) == NULL) {
			snprintf(error, OPTIONS_ROW_ERROR,
			    "no host name has a '%c' in it",
			    isprint(*byte) ? *byte : '?');
			return -1;
		}
	return 0;
}

#define MEMBER(name) .member = offsetof(struct server_options, name)
#define SERVER_DAY   (24 * 60 * 60) /* seconds */
#define SERVER_MANY  1000000	    /* connections */

static const struct options_row rows[] = {
    {'d', "directory", OPTIONS_TEXT, MEMBER(directory)},
    {'p', "port", OPTIONS_CALL, .read_value = set_listen_port},
    {'a', "address", OPTIONS_CALL, .read_value = add_address},
    {0, "max-connections", OPTIONS_NUMBER, MEMBER(max_connections), 1,
	SERVER_MANY},
    {0, "max-per-address", OPTIONS_NUMBER, MEMBER(max_per_address), 1,
	SERVER_MANY},
    {0, "address-prefix", OPTIONS_NUMBER, MEMBER(address_prefix), 1, 128},
    {0, "proxy-from", OPTIONS_CALL, .read_value = add_proxies},
    {0, "timeout", OPTIONS_NUMBER, MEMBER(timeout), 1, SERVER_DAY},
    {0, "request-timeout", OPTIONS_NUMBER, MEMBER(request_timeout), 1,
	SERVER_DAY},
    {0, "drain", OPTIONS_NUMBER, MEMBER(drain), 0, SERVER_DAY},
    {0, "limit-rate", OPTIONS_SIZE, MEMBER(rate), 1},
    {0, "limit-address", OPTIONS_SIZE, MEMBER(limit_address), FAIR_RATE_LEAST},
    {0, "limit-total", OPTIONS_SIZE, MEMBER(limit_total), FAIR_RATE_LEAST},
    {0, "tls", OPTIONS_MAYBE, MEMBER(tls.mode), .words = "require, on"},
    {0, "key-file", OPTIONS_TEXT, MEMBER(tls.key_file)},
    {0, "tls-cert", OPTIONS_TEXT, MEMBER(tls.cert_file)},
    {0, "tls-key", OPTIONS_TEXT, MEMBER(tls.cert_key_file)},
    {0, "clients", OPTIONS_TEXT, MEMBER(clients)},
    {0, "hidden", OPTIONS_ON, MEMBER(hidden)},
    {0, "no-links", OPTIONS_OFF, MEMBER(links)},
    {0, "no-list", OPTIONS_OFF, MEMBER(lists)},
    {0, "share", OPTIONS_TEXT, MEMBER(share.path)},
    {0, "once", OPTIONS_NUMBER, MEMBER(share.once), 1, SHARE_KEYS_MOST},
    {0, "for", OPTIONS_CALL, .read_value = set_share_time},
    {0, "share-as", OPTIONS_CALL, .read_value = set_share_host},
    {0, "log-format", OPTIONS_WORD, MEMBER(log_format), .words = "text, json"},
    {0, "user", OPTIONS_TEXT, MEMBER(user)},
    {0, "require-sandbox", OPTIONS_ON, MEMBER(require_sandbox)},
    {0, "no-sandbox", OPTIONS_OFF, MEMBER(sandbox)},
    {'q', "quiet", OPTIONS_LEAST, MEMBER(log_level), LOG_LEVEL_PROBLEMS},
    {'v', "verbose", OPTIONS_LEAST, MEMBER(log_level), LOG_LEVEL_CONNECTIONS},
    {'V', "version", OPTIONS_SHOW, .words = "fileserv " VERSION "\n"},
    {'h', "help", OPTIONS_SHOW, .words = help},
};

static const struct options_rule rules[] = {
    {"--require-sandbox", "--no-sandbox"},
    {"--key-file", "--tls-cert --tls-key"},
    {"--share", "-d --clients --key-file --tls-cert --tls-key"},
};

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

/* A key that no connection uses would be a server in the clear by mistake. */
static void
check_encryption(struct encryption_settings *tls, bool listed)
{
	/* A client that is not encrypted shows no key. */
	if (listed && tls->mode == ENCRYPTION_ALLOWED)
		server_usage_error("--clients admits no client without a key: "
				   "use --tls, not --tls=on");
	if (tls->mode == ENCRYPTION_DEFAULT || listed)
		tls->mode = ENCRYPTION_REQUIRED;
	if ((tls->cert_file == NULL) != (tls->cert_key_file == NULL))
		server_usage_error("--tls-cert and --tls-key belong together");
	if (tls->mode == ENCRYPTION_OFF &&
	    (tls->key_file != NULL || tls->cert_file != NULL))
		server_usage_error("%s needs --tls",
		    tls->key_file != NULL ? "--key-file" : "--tls-cert");
}

/* A share is inside TLS only. */
static void
check_share(const struct share_settings *share, struct encryption_settings *tls)
{
	const char *alone = share->once > 0 ? "--once" :
	    share->time > 0		    ? "--for" :
	    share->host.host[0] != '\0'	    ? "--share-as" :
					      NULL;

	if (share->path == NULL && alone != NULL)
		server_usage_error("%s goes with --share PATH", alone);
	if (share->path == NULL)
		return;
	if (tls->mode == ENCRYPTION_ALLOWED)
		server_usage_error("--share is encrypted only, not --tls=on");
	tls->mode = ENCRYPTION_REQUIRED;
}

/* Prints text and exits with status 0, or 1 if it could not be written. */
static void __attribute__((noreturn)) end_printing(const char *text)
{
	fputs(text, stdout);
	standard_note();
	if (standard_end() != 0)
		err(1, "cannot write to standard output");
	exit(0);
}

void
server_options_parse(struct server_options *options, int argc, char **argv)
{
	struct options read = {
	    .rows = rows,
	    .n = sizeof(rows) / sizeof(rows[0]),
	    .rules = rules,
	    .n_rules = sizeof(rules) / sizeof(rules[0]),
	    .settings = options,
	};

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
	if (options_read(&read, argc, argv) < 0)
		server_usage_error("%s", read.error);
	if (read.shown != NULL)
		end_printing(read.shown);
	check_port(options);
	check_encryption(&options->tls, options->clients != NULL);
	check_share(&options->share, &options->tls);
	if (optind < argc)
		server_usage_error("'%s': the folder is given with -d",
		    argv[optind]);
}
