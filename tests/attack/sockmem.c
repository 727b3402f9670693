/* Reads one dump of all IPv4 TCP sockets, and adds up as it arrives. */

#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/attack/sockmem.h"

enum {
	SOCKMEM_BUFFER = 32 * 1024
}; /* bytes */

static void
request_dump(int fd)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 body;
	} request = {
	    .header = {.nlmsg_len = sizeof(request),
		.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
	    .body = {.sdiag_family = AF_INET,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1),
		.idiag_states = ~(1U << TCP_LISTEN | 1U << TCP_TIME_WAIT)},
	};

	ck_assert_int_eq(send(fd, &request, sizeof(request), 0),
	    sizeof(request));
}

static uint64_t
sum_memory(const struct rtattr *attribute)
{
	uint32_t info[SK_MEMINFO_VARS] = {0};
	size_t len = RTA_PAYLOAD(attribute);

	memcpy(info, RTA_DATA(attribute),
	    len < sizeof(info) ? len : sizeof(info));
	return (uint64_t)info[SK_MEMINFO_RMEM_ALLOC] +
	    info[SK_MEMINFO_WMEM_QUEUED] + info[SK_MEMINFO_FWD_ALLOC] +
	    info[SK_MEMINFO_OPTMEM] + info[SK_MEMINFO_BACKLOG];
}

static void
add_socket(struct sockmem *sum, uint64_t bytes)
{
	sum->n++;
	sum->bytes += bytes;
	if (bytes > sum->most)
		sum->most = bytes;
}

/* The connections to count, and their sums. */
struct tally {
	uint16_t port;
	uint32_t from;
	struct sockmem *server, *clients;
};

/* Counts one socket. */
static void
count_socket(const struct nlmsghdr *header, const struct tally *tally)
{
	const struct inet_diag_msg *body = NLMSG_DATA(header);
	const struct rtattr *attribute = (const void *)(body + 1);
	size_t len = NLMSG_PAYLOAD(header, sizeof(*body));
	uint64_t bytes = 0;

	for (; RTA_OK(attribute, len); attribute = RTA_NEXT(attribute, len))
		if (attribute->rta_type == INET_DIAG_SKMEMINFO)
			bytes = sum_memory(attribute);
	if (ntohs(body->id.idiag_sport) == tally->port &&
	    ntohl(body->id.idiag_dst[0]) == tally->from)
		add_socket(tally->server, bytes);
	else if (ntohs(body->id.idiag_dport) == tally->port &&
	    ntohl(body->id.idiag_src[0]) == tally->from)
		add_socket(tally->clients, bytes);
}

/* Reads one datagram of the dump. Returns whether more follow. */
static bool
read_part(int fd, const struct tally *tally)
{
	union {
		struct nlmsghdr header; /* for alignment */
		uint8_t bytes[SOCKMEM_BUFFER];
	} buffer;
	const struct nlmsghdr *header = &buffer.header;
	ssize_t got = recv(fd, &buffer, sizeof(buffer), 0);
	size_t len = (size_t)got;

	ck_assert_int_gt(got, 0);
	for (; NLMSG_OK(header, len); header = NLMSG_NEXT(header, len)) {
		ck_assert_int_ne(header->nlmsg_type, NLMSG_ERROR);
		if (header->nlmsg_type == NLMSG_DONE)
			return false;
		count_socket(header, tally);
	}
	return true;
}

void
sockmem_look(uint16_t port, uint32_t from, struct sockmem *server,
    struct sockmem *clients)
{
	const struct tally tally = {port, from, server, clients};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	ck_assert_int_ge(fd, 0);
	memset(server, 0, sizeof(*server));
	memset(clients, 0, sizeof(*clients));
	request_dump(fd);
	while (read_part(fd, &tally))
		continue;
	close(fd);
}
