#ifndef HARNESS_HOSTILE_TLS_H
#define HARNESS_HOSTILE_TLS_H

/*
 * A client that makes an honest handshake of TLS 1.3 with the library and then
 * encrypts records of its own, which the library would never send. Shares no
 * code with the programs. Failures fail the test.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ssl_st;

enum {
	HOSTILE_SECRET = 32,	  /* bytes, with TLS_AES_128_GCM_SHA256 */
	HOSTILE_EXTRA = 22,	  /* bytes of a record around its content */
	HOSTILE_HELLO_MAX = 2048, /* bytes */
	HOSTILE_RECORD = 16384 + 512 + HOSTILE_EXTRA, /* the longest one here */

	/* Types of records and of messages (RFC 8446, B.1 and B.3). */
	HOSTILE_CHANGE_CIPHER = 20,
	HOSTILE_ALERT = 21,
	HOSTILE_HANDSHAKE = 22,
	HOSTILE_DATA = 23,
	HOSTILE_HEARTBEAT = 24,
	HOSTILE_HELLO = 1,
	HOSTILE_TICKET = 4,
	HOSTILE_CERTIFICATE = 11,
	HOSTILE_FINISHED = 20,
	HOSTILE_KEY_UPDATE = 24,
};

struct hostile_tls {
	int fd;
	struct ssl_st *ssl; /* receives; sends nothing after the handshake */
	uint8_t secret[HOSTILE_SECRET]; /* of our direction */
	uint64_t sequence;		/* of the next record */
};

/* Builds a record with the first message of an honest client. Returns its
 * length. */
size_t hostile_tls_hello(uint8_t bytes[HOSTILE_HELLO_MAX]);

/* Connects a socket of wire.h (wire_connect) and makes the handshake. */
void hostile_tls_open(struct hostile_tls *hostile, uint16_t port);

/* Encrypts len bytes as one record of this type to record, of HOSTILE_RECORD
 * bytes. Type 0: the record has no type, only padding. Returns its length. */
size_t hostile_tls_build(struct hostile_tls *hostile, uint8_t type,
    const void *bytes, size_t len, uint8_t *record);

/* Sends a record of this type. */
void hostile_tls_send(struct hostile_tls *hostile, uint8_t type,
    const void *bytes, size_t len);

/* Goes on with the next key; a KeyUpdate must have been sent before. */
void hostile_tls_next_key(struct hostile_tls *hostile);

/* Receives len bytes inside TLS. Returns false if the server ends first. */
bool hostile_tls_read(struct hostile_tls *hostile, void *bytes, size_t len);

/* Resets the connection. */
void hostile_tls_close(struct hostile_tls *hostile);

#endif
