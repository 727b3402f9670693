#ifndef COMMON_TLS_H
#define COMMON_TLS_H

/*
 * TLS on a connected socket. Only transport.c and stream.c send and receive by
 * it. One thread at a time uses a connection; another may only call shutdown(2)
 * on the socket. No function closes the socket.
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "common/key_name.h"
#include "common/tls_peer.h"

struct tls;
struct tls_context;

#define TLS_PROBLEM 256 /* bytes of a message */

/* The reason of a failure, as far as callers must tell reasons apart. */
enum tls_failure {
	TLS_FAILS_NOT,
	TLS_FAILS_LOST,	   /* the connection ended or broke */
	TLS_FAILS_PLAIN,   /* the peer does not speak TLS */
	TLS_FAILS_VERSION, /* the peer speaks no TLS 1.3 */
	TLS_FAILS_ALPN,	   /* the peer speaks another protocol inside TLS */
	TLS_FAILS_PEER,	   /* the peer is not accepted by this side */
	TLS_FAILS_OURS,	   /* this side is not accepted by the peer */
	TLS_FAILS_OTHER,   /* see tls_problem */
};

/* Begins a connection on fd; nothing is sent yet. peer->arg must exist for as
 * long as the connection. Returns NULL without memory. */
struct tls *tls_new(struct tls_context *context, int fd,
    const struct tls_peer *peer);

/* Frees a connection and drops what was not sent. NULL is ignored. */
void tls_free(struct tls *tls);

/* Gives a handshake the n bytes that were received before it began. They must
 * stay until it ends. */
void tls_receive_early(struct tls *tls, const uint8_t *bytes, size_t n);

/* Bounds how many threads compute a step of a handshake at one time. */
struct tls_turns {
	/* Waits for a turn. Returns 0, or -1 with errno, which ends the
	 * handshake. */
	int (*take)(void *arg);
	void (*give)(void *arg);
	void *arg;
};

/* Makes each later tls_handshake take a turn; NULL: none any more. */
void tls_take_turns(struct tls *tls, const struct tls_turns *turns);

/* Goes on with the handshake without blocking. Returns 1 when it is complete,
 * 0 if it needs to receive or (*sends) to send, or -1 with errno: EPROTO for
 * what tls_failure and tls_problem tell, ENODATA at the peer's end. */
int tls_handshake(struct tls *tls, bool *sends);

/* Like recv(2) and send(2), with MSG_DONTWAIT or 0 for flags, and MSG_MORE; an
 * end of the peer is 0. errno is EPROTO for what only TLS can refuse. */
ssize_t tls_receive(struct tls *tls, void *bytes, size_t n, int flags);
ssize_t tls_send(struct tls *tls, const void *bytes, size_t n, int flags);

/*
 * Returns how many bytes tls_send has taken without having accepted them: after
 * it failed with EAGAIN, the next call must bring at least those bytes again,
 * from the same or another address. Else 0.
 */
size_t tls_unsent(const struct tls *tls);

/* Returns whether bytes, or a part of a record, were received that poll(2) on
 * the socket no longer shows. */
bool tls_pending(const struct tls *tls);

/* Tells the peer the end of sending (close_notify); does not block. */
void tls_end(struct tls *tls);

/* Returns the peer's key, or NULL if it has shown none. Valid as long as the
 * connection. */
const struct key_name *tls_peer_key(const struct tls *tls);

/* Of a complete handshake: "TLSv1.3", and for example
 * "TLS_AES_128_GCM_SHA256". */
const char *tls_protocol(const struct tls *tls);
const char *tls_cipher(const struct tls *tls);

/* Returns why the last call failed, as a text without control characters. */
enum tls_failure tls_failure(const struct tls *tls);
const char *tls_problem(const struct tls *tls);

/* Returns the text of the errno of a call that has failed: for EPROTO the
 * reason of TLS. tls may be NULL, which is plain. */
const char *tls_error_text(const struct tls *tls, int error);

#endif
