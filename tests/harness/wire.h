#ifndef HARNESS_WIRE_H
#define HARNESS_WIRE_H

/*
 * Connections as bytes: sockets that share no code with the programs, and a
 * listening socket for tests in which fileget meets a misbehaving server. Each
 * wait has a deadline; failures fail the test. "Exactly" means that an earlier
 * end or reset fails the test too. The caller closes the descriptors.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/digest.h"
#include "tests/harness/sum.h"

struct wire_options {
	const char *from;   /* source address, or NULL */
	const char *to;	    /* NULL: 127.0.0.1 */
	int receive_buffer; /* SO_RCVBUF in bytes; 0: the default */
	int send_buffer;    /* SO_SNDBUF in bytes; 0: the default */
};

/* The ways in which the peer can end. */
enum wire_end {
	WIRE_ORDERLY,
	WIRE_RESET
};

/* Return a socket connected to 127.0.0.1, with TCP_NODELAY. */
int wire_connect(uint16_t port);
int wire_connect_with(uint16_t port, const struct wire_options *options);

/* Connects as wire_connect does; returns -1 with errno on failure. */
int wire_try_connect(uint16_t port, const struct wire_options *options);

/* Returns a listening socket on 127.0.0.1 and sets *port. */
int wire_listen(uint16_t *port);

/* ---- sending ------------------------------------------------------------ */

void wire_send(int fd, const void *bytes, size_t len);

/* Shuts down sending. */
void wire_half_close(int fd);

/* Closes with a reset. */
void wire_reset(int fd);

/* ---- receiving ---------------------------------------------------------- */

/* Receives exactly len bytes. */
void wire_read(int fd, void *bytes, size_t len);

/* Receives exactly n bytes and adds them to a SHA-256 and to digest, which may
 * be NULL. */
void wire_read_sum(int fd, uint64_t n, struct sum *sum, struct digest *digest);

/* Receives and drops all bytes up to the end; sets *got, which may be NULL, to
 * their number. */
enum wire_end wire_drain(int fd, uint64_t *got);

/* Checks that no byte follows and that the peer ends in this way. */
void wire_expect_end(int fd, enum wire_end end);

#endif
