/* The form of a link is told by common/PROTOCOL.md. It is quoted for a shell:
 * all that could end the quotes is percent-encoded. */

#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/net.h"
#include "common/text.h"
#include "server/own_addresses.h"
#include "server/share_link.h"

/* Letters of a name that a link has as they are. */
#define SHARE_LINK_PLAIN \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/"

/* Finds an address of this machine by which others reach a socket that listens
 * on all addresses of a family. Returns false if there is none. */
static bool
find_own_address(const struct net_address *bound, int n,
    struct net_address *address)
{
	struct own_addresses own;
	int i, j;

	own_addresses_find(&own);
	for (i = 0; i < own.n; i++)
		for (j = 0; j < n; j++)
			if (bound[j].any.sa_family ==
			    own.all[i].any.sa_family) {
				*address = own.all[i];
				net_set_port(address, net_port(&bound[j]));
				return true;
			}
	return false;
}

/* Finds an address by which others reach the server. Returns 0, or -1 with
 * errno. */
static int
find_address(const struct listen_sockets *sockets, struct net_address *address)
{
	struct net_address bound[LISTEN_SOCKETS_MAX];
	int i;

	for (i = 0; i < sockets->n; i++) {
		if (net_local(sockets->fds[i], &bound[i]) != 0)
			return -1;
		*address = bound[i];
		if (!net_is_any(address))
			return 0;
	}
	if (find_own_address(bound, sockets->n, address))
		return 0;
	log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
	    "this machine has no address by which others reach it; "
	    "--share-as HOST names one");
	*address = bound[0];
	if (address->any.sa_family == AF_INET6)
		address->in6.sin6_addr = in6addr_loopback;
	else
		address->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return 0;
}

static void
print_name(const char *name, FILE *out)
{
	for (; *name != '\0'; name++)
		if (strchr(SHARE_LINK_PLAIN, *name) != NULL)
			fputc(*name, out);
		else
			fprintf(out, "%%%02X", (unsigned)(uint8_t)*name);
}

/* Prints "2 h", "90 min" or "45 s". */
static void
print_time(int64_t time, FILE *out)
{
	int64_t seconds = time / CLOCK_SEC;

	if (seconds % 3600 == 0)
		fprintf(out, "%lld h", (long long)seconds / 3600);
	else if (seconds % 60 == 0)
		fprintf(out, "%lld min", (long long)seconds / 60);
	else
		fprintf(out, "%lld s", (long long)seconds);
}

static void
print_link(const struct share *share, const struct endpoint *host,
    const struct key_name *key, FILE *out)
{
	char key_text[KEY_NAME_TEXT], ticket[KEY_NAME_TEXT];
	char where[ENDPOINT_TEXT];

	key_name_format(key, key_text);
	key_name_format(share_ticket(share), ticket);
	fprintf(out, "echo 'files://%s/",
	    endpoint_print(host->host, host->port, where));
	print_name(share_name(share), out);
	/* A folder is fetched as a whole. */
	if (share_is_folder(share))
		fputc('/', out);
	fprintf(out, "#%s+%s' | fileget -\n", key_text, ticket);
	explicit_bzero(ticket, sizeof(ticket));
}

int
share_link_open(struct announcement *announcement, const struct share *share,
    const struct share_settings *settings, const struct listen_sockets *sockets,
    const struct key_name *key)
{
	char where[NET_TEXT], shown[1024];
	struct endpoint host = settings->host;
	struct net_address address;
	FILE *out;

	*announcement = (struct announcement){.text = NULL};
	if (find_address(sockets, &address) != 0)
		return -1;
	if (host.host[0] == '\0')
		net_print_host(&address, host.host);
	if (!host.has_port)
		host.port = net_port(&address);
	out = open_memstream(&announcement->text, &announcement->size);
	if (out == NULL)
		return -1;
	net_print(&address, where);
	text_escape(shown, sizeof(shown), share_name(share),
	    strlen(share_name(share)));
	fprintf(out, "serving %s on %s, encrypted", shown, where);
	if (share_once(share) > 0)
		fprintf(out, ", for %u client%s", share_once(share),
		    share_once(share) == 1 ? "" : "s");
	fputs(", for ", out);
	print_time(share_time(share), out);
	fputc('\n', out);
	print_link(share, &host, key, out);
	if (fclose(out) == 0 && announcement->text != NULL)
		return 0;
	free(announcement->text);
	announcement->text = NULL;
	errno = ENOMEM;
	return -1;
}
