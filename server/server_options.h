#ifndef SERVER_SERVER_OPTIONS_H
#define SERVER_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/endpoint.h"
#include "common/log.h"
#include "server/encryption.h"
#include "server/proxies.h"
#include "server/share.h"

enum {
	SERVER_OPTIONS_ADDRESSES = 16, /* -a options, at most */
};

/* The command line; strings point into argv. */
struct server_options {
	const char *directory;
	uint16_t port;	  /* for addresses without one */
	bool port_unused; /* --port was given and no address uses it */
	struct endpoint addresses[SERVER_OPTIONS_ADDRESSES];
	int n_addresses;     /* 0: listen on all addresses */
	int max_connections; /* 0: as many as limits.c finds */
	int max_per_address; /* 0: a quarter of these */
	int address_prefix;  /* bits of an IPv6 address, see peers.h */
	int timeout;	     /* seconds */
	int request_timeout; /* seconds */
	int drain;	     /* seconds */
	struct share_settings share;
	bool hidden;
	bool links;
	bool lists;
	const char *user; /* to become; NULL: keep the user */
	bool sandbox;
	bool require_sandbox;
	/* Bytes per second; 0: no limit. */
	uint64_t rate;		/* of each connection */
	uint64_t limit_address; /* of each address */
	uint64_t limit_total;	/* of all together */
	struct proxies proxies;
	struct encryption_settings tls;
	const char *clients; /* the file that lists them, or NULL */
	enum log_level log_level;
	enum log_format log_format;
};

/* Reads the command line. Prints and exits for --help and --version (status 0)
 * and for a mistake (status 2, a line and a hint on standard error). */
void server_options_parse(struct server_options *options, int argc,
    char **argv);

#endif
