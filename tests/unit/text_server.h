#ifndef TESTS_UNIT_TEXT_SERVER_H
#define TESTS_UNIT_TEXT_SERVER_H

/*
 * A server for several connections at once: each name is a file with the text
 * TEXT_SERVER_TEXT, but a name that begins with "no" does not exist. One thread
 * replies to STAT and FETCH; it asserts nothing.
 */

#include <pthread.h>
#include <stdint.h>

#include "tests/unit/script.h"

#define TEXT_SERVER_TEXT "some text"

enum {
	TEXT_SERVER_CONNECTIONS = 4, /* at most; one more ends the thread */
	TEXT_SERVER_ALL = -1,	     /* see cut_after */
	/* Bytes of a reply to FETCH before the text, and of the whole. */
	TEXT_SERVER_HEAD =
	    PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE,
	TEXT_SERVER_FILE = TEXT_SERVER_HEAD + sizeof(TEXT_SERVER_TEXT) - 1 +
	    PROTOCOL_TRAILER_SIZE,
};

struct text_server_peer {
	int fd;
	struct script replies; /* bytes, len: those not cut off */
	size_t sent;	       /* of these */
	unsigned requests;
	uint8_t request[PROTOCOL_REQUEST_MAX]; /* the beginning of one */
	size_t len;
};

struct text_server {
	uint16_t port;
	/* Set before text_server_start: replies begin when there are so many
	 * connections, and so many requests on a connection; bytes of replies
	 * after which each connection is closed. */
	unsigned hold_connections, hold_requests;
	int cut_after[TEXT_SERVER_CONNECTIONS];
	/* Each reply is a line that is not of the protocol. */
	bool speaks_http;
	int listening;
	pthread_t thread;
	/* To be read after text_server_stop. */
	unsigned connections; /* that were made */
	struct text_server_peer peers[TEXT_SERVER_CONNECTIONS];
};

/* Chooses a port; cuts off no connection. */
void text_server_open(struct text_server *server);
void text_server_start(struct text_server *server);

/* Ends the thread; connections stay open until text_server_close. */
void text_server_stop(struct text_server *server);
void text_server_close(struct text_server *server);

#endif
