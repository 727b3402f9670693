#ifndef COMMON_NET_H
#define COMMON_NET_H

/*
 * Addresses: to listen on, to connect to, to print. Errors come as a line of
 * text, since look-ups and sockets have error numbers of different kinds; it
 * may hold a host's name as it was given, so it is to be escaped.
 */

#include <netinet/in.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <stdint.h>

struct addrinfo; /* netdb.h */

enum {
	NET_TEXT = 64,	 /* "[address%scope]:port" and a NUL, bytes */
	NET_ERROR = 512, /* bytes */
};

/* A peer's or an own address, no larger than it must be. */
struct net_address {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
};

/*
 * Listens on every address that host (NULL: all, IPv4 and IPv6) stands for,
 * with SO_REUSEADDR; the sockets do not block. *port 0 takes a free one and
 * is set to it. fds holds have sockets that listen already; those that are
 * added, the caller's to close, follow, up to max in all. An address that is
 * among them is passed over.
 *
 * Returns how many there are now, or -1 with error and errno set
 * (EHOSTUNREACH when the name was not found). Where host has several addresses,
 * those that this machine does not have are passed over as long as one is left;
 * error then says which and why, and is empty otherwise. For all addresses
 * (NULL) it says nothing about them.
 */
int net_listen(const char *host, uint16_t *port, int *fds, int have, int max,
    char error[NET_ERROR]);

/*
 * Connects to host, trying its addresses in turn, the next one 250 ms after
 * the last without waiting for that one to fail (RFC 8305). timeout
 * (nanoseconds) covers all of it but the look-up. wake_fd, or -1: gives up
 * with errno ECANCELED once it is readable. Returns a blocking socket, the
 * caller's to close, or -1 with error and errno set (EHOSTUNREACH when the
 * name was not found).
 */
int net_connect(const char *host, uint16_t port, int64_t timeout, int wake_fd,
    char error[NET_ERROR]);

/*
 * The two halves of net_connect: finds the addresses of host, and connects to
 * one of those found. net_look_up returns 0 with *found set, which the caller
 * gives to freeaddrinfo(3), or -1 with error set and errno EHOSTUNREACH. The
 * same list may be used by several threads at a time.
 */
int net_look_up(const char *host, uint16_t port, struct addrinfo **found,
    char error[NET_ERROR]);
int net_connect_found(const struct addrinfo *found, int64_t timeout,
    int wake_fd, char error[NET_ERROR]);

/* Writes the address and the reason that errno gives into error; keeps errno.
 */
void net_describe_error(const struct addrinfo *info, char error[NET_ERROR]);

/* The address a socket is bound to. */
int net_local(int fd, struct net_address *address);

uint16_t net_port(const struct net_address *address);

/* Whether this is "all addresses". */
bool net_is_any(const struct net_address *address);

/* Whether what goes there stays in this machine: 127.0.0.0/8, ::1. */
bool net_is_loopback(const struct net_address *address);

/* Orders addresses without their ports, as strcmp does. */
int net_compare_host(const struct net_address *a, const struct net_address *b);

/* "192.0.2.1:8080", "[2001:db8::1]:8080"; without the port, no brackets. */
void net_print(const struct net_address *address, char text[NET_TEXT]);
void net_print_host(const struct net_address *address, char text[NET_TEXT]);

#endif
