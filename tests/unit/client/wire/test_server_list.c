/*
 * The list of servers: what HOST may be, which server is next, and what is kept
 * about those that have failed.
 */

#include <stdio.h>
#include <string.h>

#include "client/wire/server_list.h"
#include "tests/unit/unit.h"

static struct server_list list;
static char error[ENDPOINT_ERROR];

static void
setup(void)
{
	server_list_open(&list);
	error[0] = '\0';
}

static void
teardown(void)
{
	server_list_close(&list);
}

/* Writes the names of all servers, with a blank between them. */
static const char *
all_names(void)
{
	static char text[4096];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < list.n; i++) {
		strlcat(text, i == 0 ? "" : " ", sizeof(text));
		strlcat(text, list.members[i].name, sizeof(text));
	}
	return text;
}

static const struct {
	const char *text, *names;
	uint16_t port; /* PORT; 0: there is none */
} good[] = {
    {"h", "h:80", 80},
    {"h:81", "h:81", 0},
    {"a,b", "a:80 b:80", 80},
    {"a,b:81,c", "a:80 b:81 c:80", 80},
    {"a:1,b:2", "a:1 b:2", 0},
    /* One host at two ports is two servers. */
    {"a:1,a:2", "a:1 a:2", 0},
    {"a,a:81", "a:80 a:81", 80},
    {"host1,host2:8081,[::1]:9000", "host1:8080 host2:8081 [::1]:9000", 8080},
    {"::1,::2", "[::1]:80 [::2]:80", 80},
    {"[::1],::2", "[::1]:80 [::2]:80", 80},
    {"192.0.2.1,192.0.2.2:00081", "192.0.2.1:80 192.0.2.2:81", 80},
};

START_TEST(test_good)
{
	ck_assert_msg(server_list_read(&list, good[_i].text, error) == 0, "%s",
	    error);
	ck_assert(
	    (server_list_find_portless(&list) != NULL) == (good[_i].port != 0));
	ck_assert_msg(server_list_complete(&list, good[_i].port, error) == 0,
	    "%s", error);
	ck_assert_str_eq(all_names(), good[_i].names);
	ck_assert_ptr_null(server_list_find_portless(&list));
}
END_TEST

#define EMPTY                                                            \
	"the list of servers has an empty member (a comma too many, or " \
	"an unset variable?)"

#define BLANK " has a blank in it: HOST and PORT are two operands"

static const struct {
	const char *text, *said;
} wrong[] = {
    {"", "'' is no host name (an unset variable?)"},
    {",", EMPTY},
    {"a,", EMPTY},
    {",a", EMPTY},
    {"a,,b", EMPTY},
    {"a, b",
	"the list of servers has a blank in it: commas alone separate "
	"servers"},
    {" a", "' a'" BLANK},
    {"a 80", "'a 80'" BLANK},
    {"a\t", "'a\t'" BLANK},
    {"a,b:0", "'0' is too small (1 to 65535)"},
    {"a,b:65536", "'65536' is too large (1 to 65535)"},
    {"a,b:", "'b:' has no port after its ':'"},
    {"a,:80", "':80' has no host"},
    {"a,[::1", "'[::1' lacks a ']'"},
    {"a,[::1]x", "'[::1]x': only ':' and a port may follow the ']'"},
    {"a,::g",
	"'::g' is no IPv6 address; with a port one is written "
	"[ADDRESS]:PORT"},
    {"a,b/c", "'b/c' is no host name: it has a '/' in it"},
    {"http://a:80/b,c", "'http://a:80/b,c' is a URL: write a:80 b,c"},
};

START_TEST(test_wrong)
{
	ck_assert_int_eq(server_list_read(&list, wrong[_i].text, error), -1);
	ck_assert_str_eq(error, wrong[_i].said);
}
END_TEST

/* A member is doubled if host and port are the same after reading. */
START_TEST(test_doubled)
{
	static const struct {
		const char *text, *said;
	} rows[] = {
	    {"a,a", "a:80 is in the list twice"},
	    {"a,b,a", "a:80 is in the list twice"},
	    {"a,a:80", "a:80 is in the list twice"},
	    {"a:80,a", "a:80 is in the list twice"},
	    {"Host,hOST", "hOST:80 is in the list twice"},
	    {"[::1],::1", "[::1]:80 is in the list twice"},
	    {"[::1]:80,[0:0::1]", "[0:0::1]:80 is in the list twice"},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		setup();
		ck_assert_int_eq(server_list_read(&list, rows[i].text, error),
		    0);
		ck_assert_int_eq(server_list_complete(&list, 80, error), -1);
		ck_assert_str_eq(error, rows[i].said);
	}
}
END_TEST

START_TEST(test_most)
{
	char text[1024] = "";
	int i;

	for (i = 0; i < SERVER_LIST_MAX; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "%sh%d", i == 0 ? "" : ",", i);
	ck_assert_int_eq(server_list_read(&list, text, error), 0);
	ck_assert_uint_eq(list.n, SERVER_LIST_MAX);
	ck_assert_int_eq(server_list_add(&list, "one", 1), -1);
	ck_assert_uint_eq(server_list_usable(&list), UINT64_MAX);
	setup();
	strlcat(text, ",more", sizeof(text));
	ck_assert_int_eq(server_list_read(&list, text, error), -1);
	ck_assert_str_eq(error, "more than 64 servers");
}
END_TEST

/* A member is as long as it may be, and longer. */
START_TEST(test_long)
{
	char text[2 * ENDPOINT_HOST + 4];

	memset(text, 'a', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(server_list_read(&list, text, error), -1);
	ck_assert_str_eq(error, "a host name has at most 253 characters");
	memcpy(text + 253, ",b", 3);
	ck_assert_int_eq(server_list_read(&list, text, error), 0);
	ck_assert_uint_eq(list.n, 2);
}
END_TEST

/* The next one is behind this one, or the first of the set. */
START_TEST(test_next)
{
	static const struct {
		size_t at;
		uint64_t set;
		int next; /* -1: none */
	} rows[] = {{0, 7, 1}, {1, 7, 2}, {2, 7, 0}, {0, 1, 0}, {0, 4, 2},
	    {2, 2, 1}, {1, 1, 0}, {0, 0, -1}};
	const struct server *next;
	size_t i;

	ck_assert_int_eq(server_list_read(&list, "a,b,c", error), 0);
	for (i = 0; i < UNIT_ROWS(rows); i++) {
		next = server_list_next(&list, &list.members[rows[i].at],
		    rows[i].set);
		if (rows[i].next < 0)
			ck_assert_ptr_null(next);
		else
			ck_assert_ptr_eq(next, &list.members[rows[i].next]);
	}
	ck_assert_uint_eq(server_list_usable(&list), 7);
	atomic_store(&list.members[1].is_foreign, true);
	ck_assert_uint_eq(server_list_usable(&list), 5);
	ck_assert_uint_eq(server_list_bit(&list, &list.members[2]), 4);
}
END_TEST

START_TEST(test_reasons)
{
	char text[64], reason[SERVER_LIST_REASON];

	ck_assert_int_eq(server_list_read(&list, "a,b,c", error), 0);
	server_list_tell(&list, text, sizeof(text));
	ck_assert_str_eq(text, "");
	server_list_note(&list, &list.members[2], "c: late");
	server_list_note(&list, &list.members[0], "a: no");
	server_list_tell(&list, text, sizeof(text));
	ck_assert_str_eq(text, "a: no; c: late");
	server_list_note(&list, &list.members[0], "a: other");
	server_list_reason(&list, &list.members[0], reason);
	ck_assert_str_eq(reason, "a: other");
	server_list_tell(&list, text, 10);
	ck_assert_str_eq(text, "a: other;");
}
END_TEST

/* Addresses stand for themselves; what is there already, or is not found,
 * makes no second one. */
START_TEST(test_expand)
{
	ck_assert_int_eq(server_list_read(&list,
			     "127.0.0.1:1,[::1]:2,[0::1]:2,nothing.invalid:3",
			     error),
	    0);
	ck_assert_uint_eq(server_list_expand(&list), 0);
	ck_assert_str_eq(all_names(), "127.0.0.1:1 [::1]:2 nothing.invalid:3");
}
END_TEST

Suite *
server_list_suite(void)
{
	Suite *suite = suite_create("server_list");
	TCase *tcase = tcase_create("server_list");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_good, 0, UNIT_ROWS(good));
	tcase_add_loop_test(tcase, test_wrong, 0, UNIT_ROWS(wrong));
	tcase_add_test(tcase, test_doubled);
	tcase_add_test(tcase, test_most);
	tcase_add_test(tcase, test_long);
	tcase_add_test(tcase, test_next);
	tcase_add_test(tcase, test_reasons);
	tcase_add_test(tcase, test_expand);
	suite_add_tcase(suite, tcase);
	return suite;
}
