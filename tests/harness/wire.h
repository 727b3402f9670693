#ifndef HARNESS_WIRE_H
#define HARNESS_WIRE_H

/*
 * A connection as bytes: plain sockets that share no code with the programs,
 * and the listening side for tests in which fileget meets a server that does
 * not behave. Every wait has a deadline; failures are failures of the test.
 * "Exactly" means that an end or a reset before that fails too. Descriptors
 * are the caller's to close.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/digest.h"
#include "tests/harness/sum.h"

struct wire_options {
	const char *from;   /* source address, or NULL */
	const char *to;	    /* NULL: 127.0.0.1 */
	int receive_buffer; /* SO_RCVBUF, bytes; 0: as it is */
	int send_buffer;    /* SO_SNDBUF, bytes; 0: as it is */
};

/* How the other side ended. */
enum wire_end {
	WIRE_ORDERLY,
	WIRE_RESET
};

/* Connected to 127.0.0.1; no delay for small writes. */
int wire_connect(uint16_t port);
int wire_connect_with(uint16_t port, const struct wire_options *options);

/* -1 with errno where wire_connect would fail the test. */
int wire_try_connect(uint16_t port, const struct wire_options *options);

/* A listening socket on 127.0.0.1. */
int wire_listen(uint16_t *port);

/* ---- sending ------------------------------------------------------------ */

void wire_send(int fd, const void *bytes, size_t len);

/* No more will be sent. */
void wire_half_close(int fd);

/* Closes with a reset. */
void wire_reset(int fd);

/* ---- receiving ---------------------------------------------------------- */

/* Exactly len bytes. */
void wire_read(int fd, void *bytes, size_t len);

/* Exactly n bytes into a SHA-256 and, unless NULL, a digest. */
void wire_read_sum(int fd, uint64_t n, struct sum *sum, struct digest *digest);

/* Reads to the end, whatever comes; *got, unless NULL, counts the bytes. */
enum wire_end wire_drain(int fd, uint64_t *got);

/* That nothing more comes, and the other side ends so. */
void wire_expect_end(int fd, enum wire_end end);

#endif
