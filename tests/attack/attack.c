/* Common to all attacks: their size, a network namespace, verdicts and
 * messages. */

#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <net/if.h>

#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/attack/attack.h"
#include "tests/harness/harness.h"

void
verdict_begin(struct verdict *verdict)
{
	verdict->held = true;
	verdict->why[0] = '\0';
}

void
verdict_expect(struct verdict *verdict, bool holds, const char *format, ...)
{
	va_list ap;

	if (holds || !verdict->held)
		return;
	verdict->held = false;
	va_start(ap, format);
	vsnprintf(verdict->why, sizeof(verdict->why), format, ap);
	va_end(ap);
}

void
verdict_assert(const struct verdict *verdict)
{
	ck_assert_msg(verdict->held, "%s", verdict->why);
}

static uint64_t
scale(void)
{
	const char *text = getenv("ATTACK_SCALE");
	uint64_t value = text == NULL ? 1 : strtoull(text, NULL, 10);

	return value == 0 ? 1 : value;
}

uint64_t
attack_scaled(uint64_t n, uint64_t least)
{
	uint64_t scaled = n / scale();

	return scaled < least ? least : scaled;
}

bool
attack_is_full(void)
{
	return scale() == 1;
}

static void
raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Sets the loopback interface up, which is down in a new network namespace. */
static int
raise_loopback(void)
{
	struct ifreq request = {.ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), result;

	strlcpy(request.ifr_name, "lo", sizeof(request.ifr_name));
	result = fd < 0 ? -1 : ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
	return result;
}

/* Allows more source ports. Failure is ignored: the attacks then use fewer
 * ports. */
static void
widen_ports(void)
{
	static const char range[] = "10000 65535";
	int fd = open("/proc/sys/net/ipv4/ip_local_port_range",
	    O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, range, sizeof(range) - 1);
	close(fd);
}

void
attack_enter(void)
{
	raise_descriptors();
	if (unshare(CLONE_NEWNET) != 0 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
		harness_skip("a network of its own", "not allowed here");
		return;
	}
	ck_assert_msg(raise_loopback() == 0, "no loopback interface");
	widen_ports();
}

void
attack_say(const char *name, const char *format, ...)
{
	va_list ap;

	printf("%s: ", name);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
}
