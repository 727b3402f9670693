/*
 * The command line of fileserv: every limit is within its bounds, or an error
 * is printed.
 */

#include "common/clock.h"
#include "common/fair_rate.h"
#include "server/server_options.h"
#include "tests/fuzz/command.h"
#include "tests/fuzz/fuzz.h"

enum {
	DAY = 24 * 60 * 60, /* seconds */
	MOST = 1000000,	    /* connections */
};

static struct server_options options;

static void
parse(int argc, char **argv)
{
	server_options_parse(&options, argc, argv);
}

/* Each network contains its own address; a list without a prefix of 0 cannot
 * contain both 192.0.2.1 and its complement. */
static void
check_proxies(const struct proxies *proxies)
{
	struct net_address one = {.in = {.sin_family = AF_INET}}, other = one;
	bool all = false;
	unsigned i;

	FUZZ_REQUIRE(proxies->n <= PROXIES_MAX);
	for (i = 0; i < proxies->n; i++) {
		FUZZ_REQUIRE(
		    proxies_contain(proxies, &proxies->networks[i].address));
		all = all || proxies->networks[i].prefix == 0;
	}
	FUZZ_REQUIRE(proxies_contain_all(proxies) == all);
	one.in.sin_addr.s_addr = htonl(0xc0000201);
	other.in.sin_addr.s_addr = ~one.in.sin_addr.s_addr;
	if (proxies->n == 1 && !all)
		FUZZ_REQUIRE(!proxies_contain(proxies, &one) ||
		    !proxies_contain(proxies, &other));
}

int
fuzz_server_options(const uint8_t *data, size_t size)
{
	int i;

	if (!command_parse(data, size, parse))
		return 0;
	FUZZ_REQUIRE(command_has(options.directory) ||
	    (options.directory[0] == '.' && options.directory[1] == '\0'));
	FUZZ_REQUIRE(
	    options.share.once >= 0 && options.share.once <= SHARE_KEYS_MOST);
	FUZZ_REQUIRE(options.share.time >= 0 &&
	    options.share.time <= 366 * DAY * CLOCK_SEC);
	if (options.share.path != NULL)
		FUZZ_REQUIRE(options.tls.mode == ENCRYPTION_REQUIRED);
	else
		FUZZ_REQUIRE(options.share.once == 0 &&
		    options.share.time == 0 &&
		    options.share.host.host[0] == '\0');
	FUZZ_REQUIRE(options.n_addresses >= 0 &&
	    options.n_addresses <= SERVER_OPTIONS_ADDRESSES);
	for (i = 0; i < options.n_addresses; i++)
		FUZZ_REQUIRE(options.addresses[i].has_port ||
		    options.addresses[i].port == 0);
	FUZZ_REQUIRE(
	    options.max_connections >= 0 && options.max_connections <= MOST);
	FUZZ_REQUIRE(
	    options.max_per_address >= 0 && options.max_per_address <= MOST);
	FUZZ_REQUIRE(
	    options.address_prefix >= 1 && options.address_prefix <= 128);
	check_proxies(&options.proxies);
	FUZZ_REQUIRE(
	    options.limit_total == 0 || options.limit_total >= FAIR_RATE_LEAST);
	FUZZ_REQUIRE(options.limit_address == 0 ||
	    options.limit_address >= FAIR_RATE_LEAST);
	FUZZ_REQUIRE(options.timeout >= 1 && options.timeout <= DAY);
	FUZZ_REQUIRE(
	    options.request_timeout >= 1 && options.request_timeout <= DAY);
	FUZZ_REQUIRE(options.drain >= 0 && options.drain <= DAY);
	FUZZ_REQUIRE(options.sandbox || !options.require_sandbox);
	FUZZ_REQUIRE(options.log_level <= LOG_LEVEL_CONNECTIONS);
	FUZZ_REQUIRE(options.log_format <= LOG_FORMAT_JSON);
	return 0;
}
