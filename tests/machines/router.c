/*
 * router: a long way between two network namespaces, for tests. It has a tun
 * device in each and passes packets from one to the other, with the delay,
 * rate, loss and queue of way.h in each direction. usage: router -d MS [-r
 * MBIT] [-l PERCENT] [-q MS] [-s SEED] DEVICE NAMESPACE NAMESPACE -d MS round
 * trip; each direction takes half of it -r MBIT    megabits a second, of IP
 * packets, in each direction -l PERCENT packets lost by chance in each
 * direction -q MS      time that a packet may wait for the link; default: the
 * round trip -s SEED    of the chance NAMESPACE is a name of ip-netns(8), in
 * both of which DEVICE is made. Its address and state are left to the caller,
 * who may set them after the line "ready". SIGTERM ends it; it then prints what
 * it has passed in each direction. Needs root.
 */

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#include <linux/if_tun.h>
#include <net/if.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/machines/way.h"

enum {
	ROUTER_BATCH = 64, /* packets of one direction, then the other's turn */
	ROUTER_UNLIMITED_QUEUE = 16 * 1024 * 1024, /* bytes */
};

struct router {
	int devices[2];
	struct way ways[2]; /* from devices[i] to the other one */
	int signals;
};

static double
number(const char *text, double most)
{
	char *end;
	double value;

	errno = 0;
	value = strtod(text, &end);
	if (errno != 0 || end == text || *end != '\0' || !(value >= 0) ||
	    value > most)
		errx(2, "%s is not a number from 0 to %.0f", text, most);
	return value;
}

/* Makes the device in the namespace, which this process then is in. */
static int
make_device(const char *namespace, const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) != 0)
		err(1, "%s", path);
	close(fd);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		err(1, "/dev/net/tun");
	if (snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name) >=
	    (int)sizeof(request.ifr_name))
		errx(2, "%s is too long for a device", name);
	if (ioctl(fd, TUNSETIFF, &request) != 0)
		err(1, "%s", name);
	return fd;
}

/* Other work on this machine must not make packets late. */
static void
hurry(void)
{
	struct sched_param first = {.sched_priority = 1};

	if (sched_setscheduler(0, SCHED_FIFO, &first) != 0)
		warn("without priority, times are less exact");
	(void)prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
}

static void
take_packets(struct router *router, int from, int64_t now)
{
	uint8_t bytes[WAY_PACKET];
	ssize_t got;
	int i;

	for (i = 0; i < ROUTER_BATCH; i++) {
		got = read(router->devices[from], bytes, sizeof(bytes));
		/* EIO: the device is not up yet. */
		if (got < 0 && errno != EAGAIN && errno != EINTR &&
		    errno != EIO)
			err(1, "read");
		if (got <= 0)
			return;
		way_take(&router->ways[from], bytes, (size_t)got, now);
	}
}

static void
pass_packets(struct router *router, int from, int64_t now)
{
	struct way *way = &router->ways[from];
	uint8_t bytes[WAY_PACKET];
	size_t n;
	int i;

	for (i = 0; i < ROUTER_BATCH && way_next(way) <= now; i++) {
		n = way_pass(way, bytes);
		/* A packet that the other side does not take is lost. */
		if (write(router->devices[!from], bytes, n) < 0)
			way->counts.lost++;
	}
}

/* Waits for packets from either side, for one that is due, or for a signal.
 * Returns whether a signal came. */
static int
await(const struct router *router)
{
	struct pollfd fds[3] = {
	    {.fd = router->devices[0], .events = POLLIN},
	    {.fd = router->devices[1], .events = POLLIN},
	    {.fd = router->signals, .events = POLLIN},
	};
	int64_t due = way_next(&router->ways[0]), other, left;
	struct timespec time;

	other = way_next(&router->ways[1]);
	if (other < due)
		due = other;
	left = due == CLOCK_NEVER ? CLOCK_SEC : due - clock_now();
	if (left < 0)
		left = 0;
	time.tv_sec = (time_t)(left / CLOCK_SEC);
	time.tv_nsec = (long)(left % CLOCK_SEC);
	if (ppoll(fds, 3, &time, NULL) < 0 && errno != EINTR)
		err(1, "ppoll");
	return (fds[2].revents & POLLIN) != 0;
}

static void
run(struct router *router)
{
	int64_t now;
	int i;

	while (!await(router)) {
		now = clock_now();
		for (i = 0; i < 2; i++)
			take_packets(router, i, now);
		for (i = 0; i < 2; i++)
			pass_packets(router, i, now);
	}
}

static int
open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (fd < 0)
		err(1, "signalfd");
	return fd;
}

static void
print_counts(const char *from, const struct way_counts *counts)
{
	printf("from %s: %" PRIu64 " packets, %" PRIu64 " bytes; %" PRIu64
	       " lost, %" PRIu64 " dropped\n",
	    from, counts->packets, counts->bytes, counts->lost,
	    counts->dropped);
}

static void
read_settings(int argc, char **argv, struct way_settings *settings)
{
	double trip = -1, queue = -1, seed = 1;
	int option;

	while ((option = getopt(argc, argv, "d:r:l:q:s:")) != -1)
		switch (option) {
		case 'd':
			trip = number(optarg, 10000);
			break;
		case 'r':
			settings->rate =
			    (uint64_t)(number(optarg, 10000) * 1e6 / 8);
			break;
		case 'l':
			settings->loss = number(optarg, 100) / 100;
			break;
		case 'q':
			queue = number(optarg, 10000);
			break;
		case 's':
			seed = number(optarg, UINT16_MAX);
			break;
		default:
			exit(2);
		}
	if (trip < 0 || argc - optind != 3)
		errx(2,
		    "usage: router -d MS [-r MBIT] [-l PERCENT] [-q MS] "
		    "[-s SEED] DEVICE NAMESPACE NAMESPACE");
	settings->delay = (int64_t)(trip * CLOCK_MS / 2);
	settings->queue = ROUTER_UNLIMITED_QUEUE;
	if (settings->rate > 0)
		settings->queue = (uint64_t)((queue < 0 ? trip : queue) *
				      (double)settings->rate / 1000) +
		    WAY_PACKET;
	settings->seed[0] = (uint16_t)seed;
}

int
main(int argc, char **argv)
{
	struct way_settings settings = {.loss = 0};
	struct router router;
	int i;

	read_settings(argc, argv, &settings);
	argv += optind;
	router.signals = open_signals();
	for (i = 0; i < 2; i++) {
		settings.seed[1] = (uint16_t)i;
		router.devices[i] = make_device(argv[1 + i], argv[0]);
		if (way_open(&router.ways[i], &settings) != 0)
			err(1, "way_open");
	}
	hurry();
	printf("ready\n");
	fflush(stdout);
	run(&router);
	for (i = 0; i < 2; i++) {
		print_counts(argv[1 + i], &router.ways[i].counts);
		way_close(&router.ways[i]);
	}
	return 0;
}
