#ifndef COMMON_SOCKET_H
#define COMMON_SOCKET_H

/* Options of TCP sockets. Each function returns 0, or -1 with errno; any thread
 * may call it. */

#include <stdint.h>

/*
 * Prepares a listening socket of a server; Linux copies the options to the
 * sockets accepted from it. Sets TCP_NODELAY and keepalive. Sets timeout_s
 * (seconds) as the limit of each blocking call (SO_RCVTIMEO, SO_SNDTIMEO) and
 * for a peer that acknowledges nothing (TCP_USER_TIMEOUT).
 */
int socket_tune_server(int fd, int timeout_s);

/* Limits sending on this socket, and on sockets accepted from it, to rate bytes
 * per second (SO_MAX_PACING_RATE, socket(7)). */
int socket_pace(int fd, uint64_t rate);

/*
 * Selects Reno congestion control for this socket and for sockets accepted from
 * it. Unlike BBR it does not pace by itself; socket_pace still works. Use it on
 * paths that carry no other traffic.
 */
int socket_choose_reno(int fd);

/*
 * Sets how many unsent bytes the kernel holds for a connection of a server
 * (TCP_NOTSENT_LOWAT) by its window and round trip now; call it now and then
 * while a large body is sent. A failure leaves the limit as it was.
 */
int socket_follow_window(int fd);

/* Returns the bytes that socket_follow_window sets for a window in bytes and a
 * round trip in microseconds. */
int socket_unsent_limit(uint64_t window, uint32_t round_trip);

/*
 * Acknowledges at once what has arrived (TCP_QUICKACK). A peer that sends its
 * next bytes only then (Nagle's algorithm, RFC 896) would wait 40 ms for the
 * acknowledgement, if nothing is sent to it before.
 */
int socket_acknowledge(int fd);

/* Prepares a client's connection: sets TCP_NODELAY and keepalive. */
int socket_tune_client(int fd);

#endif
