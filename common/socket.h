#ifndef COMMON_SOCKET_H
#define COMMON_SOCKET_H

/* What the system is told about a socket. 0, or -1 with errno. Any thread may
 * call these. */

#include <stdint.h>

/*
 * Socket options for a server's connections; set on a listening socket, from
 * which accepted ones inherit them (Linux clones the listener): no delay,
 * keepalive, and timeout_s for every blocking call, for a peer that takes
 * nothing (TCP_USER_TIMEOUT, tcp(7)), and for stream_await
 * of stream.h.
 */
int socket_tune_server(int fd, int timeout_s);

/*
 * What is sent on this socket, or on those accepted from it, is paced by the
 * kernel at so many bytes a second (SO_MAX_PACING_RATE, socket(7)).
 */
int socket_pace(int fd, uint64_t rate);

/*
 * Reno for what is sent on this socket, or on those accepted from it: unlike
 * bbr it spaces nothing out by itself (after socket_pace the kernel still
 * does). For paths that nobody shares.
 */
int socket_choose_reno(int fd);

/* No delay, keepalive: for a client's connection. */
int socket_tune_client(int fd);

#endif
