#ifndef COMMON_NET_H
#define COMMON_NET_H

/*
 * Listening, connecting, and IPv4 and IPv6 addresses. Errors are reported as a
 * line of text, since look-ups and sockets have different error numbers; the
 * text may contain a host name unescaped. Any thread may call these functions.
 */

#include <netinet/in.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>

struct addrinfo; /* netdb.h */

enum {
	NET_TEXT = 64,	 /* bytes of "[address%scope]:port" and a NUL */
	NET_ERROR = 512, /* bytes of an error line with its NUL */
};

/* An address with its port; smaller than struct sockaddr_storage. */
struct net_address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
};

/*
 * Listens on every address of host (NULL: all IPv4 and IPv6 addresses) with
 * non-blocking sockets and SO_REUSEADDR. If *port is 0, chooses a free port and
 * sets *port. fds contains have listening sockets; new ones are appended, up to
 * max in all, and the caller closes them. An address on which one of fds
 * already listens is skipped.
 *
 * Returns the number of sockets in fds, or -1 with error and errno set
 * (EHOSTUNREACH if the name was not found). Addresses that this machine does
 * not have are skipped if one is left; then error lists them (but is empty if
 * host is NULL). error is empty if none was skipped.
 */
int net_listen(const char *host, uint16_t *port, int *fds, int have, int max,
    char error[NET_ERROR]);

/*
 * Connects to one of the addresses in list (see resolve_host). Tries them in
 * order and starts the next attempt 250 ms after the last one without waiting
 * for it to fail (RFC 8305). timeout is in nanoseconds and covers all attempts.
 * If wake_fd is not -1, fails with errno ECANCELED once wake_fd is readable.
 * Returns a blocking socket, which the caller closes, or -1 with error and
 * errno set. Threads may share the list.
 */
int net_connect(const struct addrinfo *list, int64_t timeout, int wake_fd,
    char error[NET_ERROR]);

/* Writes the address and the text of errno into error; preserves errno. */
void net_describe_error(const struct addrinfo *info, char error[NET_ERROR]);

/* Gets the address that a socket is bound to. Returns 0, or -1 with errno. */
int net_local(int fd, struct net_address *address);

/* Gets the address that a socket is connected to. Returns 0, or -1 with errno.
 */
int net_peer(int fd, struct net_address *address);

/* Returns, or sets, the port of an address. */
uint16_t net_port(const struct net_address *address);
void net_set_port(struct net_address *address, uint16_t port);

/* Turns an IPv4-mapped IPv6 address (::ffff:192.0.2.1, RFC 4291, 2.5.5.2) into
 * the IPv4 address; leaves any other as it is. Keeps the port. */
void net_unmap(struct net_address *address);

/* Returns whether this is the address that stands for all: 0.0.0.0 or ::. */
bool net_is_any(const struct net_address *address);

/* Returns whether this is a loopback address: 127.0.0.0/8 or ::1. */
bool net_is_loopback(const struct net_address *address);

/* Compares addresses without their ports. Returns <0, 0 or >0. */
int net_compare_host(const struct net_address *a, const struct net_address *b);

/* Writes an address as "192.0.2.1:8080" or "[2001:db8::1]:8080". */
void net_print(const struct net_address *address, char text[NET_TEXT]);

/* Writes an address without its port as "192.0.2.1" or "2001:db8::1". */
void net_print_host(const struct net_address *address, char text[NET_TEXT]);

#endif
