#ifndef SERVER_SERVER_OPTIONS_H
#define SERVER_SERVER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/endpoint.h"
#include "common/log.h"

enum {
	SERVER_OPTIONS_ADDRESSES = 16, /* -a at most so many times */
};

/* What the command line asks for; strings are argv's own. */
struct server_options {
	const char *directory;
	uint16_t port;	  /* of the addresses that have none of their own */
	bool port_unused; /* it was given, and there are no such addresses */
	struct endpoint addresses[SERVER_OPTIONS_ADDRESSES];
	int n_addresses;     /* 0: all addresses */
	int max_connections; /* 0: see limits_set */
	int max_per_address; /* 0: a quarter of the above */
	int address_prefix;  /* bits, of an IPv6 address: see peers.h */
	int timeout;	     /* seconds, as the next two */
	int request_timeout;
	int drain;
	bool hidden;
	bool links;
	bool lists;
	const char *user; /* to become; NULL: to stay who one is */
	bool sandbox;
	bool require_sandbox;
	uint64_t rate; /* bytes a second, each connection; 0: no limit */
	enum log_level log_level;
	enum log_format log_format;
};

/*
 * Reads the command line. Prints and exits for --help and --version (0) and
 * for a mistake (2, one line and a hint on standard error).
 */
void server_options_parse(struct server_options *options, int argc,
    char **argv);

#endif
