/*
 * Tells operator and scripts where the server listens. The text is assembled in
 * memory and written at once, so that a script never reads half a line. Runs in
 * the main thread.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/net.h"
#include "common/standard.h"
#include "common/text.h"
#include "server/announcement.h"

/* Prints the host that a client should be given for this address. size is at
 * least NET_TEXT. */
static void
print_target(const struct net_address *address, char *text, size_t size)
{
	if (net_is_any(address) && gethostname(text, size) == 0) {
		text[size - 1] = '\0';
		return;
	}
	net_print_host(address, text);
}

/* Prints two lines for each socket. Returns 0, or -1 with errno. */
static int
print_targets(const struct listen_sockets *sockets, const char *directory,
    FILE *out)
{
	char target[256], shown[4096], where[NET_TEXT];
	struct net_address address;
	int i;

	text_escape(shown, sizeof(shown), directory, strlen(directory));
	for (i = 0; i < sockets->n; i++) {
		if (net_local(sockets->fds[i], &address) != 0)
			return -1;
		net_print(&address, where);
		print_target(&address, target, sizeof(target));
		if (fprintf(out, "serving %s on %s\nfileget %s %u NAME\n",
			shown, where, target, net_port(&address)) < 0)
			return -1;
	}
	return 0;
}

int
announcement_print(const struct listen_sockets *sockets, const char *directory,
    const char *layers)
{
	char *text = NULL;
	size_t size = 0;
	int result;
	FILE *out;

	out = open_memstream(&text, &size);
	if (out == NULL)
		return -1;
	result = print_targets(sockets, directory, out);
	if (fprintf(out, "%s\n", layers) < 0)
		result = -1;
	if (fclose(out) != 0 || text == NULL) {
		errno = ENOMEM;
		result = -1;
	}
	/* Without a reader the server still serves. */
	if (result == 0 && standard_print(text, size) != 0)
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "standard output: %s; the listening addresses were not "
		    "printed",
		    strerror(errno));
	free(text);
	return result;
}
