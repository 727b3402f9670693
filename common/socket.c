/* Sets socket options, with the reason for each value. Sending and receiving
 * are in stream.c. */

#include <sys/socket.h>
#include <sys/time.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "common/socket.h"

/*
 * Unsent bytes that the kernel holds for one connection. The limit bounds the
 * memory that a peer costs that never reads, and is large enough for the TCP
 * window to grow. Over a long way it is as many bytes as are under way, up to
 * SOCKET_NOTSENT_MOST: TCP sends those over a round trip, and a thread that
 * gets no processor for some milliseconds must not leave the way empty. Only a
 * peer that has acknowledged bytes has so large a window.
 */
#define SOCKET_NOTSENT	    (256 * 1024)
#define SOCKET_NOTSENT_MOST (2 * 1024 * 1024)

#define SOCKET_LONG_WAY 5000 /* microseconds of a round trip */

#define SOCKET_PACE_SMALL (64 * 1024 * 1024) /* bytes per second */

/* Bytes of a segment below that rate: as on Ethernet. */
#define SOCKET_PACE_SEGMENT 1460

static int
set_socket_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value));
}

int
socket_tune_client(int fd)
{
	/* A dead peer's connection fails after 90 seconds of silence. */
	if (set_socket_option(fd, IPPROTO_TCP, TCP_NODELAY, 1) != 0 ||
	    set_socket_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1) != 0 ||
	    set_socket_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 30) != 0 ||
	    set_socket_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10) != 0 ||
	    set_socket_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 6) != 0)
		return -1;
	return 0;
}

int
socket_tune_server(int fd, int timeout_s)
{
	struct timeval timeout = {.tv_sec = timeout_s};

	if (socket_tune_client(fd) != 0 ||
	    set_socket_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
		timeout_s * 1000) != 0 ||
	    set_socket_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT,
		SOCKET_NOTSENT) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout,
		sizeof(timeout)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout,
		sizeof(timeout)) != 0)
		return -1;
	return 0;
}

int
socket_acknowledge(int fd)
{
	return set_socket_option(fd, IPPROTO_TCP, TCP_QUICKACK, 1);
}

int
socket_unsent_limit(uint64_t window, uint32_t round_trip)
{
	if (round_trip < SOCKET_LONG_WAY || window < SOCKET_NOTSENT)
		return SOCKET_NOTSENT;
	return window < SOCKET_NOTSENT_MOST ? (int)window : SOCKET_NOTSENT_MOST;
}

int
socket_follow_window(int fd)
{
	struct tcp_info info = {.tcpi_rtt = 0};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
		return -1;
	if (info.tcpi_rtt < SOCKET_LONG_WAY)
		return 0;
	return set_socket_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT,
	    socket_unsent_limit((uint64_t)info.tcpi_snd_cwnd *
		    info.tcpi_snd_mss,
		info.tcpi_rtt));
}

int
socket_pace(int fd, uint64_t rate)
{
	/* TCP starts with a burst of ten segments. On the loopback interface
	 * segments have 64 KiB, and ten of them exceed a low rate. */
	if (rate < SOCKET_PACE_SMALL &&
	    set_socket_option(fd, IPPROTO_TCP, TCP_MAXSEG,
		SOCKET_PACE_SEGMENT) != 0)
		return -1;
	return setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate,
	    sizeof(rate));
}

int
socket_choose_reno(int fd)
{
	/* Every kernel has it and allows it without privileges (tcp(7)). */
	static const char reno[] = "reno";

	return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, reno,
	    sizeof(reno) - 1);
}
