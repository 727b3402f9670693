/*
 * Prints the addresses at which the server listens, for operator and scripts.
 * The text is assembled in memory and written at once, so that a script never
 * reads half a line. Runs in the main thread.
 */

#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/net.h"
#include "common/standard.h"
#include "common/text.h"
#include "server/announcement.h"
#include "server/own_addresses.h"

enum {
	ANNOUNCEMENT_SHOWN = 8, /* addresses of a socket that listens on all */
};

/* The text under construction, and its parts that are the same everywhere. */
struct lines {
	FILE *out;
	char directory[4096];	     /* escaped */
	char key[KEY_NAME_TEXT + 8]; /* "--key K7QF-... ", or nothing */
};

/* Prints two lines for an address. host is its name, or NULL. */
static void
print_address(const struct lines *lines, const struct net_address *address,
    const char *host)
{
	char where[NET_TEXT], own[NET_TEXT];

	net_print(address, where);
	net_print_host(address, own);
	fprintf(lines->out, "serving %s on %s\nfileget %s%s %u NAME\n",
	    lines->directory, where, lines->key, host != NULL ? host : own,
	    net_port(address));
}

/* Prints the addresses that a wildcard address stands for. Returns their
 * number.
 */
static int
print_all(const struct lines *lines, const struct net_address *any,
    const struct own_addresses *own)
{
	struct net_address address;
	int i, n = 0;

	for (i = 0; i < own->n; i++) {
		address = own->all[i];
		if (address.any.sa_family != any->any.sa_family ||
		    n++ >= ANNOUNCEMENT_SHOWN)
			continue;
		net_set_port(&address, net_port(any));
		print_address(lines, &address,
		    own->is_named[i] ? own->name : NULL);
	}
	if (n > ANNOUNCEMENT_SHOWN)
		fprintf(lines->out, "and %d more addresses of this machine\n",
		    n - ANNOUNCEMENT_SHOWN);
	return n;
}

static void
print_loopback(const struct lines *lines, const struct net_address *any)
{
	struct net_address address = *any;

	if (any->any.sa_family == AF_INET6)
		address.in6.sin6_addr = in6addr_loopback;
	else
		address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	print_address(lines, &address, NULL);
}

/* Returns 0, or -1 with errno. */
static int
print_sockets(const struct lines *lines, const struct listen_sockets *sockets)
{
	struct net_address addresses[LISTEN_SOCKETS_MAX];
	struct own_addresses own = {.n = -1};
	int i, n = 0;

	for (i = 0; i < sockets->n; i++) {
		if (net_local(sockets->fds[i], &addresses[i]) != 0)
			return -1;
		if (!net_is_any(&addresses[i])) {
			print_address(lines, &addresses[i], NULL);
			n++;
			continue;
		}
		if (own.n < 0)
			own_addresses_find(&own);
		n += print_all(lines, &addresses[i], &own);
	}
	for (i = 0; n == 0 && i < sockets->n; i++)
		print_loopback(lines, &addresses[i]);
	return 0;
}

int
announcement_open(struct announcement *announcement,
    const struct listen_sockets *sockets, const char *directory,
    const struct key_name *key)
{
	struct lines lines = {.key = ""};
	char name[KEY_NAME_TEXT];
	int result;

	*announcement = (struct announcement){.text = NULL};
	lines.out = open_memstream(&announcement->text, &announcement->size);
	if (lines.out == NULL)
		return -1;
	text_escape(lines.directory, sizeof(lines.directory), directory,
	    strlen(directory));
	if (key != NULL) {
		key_name_format(key, name);
		snprintf(lines.key, sizeof(lines.key), "--key %s ", name);
	}
	result = print_sockets(&lines, sockets);
	if (fclose(lines.out) != 0 || announcement->text == NULL) {
		errno = ENOMEM;
		result = -1;
	}
	if (result == 0)
		return 0;
	free(announcement->text);
	announcement->text = NULL;
	return -1;
}

int
announcement_print(struct announcement *announcement, const char *layers)
{
	char *text;
	int size = asprintf(&text, "%s%s\n", announcement->text, layers);

	free(announcement->text);
	announcement->text = NULL;
	if (size < 0)
		return -1;
	/* Without a reader the server still serves. */
	if (standard_print(text, (size_t)size) != 0)
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "standard output: %s; the listening addresses were not "
		    "printed",
		    strerror(errno));
	free(text);
	return 0;
}
