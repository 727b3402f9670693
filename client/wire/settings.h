#ifndef CLIENT_WIRE_SETTINGS_H
#define CLIENT_WIRE_SETTINGS_H

#include <stdint.h>

struct key_name;
struct server_list;

/* The servers to connect to, and how patiently. */
struct connection_settings {
	struct server_list *servers; /* at least one */
	const char *host;	     /* the first as given, without brackets */
	int64_t connect_timeout;     /* nanoseconds */
	int64_t timeout;	     /* without a byte, ns */
	int retry;		     /* tries after the first */
	/* Of a link: begins each name on the wire, and is shown nowhere. NULL:
	 * there is none. */
	const struct key_name *ticket;
	uint64_t rate; /* bytes a second; 0: no limit */
};

#endif
