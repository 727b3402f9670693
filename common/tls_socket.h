#ifndef COMMON_TLS_SOCKET_H
#define COMMON_TLS_SOCKET_H

/*
 * The way in which the library of TLS reaches a socket: by recv(2) and send(2),
 * each of which can be told not to block and causes no signal. Only tls.c uses
 * it; one thread at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bio_st; /* BIO of OpenSSL */

struct tls_socket {
	int fd;
	int flags;	/* for send(2) and recv(2) */
	int error;	/* errno of the last call that failed; EPROTO: too many
			   calls without a byte for the caller */
	bool ended;	/* the socket's end was received */
	unsigned reads; /* recv(2) calls since the caller has set it to 0 */
	/* Bytes that were received before the socket's next ones. */
	const uint8_t *early;
	size_t early_len;
};

/* Makes a BIO on a socket, which must exist for as long. The caller, or the
 * connection that it gives the BIO to, frees it. Returns NULL without
 * memory. */
struct bio_st *tls_socket_bio(struct tls_socket *socket);

#endif
