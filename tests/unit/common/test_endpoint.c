/*
 * Hosts and ports as text: accepted forms, and the errors for others.
 */

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "common/endpoint.h"
#include "tests/unit/unit.h"

static char error[ENDPOINT_ERROR];

static const struct {
	const char *text, *host;
	int port; /* -1: no port */
} good[] = {
    {"localhost", "localhost", -1},
    {"localhost:80", "localhost", 80},
    {"localhost.", "localhost.", -1},
    {"localhost.:80", "localhost.", 80},
    {"127.0.0.1", "127.0.0.1", -1},
    {"127.0.0.1:65535", "127.0.0.1", 65535},
    {"127.1", "127.1", -1},
    {"0x7f000001:1", "0x7f000001", 1},
    {"::1", "::1", -1},
    {"::", "::", -1},
    {"[::1]", "::1", -1},
    {"[::1]:8080", "::1", 8080},
    {"[::]:0", "::", 0},
    {"::1:8080", "::1:8080", -1},
    {"2001:db8::1", "2001:db8::1", -1},
    {"::ffff:192.0.2.1", "::ffff:192.0.2.1", -1},
    {"fe80::1%eth0", "fe80::1%eth0", -1},
    {"[fe80::1%eth0]:80", "fe80::1%eth0", 80},
    {"fe80::1%3", "fe80::1%3", -1},
    {"[fe80::1%25eth0]:80", "fe80::1%eth0", 80},
    {"fe80::1%25", "fe80::1%25", -1},
    {"fe80::1%253", "fe80::1%253", -1},
    {"fe80::1%eth0:1", "fe80::1%eth0:1", -1},
    {"[localhost]:80", "localhost", 80},
    {"b\303\274cher.example:80", "b\303\274cher.example", 80},
    {"h:000000080", "h", 80},
};

START_TEST(test_good)
{
	struct endpoint endpoint;

	memset(&endpoint, 0xee, sizeof(endpoint));
	ck_assert_msg(endpoint_parse(&endpoint, good[_i].text, ENDPOINT_LISTEN,
			  error) == 0,
	    "%s: %s", good[_i].text, error);
	ck_assert_str_eq(endpoint.host, good[_i].host);
	ck_assert_msg(endpoint.has_port == (good[_i].port >= 0), "%s",
	    good[_i].text);
	if (endpoint.has_port)
		ck_assert_int_eq(endpoint.port, good[_i].port);
}
END_TEST

#define NO_PORT(text) \
	"'" text "' is neither a number (1 to 65535) nor a known service"

static const struct {
	const char *text, *said;
} wrong[] = {
    {"", "'' is no host name (an unset variable?)"},
    {":80", "':80' has no host"},
    {"[]", "'[]' has no host"},
    {"[]:80", "'[]:80' has no host"},
    {"h:", "'h:' has no port after its ':'"},
    {"[::1]:", "'[::1]:' has no port after its ':'"},
    {"[::1", "'[::1' lacks a ']'"},
    {"[::1]80", "'[::1]80': only ':' and a port may follow the ']'"},
    {"h:0", "'0' is too small (1 to 65535)"},
    {"h:65536", "'65536' is too large (1 to 65535)"},
    {"h:99999999999999999999",
	"'99999999999999999999' is too large (1 to "
	"65535)"},
    {"h:+80", NO_PORT("+80")},
    {"h: 80", NO_PORT(" 80")},
    {"h:80 ", NO_PORT("80 ")},
    {"h:-1", NO_PORT("-1")},
    {"h:0x50", NO_PORT("0x50")},
    {"h:no-such-service", NO_PORT("no-such-service")},
    {"h:80:81",
	"'h:80:81' is no IPv6 address; with a port one is written "
	"[ADDRESS]:PORT"},
    {"[::1]:80:81", NO_PORT("80:81")},
    {":::",
	"':::' is no IPv6 address; with a port one is written "
	"[ADDRESS]:PORT"},
    {"fe80::1", "'fe80::1' needs the interface that leads there: fe80::1%eth0"},
    {"[febf::1]:80",
	"'febf::1' needs the interface that leads there: febf::1%eth0"},
    {"fe80::1%",
	"'fe80::1' needs the interface that leads there: fe80::1%eth0"},
    {"a,b", "'a,b' is more than one host"},
    {"h/name", "'h/name' is no host name: it has a '/' in it"},
    {"http://h:80/a/b", "'http://h:80/a/b' is a URL: write h:80 a/b"},
    {"http://h/a", "'http://h/a' is a URL: write h PORT a"},
    {"http://[::1]/a", "'http://[::1]/a' is a URL: write [::1] PORT a"},
    {"http://[::1]:80", "'http://[::1]:80' is a URL: write [::1]:80"},
    {"http://", "'http://' is a URL: write  PORT"},
    {"http://h:80/a#SECRET", "'http://h:80/a' is a URL: write h:80 a"},
    {"http://h#SECRET", "'http://h' is a URL: write h PORT"},
    {"FILES://h:1/n#SECRET", "a link (files://) is not an address"},
    {"files://h:1/n#SECRET", "a link (files://) is not an address"},
};

START_TEST(test_wrong)
{
	struct endpoint endpoint;

	ck_assert_msg(endpoint_parse(&endpoint, wrong[_i].text,
			  ENDPOINT_CONNECT, error) == -1,
	    "%s", wrong[_i].text);
	ck_assert_str_eq(error, wrong[_i].said);
}
END_TEST

/* The longest name, with and without a final dot, and one byte more. */
START_TEST(test_long)
{
	struct endpoint endpoint;
	char text[2 * ENDPOINT_HOST];
	size_t len;

	memset(text, 'x', sizeof(text));
	for (len = ENDPOINT_NAME_MAX - 1; len < sizeof(text) - 4; len++) {
		strlcpy(text + len, ".:1", 4);
		ck_assert_int_eq(endpoint_parse(&endpoint, text,
				     ENDPOINT_CONNECT, error),
		    len <= ENDPOINT_NAME_MAX ? 0 : -1);
		text[len] = ':';
		text[len + 1] = '1';
		text[len + 2] = '\0';
		ck_assert_int_eq(endpoint_parse(&endpoint, text,
				     ENDPOINT_CONNECT, error),
		    len <= ENDPOINT_NAME_MAX ? 0 : -1);
		memset(text + len, 'x', 4);
	}
	ck_assert_str_eq(error, "a host name has at most 253 characters");
	/* An error of any length stays one line. */
	text[0] = ':';
	text[1] = ':';
	text[ENDPOINT_HOST - 1] = '\0';
	ck_assert_int_eq(endpoint_parse(&endpoint, text, ENDPOINT_CONNECT,
			     error),
	    -1);
	ck_assert_uint_lt(strlen(error), ENDPOINT_ERROR);
}
END_TEST

/* A client may name a service that the system knows. */
START_TEST(test_service)
{
	const struct servent *http = getservbyname("http", "tcp");
	struct endpoint endpoint;
	uint16_t port = 0;
	int expected = http == NULL ? -1 : 0;

	ck_assert_int_eq(endpoint_parse_port("http", ENDPOINT_CONNECT, &port,
			     error),
	    expected);
	ck_assert_int_eq(endpoint_parse(&endpoint, "[::1]:http",
			     ENDPOINT_CONNECT, error),
	    expected);
	/* A server needs a number. */
	ck_assert_int_eq(endpoint_parse_port("http", ENDPOINT_LISTEN, &port,
			     error),
	    -1);
	ck_assert_str_eq(error, "'http' is not a number (0 to 65535)");
	if (http == NULL) {
		fprintf(stderr, "test_service: skipped: no /etc/services\n");
		return;
	}
	ck_assert_uint_eq(port, 80);
	ck_assert_uint_eq(endpoint.port, 80);
}
END_TEST

START_TEST(test_same_host)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {{"a", "A", true}, {"a.", "a", true}, {"a.", "A.", true},
	    {"a..", "a", false}, {"a", "ab", false}, {"a", "b", false},
	    {".", "", false}, {"::1", "0:0::1", true}, {"::1", "::2", false},
	    {"::1%lo", "::1", false}, {"127.0.0.1", "127.0.0.2", false},
	    {"127.0.0.1", "127.1", true}, {"127.0.0.1.", "0x7f000001", true},
	    {"127.0.0.1", "2130706433", true}, {"010.0.0.1", "8.0.0.1", true},
	    {"127.0.0.1", "::ffff:127.0.0.1", true},
	    {"::ffff:7f00:1", "127.1", true}, {"127.0.0.1", "::1", false},
	    {"fe80::1%lo", "FE80:0::1%1", true},
	    {"fe80::1%lo", "fe80::1%4294967", false},
	    {"fe80::1%none", "fe80::1%NONE", true},
	    {"fe80::1%none", "fe80:0::1%none", true},
	    {"fe80::1%none", "fe80::1%other", false}};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++)
		ck_assert_msg(endpoint_same_host(rows[i].a, rows[i].b) ==
			    rows[i].same &&
			endpoint_same_host(rows[i].b, rows[i].a) ==
			    rows[i].same,
		    "%s %s", rows[i].a, rows[i].b);
}
END_TEST

START_TEST(test_print)
{
	char text[ENDPOINT_TEXT], host[ENDPOINT_HOST];

	ck_assert_str_eq(endpoint_print("myhost", 80, text), "myhost:80");
	ck_assert_str_eq(endpoint_print("::1", 65535, text), "[::1]:65535");
	/* The longest host fits. */
	memset(host, ':', sizeof(host));
	host[sizeof(host) - 1] = '\0';
	ck_assert_uint_eq(strlen(endpoint_print(host, 65535, text)),
	    sizeof(text) - 1);
}
END_TEST

Suite *
endpoint_suite(void)
{
	Suite *suite = suite_create("endpoint");
	TCase *tcase = unit_case(suite, "endpoint");

	tcase_add_loop_test(tcase, test_good, 0, UNIT_ROWS(good));
	tcase_add_loop_test(tcase, test_wrong, 0, UNIT_ROWS(wrong));
	tcase_add_test(tcase, test_long);
	tcase_add_test(tcase, test_service);
	tcase_add_test(tcase, test_same_host);
	tcase_add_test(tcase, test_print);
	return suite;
}
