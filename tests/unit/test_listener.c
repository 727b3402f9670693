/*
 * What the listening sockets are told, which those accepted from them inherit.
 */

#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <string.h>
#include <unistd.h>

#include "server/listener.h"
#include "tests/unit/unit.h"

enum {
	DESCRIPTORS = 256, /* looked at */
	NAME = 16,	   /* bytes of a congestion control's */
};

/* Its congestion control, if this is a listening socket. */
static bool
congestion(int fd, char name[NAME])
{
	int listens = 0;
	socklen_t len = sizeof(listens), name_len = NAME - 1;

	memset(name, 0, NAME);
	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 &&
	    listens != 0 &&
	    getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &name_len) == 0;
}

/* Listens on an address (NULL: all) and expects this of each socket. */
static void
expect(const char *address, const char *expected)
{
	struct options options = {.addresses = {address},
	    .n_addresses = address != NULL,
	    .timeout = UNIT_TIMEOUT};
	char error[NET_ERROR], name[NAME];
	struct listener *listener = listener_new(&options, error);
	int fd, n = 0;

	ck_assert_msg(listener != NULL, "%s", error);
	for (fd = 0; fd < DESCRIPTORS; fd++)
		if (congestion(fd, name)) {
			ck_assert_str_eq(name, expected);
			n++;
		}
	ck_assert_int_ge(n, 1);
	listener_free(listener);
}

/* Where it may be reached from elsewhere, the system's stays as it is. */
START_TEST(test_congestion)
{
	char usual[NAME] = "";
	socklen_t len = sizeof(usual) - 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, usual,
			     &len),
	    0);
	close(fd);
	expect("127.0.0.1", "reno");
	expect("127.3.2.1", "reno");
	expect("0.0.0.0", usual);
	expect(NULL, usual);
}
END_TEST

Suite *
listener_suite(void)
{
	Suite *suite = suite_create("listener");
	TCase *tcase = unit_case(suite, "listener");

	tcase_add_test(tcase, test_congestion);
	return suite;
}
