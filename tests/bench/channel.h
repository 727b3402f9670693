#ifndef BENCH_CHANNEL_H
#define BENCH_CHANNEL_H

/*
 * The bytes of one connection of the load generator, plain or inside TLS 1.3.
 * Inside TLS the handshake is a part of sending and receiving. The peer's key
 * is not compared with anything. One thread.
 */

#include <sys/types.h>

#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>

struct ssl_st;

struct channel {
	int fd;		    /* -1: not connected */
	struct ssl_st *ssl; /* NULL: plain */
};

/*
 * Connects, and if protocol (a name for ALPN) is not NULL, prepares TLS;
 * nothing is sent yet. patience: seconds that a call without MSG_DONTWAIT may
 * wait. Returns 0, or -1 with errno set. The caller closes it with
 * channel_close.
 */
int channel_open(struct channel *channel, const struct sockaddr_in *address,
    const char *protocol, int patience);

/* Prepares TLS on a connected socket. Returns 0, or -1; channel_close closes
 * the socket in any case. */
int channel_encrypt(struct channel *channel, const char *protocol);

/* Like send(2). Sets *full if the socket must accept bytes before the next
 * call. EAGAIN without *full: the peer must send something first. */
ssize_t channel_send(struct channel *channel, const void *bytes, size_t n,
    int flags, bool *full);

/* Like recv(2), with MSG_TRUNC. After less than n bytes, or EAGAIN, epoll(7)
 * shows when there is more. Inside TLS n is at least 16 KiB. */
ssize_t channel_receive(struct channel *channel, void *buffer, size_t n,
    int flags);

/* May be called more than once. */
void channel_close(struct channel *channel);

#endif
