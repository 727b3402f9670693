/* proxies: lists that are right with addresses in and outside of them, and
 * lists that are wrong. */

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "server/proxies.h"
#include "tests/unit/unit.h"

static struct net_address
named(const char *text)
{
	struct net_address address;

	memset(&address, 0, sizeof(address));
	address.any.sa_family = AF_INET;
	if (inet_pton(AF_INET, text, &address.in.sin_addr) == 1)
		return address;
	address.any.sa_family = AF_INET6;
	ck_assert_int_eq(inet_pton(AF_INET6, text, &address.in6.sin6_addr), 1);
	return address;
}

static const struct {
	const char *list, *address;
	bool contained;
} right[] = {
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.1", "192.0.2.2", false},
    {"192.0.2.1/32", "192.0.2.1", true},
    {"192.0.2.0/31", "192.0.2.1", true},
    {"192.0.2.0/31", "192.0.2.2", false},
    {"10.0.0.0/8", "10.255.255.255", true},
    {"10.0.0.0/8", "11.0.0.0", false},
    {"192.168.128.0/17", "192.168.128.1", true},
    {"192.168.128.0/17", "192.168.127.255", false},
    {"0.0.0.0/0", "203.0.113.9", true},
    {"0.0.0.0/0", "::1", false},
    {"::/0", "2001:db8::1", true},
    {"::/0", "192.0.2.1", false},
    {"::/0", "::ffff:192.0.2.1", false},
    {"::1", "::1", true},
    {"::1", "127.0.0.1", false},
    {"2001:db8::/32", "2001:db8:ffff::1", true},
    {"2001:db8::/32", "2001:db9::1", false},
    {"2001:db8::/127", "2001:db8::1", true},
    {"2001:db8::/127", "2001:db8::2", false},
    {"192.0.2.0/24", "::ffff:192.0.2.7", true},
    {"192.0.2.0/24", "::192.0.2.7", false},
    {"::ffff:192.0.2.0/120", "192.0.2.7", true},
    {"::ffff:192.0.2.0/120", "192.0.3.7", false},
    {"::ffff:192.0.2.7", "192.0.2.7", true},
    {"::ffff:0:0/96", "203.0.113.9", true},
    {"192.0.2.1,192.0.2.9", "192.0.2.9", true},
    {"192.0.2.1,10.0.0.0/8,::1", "::1", true},
    {"192.0.2.1,192.0.2.1", "192.0.2.1", true},
};

START_TEST(test_right)
{
	char error[PROXIES_ERROR] = "";
	struct net_address address;
	struct proxies proxies;
	size_t i;

	for (i = 0; i < UNIT_ROWS(right); i++) {
		proxies = (struct proxies){.n = 0};
		address = named(right[i].address);
		ck_assert(!proxies_contain(&proxies, &address));
		ck_assert_msg(proxies_add(&proxies, right[i].list, error) == 0,
		    "%s: %s", right[i].list, error);
		ck_assert_msg(proxies_contain(&proxies, &address) ==
			right[i].contained,
		    "%s, %s", right[i].list, right[i].address);
		ck_assert_msg(proxies_contain_all(&proxies) ==
			(strstr(right[i].list, "/0") != NULL ||
			    strstr(right[i].list, "/96") != NULL),
		    "%s", right[i].list);
	}
}
END_TEST

static const char no_network[] = "' is no address and no network";

static const struct {
	const char *list, *message;
} wrong[] = {
    {"", no_network},
    {",", no_network},
    {"192.0.2.1,", no_network},
    {",192.0.2.1", no_network},
    {"192.0.2.1,,::1", no_network},
    {"192.0.2.1, ::1", no_network},
    {" 192.0.2.1", no_network},
    {"proxy.example", no_network},
    {"192.0.2", no_network},
    {"192.0.2.01", no_network},
    {"192.0.2.1/", no_network},
    {"192.0.2.1/33", no_network},
    {"192.0.2.1/032", no_network},
    {"192.0.2.1/+8", no_network},
    {"192.0.2.1/8 ", no_network},
    {"192.0.2.1/1000000000000", no_network},
    {"192.0.2.1/255.255.255.0", no_network},
    {"192.0.2.1:80", no_network},
    {"::1/129", no_network},
    {"[::1]", no_network},
    {"fe80::1%lo", no_network},
    {"1111:2222:3333:4444:5555:6666:7777:8888:1111:2222:3333:4444:5555",
	no_network},
    {"10.0.0.5/8", "write 10.0.0.5 for this address alone, or 10.0.0.0/8"},
    {"0.0.0.1/0", "or 0.0.0.0/0"},
    {"2001:db8::1/32",
	"write 2001:db8::1 for this address alone, or "
	"2001:db8::/32"},
    {"::ffff:192.0.2.1/120",
	"write 192.0.2.1 for this address alone, or "
	"192.0.2.0/24"},
};

START_TEST(test_wrong)
{
	char error[PROXIES_ERROR];
	struct proxies proxies;
	size_t i;

	for (i = 0; i < UNIT_ROWS(wrong); i++) {
		proxies = (struct proxies){.n = 0};
		error[0] = '\0';
		ck_assert_msg(proxies_add(&proxies, wrong[i].list, error) == -1,
		    "%s", wrong[i].list);
		ck_assert_msg(strstr(error, wrong[i].message) != NULL, "%s: %s",
		    wrong[i].list, error);
	}
}
END_TEST

/* Several lists add up, to a limit. */
START_TEST(test_many)
{
	struct net_address address = named("10.0.0.63");
	struct proxies proxies = {.n = 0};
	char error[PROXIES_ERROR], text[32];
	int i;

	for (i = 0; i < PROXIES_MAX; i++) {
		ck_assert(!proxies_contain(&proxies, &address));
		snprintf(text, sizeof(text), "10.0.0.%d", i);
		ck_assert_int_eq(proxies_add(&proxies, text, error), 0);
	}
	ck_assert(proxies_contain(&proxies, &address));
	ck_assert_int_eq(proxies_add(&proxies, "192.0.2.1", error), -1);
	ck_assert_str_eq(error, "at most 64 networks");
}
END_TEST

Suite *
proxies_suite(void)
{
	Suite *suite = suite_create("proxies");
	TCase *tcase = tcase_create("networks");

	tcase_add_test(tcase, test_right);
	tcase_add_test(tcase, test_wrong);
	tcase_add_test(tcase, test_many);
	suite_add_tcase(suite, tcase);
	return suite;
}
