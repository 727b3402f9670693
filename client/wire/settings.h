#ifndef CLIENT_WIRE_SETTINGS_H
#define CLIENT_WIRE_SETTINGS_H

#include <stdint.h>

/* The server to connect to, and how patiently. */
struct connection_settings {
	const char *host; /* without brackets */
	uint16_t port;
	int64_t connect_timeout; /* nanoseconds */
	int64_t timeout;	 /* without a byte, ns */
	int retry;		 /* tries after the first */
	uint64_t rate;		 /* bytes a second; 0: no limit */
};

#endif
