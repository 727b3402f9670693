/*
 * The helpers of unit.h. All test folders of a run are in one folder, which the
 * first process creates and removes, so that a crashed test leaves nothing.
 */

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/net.h"
#include "common/resolve.h"
#include "tests/unit/unit.h"

static char base[256];

void
unit_open_folders(void)
{
	const char *temporary = getenv("TMPDIR");

	if (temporary == NULL || temporary[0] == '\0')
		temporary = "/tmp";
	snprintf(base, sizeof(base), "%s/fileserv-unit.XXXXXX", temporary);
	if (mkdtemp(base) == NULL) {
		perror(base);
		exit(2);
	}
}

static int
remove_one(const char *path, const struct stat *stat, int type, struct FTW *at)
{
	(void)stat;
	(void)type;
	(void)at;
	remove(path);
	return 0;
}

void
unit_close_folders(void)
{
	nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

TCase *
unit_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, UNIT_TIMEOUT);
	suite_add_tcase(suite, tcase);
	return tcase;
}

bool
unit_is_native(const char *tests)
{
	if (prctl(PR_GET_SECCOMP) >= 0)
		return true;
	fprintf(stderr, "%s: skipped: the kernel is emulated\n", tests);
	return false;
}

void
unit_folder(char path[UNIT_PATH])
{
	snprintf(path, UNIT_PATH, "%s/XXXXXX", base);
	ck_assert_ptr_nonnull(mkdtemp(path));
}

void
unit_path(char path[UNIT_PATH], const char *folder, const char *name)
{
	int len = snprintf(path, UNIT_PATH, "%s/%s", folder, name);

	ck_assert_int_lt(len, UNIT_PATH);
}

void
unit_write(const char *folder, const char *name, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;
	char path[UNIT_PATH];
	ssize_t done;
	int fd;

	unit_path(path, folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	for (; len > 0; from += done, len -= (size_t)done) {
		done = write(fd, from, len);
		ck_assert_int_gt(done, 0);
	}
	ck_assert_int_eq(close(fd), 0);
}

int
unit_listen(const char *host, uint16_t *port)
{
	char error[NET_ERROR] = "";
	int fd = -1;

	ck_assert_msg(net_listen(host, port, &fd, 0, 1, error) == 1, "%s",
	    error);
	return fd;
}

int
unit_connect(const char *host, uint16_t port, int64_t timeout, int wake_fd,
    char *error)
{
	struct addrinfo *list;
	int fd, saved;

	if (resolve_host(host, port, 0, &list, error, NET_ERROR) != 0)
		return -1;
	fd = net_connect(list, timeout, wake_fd, error);
	saved = errno;
	freeaddrinfo(list);
	errno = saved;
	return fd;
}

void
unit_tcp_pair(int pair[2])
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int listening;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(listening, 0);
	ck_assert_int_ge(pair[0], 0);
	ck_assert_int_eq(bind(listening, (struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	ck_assert_int_eq(listen(listening, 1), 0);
	ck_assert_int_eq(getsockname(listening, (struct sockaddr *)&address,
			     &len),
	    0);
	ck_assert_int_eq(connect(pair[0], (struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	pair[1] = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(pair[1], 0);
	close(listening);
}

uint32_t
unit_random(uint32_t *state)
{
	*state = *state * 1664525U + 1013904223U;
	return *state >> 8;
}

void
unit_fill(uint8_t *bytes, size_t len, uint32_t seed)
{
	while (len-- > 0)
		*bytes++ = (uint8_t)unit_random(&seed);
}

size_t
unit_bytes(const char *hex, uint8_t *bytes, size_t size)
{
	size_t n = 0;
	unsigned value;

	for (;;) {
		while (*hex == ' ')
			hex++;
		if (*hex == '\0')
			return n;
		ck_assert_uint_lt(n, size);
		ck_assert_int_eq(sscanf(hex, "%2x", &value), 1);
		bytes[n++] = (uint8_t)value;
		hex += 2;
	}
}

void
unit_send(int fd, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;
	ssize_t done;

	for (; len > 0; from += done, len -= (size_t)done) {
		done = send(fd, from, len, MSG_NOSIGNAL);
		ck_assert_msg(done > 0, "send: %s", strerror(errno));
	}
}

size_t
unit_receive(int fd, uint8_t *bytes, size_t max, int *code)
{
	size_t done = 0;
	ssize_t got;

	*code = 0;
	while (done < max) {
		got = recv(fd, bytes + done, max - done, 0);
		if (got < 0)
			*code = errno;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

void
unit_wait(int fd, short events)
{
	struct pollfd one = {.fd = fd, .events = events};

	ck_assert_int_eq(poll(&one, 1, -1), 1);
}

void
unit_drop_power(void)
{
	struct __user_cap_header_struct header = {
	    .version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	ck_assert_int_eq(syscall(SYS_capget, &header, data), 0);
	data[0].effective &=
	    ~(1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH);
	ck_assert_int_eq(syscall(SYS_capset, &header, data), 0);
}
