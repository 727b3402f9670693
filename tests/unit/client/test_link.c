/* link: the parts of a link, the errors of one that is damaged, and that no
 * error and no byte of the text keeps a ticket. */

#include <stdlib.h>
#include <string.h>

#include "client/link.h"
#include "tests/unit/unit.h"

#define KEY    "K7QFABCDEFGHIJKLMNOPQRSTUV"
#define SHOWN  "K7QF-ABCD-EFGH-IJKL-MNOP-QRST-UV"
#define TICKET "T4ZMABCDEFGHIJKLMNOPQRSTUV"

static const struct {
	const char *text, *host;
	unsigned port; /* 0: none */
	const char *name, *key, *ticket;
} good[] = {
    {"files://h:80/a", "h", 80, "a", NULL, NULL},
    {"Files://h:80/a", "h", 80, "a", NULL, NULL},
    {"files://h", "h", 0, "", NULL, NULL},
    {"files://h/a%20b/c", "h", 0, "a b/c", NULL, NULL},
    {"files://[::1]:80/a#" KEY, "::1", 80, "a", KEY, NULL},
    {"files://h:80#" KEY, "h", 80, "", KEY, NULL},
    {"files://h:80/a#" SHOWN "+" TICKET, "h", 80, "a", KEY, TICKET},
    {"files://h:80/a/#" SHOWN "+" TICKET " ", "h", 80, "a/", KEY, TICKET},
    {"files://h:80/a#k7qfabcdefghijklmnopqrstuv+" TICKET, "h", 80, "a", KEY,
	TICKET},
    {"files://h:80/a%23b#" KEY "+" TICKET, "h", 80, "a#b", KEY, TICKET},
    {"files://h:80/a+b#" KEY "+" TICKET, "h", 80, "a+b", KEY, TICKET},
};

START_TEST(test_good)
{
	char text[256], error[LINK_ERROR] = "";
	struct link link;

	strlcpy(text, good[_i].text, sizeof(text));
	ck_assert(link_is_one(text));
	ck_assert_msg(link_decode(&link, text, error) == 0, "%s", error);
	ck_assert_str_eq(link.server.host, good[_i].host);
	ck_assert(link.server.has_port == (good[_i].port != 0));
	ck_assert_uint_eq(link.server.port, good[_i].port);
	ck_assert_str_eq(link.name, good[_i].name);
	ck_assert(link.has_key == (good[_i].key != NULL));
	if (link.has_key)
		ck_assert_str_eq(link.key.letters, good[_i].key);
	ck_assert(link.has_ticket == (good[_i].ticket != NULL));
	if (link.has_ticket)
		ck_assert_str_eq(link.ticket.letters, good[_i].ticket);
}
END_TEST

static const char *const wrong[] = {
    "files://h:80/a#",
    "files://h:80/a#+",
    "files://h:80/a#" KEY "+",
    "files://h:80/a#+" TICKET,
    "files://h:80/a#" KEY "+" KEY "+" TICKET,
    "files://h:80/a#K7QFABCDEFGHIJKLMNOPQRSTU",
    "files://h:80/a#" KEY "A",
    "files://h:80/a#0" KEY,
    "files://h:80/a#" KEY "#" TICKET,
    "files://h:80/a#" KEY "+T4ZM0BCDEFGHIJKLMNOPQRSTUV",
    "files://h:80/#" KEY "+" TICKET,
    "files://h:80#" KEY "+" TICKET,
    "files://h:0/a#" KEY "+" TICKET,
    "files://g,h/a#" KEY "+" TICKET,
    "files://h:80/a%0#" KEY "+" TICKET,
};

START_TEST(test_wrong)
{
	char text[256], error[LINK_ERROR] = "";
	struct link link;

	strlcpy(text, wrong[_i], sizeof(text));
	ck_assert_int_eq(link_decode(&link, text, error), -1);
	ck_assert_uint_gt(strlen(error), 0);
	ck_assert_ptr_null(strstr(error, "T4ZM"));
	ck_assert_ptr_null(strstr(error, "K7QF"));
}
END_TEST

/* Every text that a cut link leaves is refused, unless the cut is before '#'.
 */
START_TEST(test_cut)
{
	static const char whole[] = "files://h:80/a#" SHOWN "+" TICKET;
	char text[sizeof(whole)], error[LINK_ERROR];
	struct link link;
	size_t len, keys = strcspn(whole, "#");
	/* A cut between key and ticket leaves a link that has a key. */
	size_t key = strcspn(whole, "+");

	for (len = keys + 1; len < sizeof(whole) - 1; len++) {
		strlcpy(text, whole, len + 1);
		ck_assert_msg((link_decode(&link, text, error) == 0) ==
			(len == key),
		    "%zu", len);
	}
}
END_TEST

/* The arguments of a process can be seen by others. */
START_TEST(test_overwritten)
{
	static const char *const links[] = {
	    "files://h:80/a#" KEY "+" TICKET,
	    "files://h:80/a#" KEY "+" TICKET "A",
	    "files://h:80/#" KEY "+" TICKET,
	};
	char text[256], error[LINK_ERROR];
	struct link link;
	size_t i, j, len;

	for (i = 0; i < UNIT_ROWS(links); i++) {
		len = strlen(links[i]);
		strlcpy(text, links[i], sizeof(text));
		(void)link_decode(&link, text, error);
		for (j = strcspn(links[i], "#"); j < len; j++)
			ck_assert_int_eq(text[j], '\0');
	}
}
END_TEST

Suite *
link_suite(void)
{
	Suite *suite = suite_create("link");
	TCase *tcase = tcase_create("link");

	tcase_add_loop_test(tcase, test_good, 0, UNIT_ROWS(good));
	tcase_add_loop_test(tcase, test_wrong, 0, UNIT_ROWS(wrong));
	tcase_add_test(tcase, test_cut);
	tcase_add_test(tcase, test_overwritten);
	suite_add_tcase(suite, tcase);
	return suite;
}
