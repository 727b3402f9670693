/*
 * Put together in memory first: a script that waits for the port shall never
 * see half of a line.
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

/* The name to give a client for this address. */
static void
print_target(const struct net_address *address, char *text, size_t size)
{
	char host[NET_TEXT];

	if (net_is_any(address) && gethostname(text, size) == 0) {
		text[size - 1] = '\0';
		return;
	}
	net_print_host(address, host);
	snprintf(text, size, "%s", host);
}

/* Two lines for each address: 0, or -1 with errno. */
static int
print_targets(const struct pollfd *listening, int n, const char *directory,
    FILE *out)
{
	char target[256], shown[4096], where[NET_TEXT];
	struct net_address address;
	int i;

	text_escape(shown, sizeof(shown), directory, strlen(directory));
	for (i = 0; i < n; i++) {
		if (net_local(listening[i].fd, &address) != 0)
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
announcement_print(const struct pollfd *listening, int n, const char *directory,
    const char *layers)
{
	char *text = NULL;
	size_t size = 0;
	int result;
	FILE *out;

	out = open_memstream(&text, &size);
	if (out == NULL)
		return -1;
	result = print_targets(listening, n, directory, out);
	if (fprintf(out, "%s\n", layers) < 0)
		result = -1;
	if (fclose(out) != 0 || text == NULL) {
		errno = ENOMEM;
		result = -1;
	}
	/* A reader that has gone does not keep us from serving. */
	if (result == 0 && standard_print(text, size) != 0)
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "standard output: %s; where it listens could not be told "
		    "there",
		    strerror(errno));
	free(text);
	return result;
}
