/* client_list: files that are right, and one mistake after the other, each of
 * which makes the whole file invalid. */

#include <stdio.h>
#include <string.h>

#include "server/client_list.h"
#include "tests/unit/unit.h"

#define KEY_A "ABCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ"
#define KEY_B "BBCD-EFGH-IJKL-MNOP-QRST-UVWX-YZ"
#define KEY_C "ccdefghijklmnopqrstuvwxyz2"

static char error[CLIENT_LIST_ERROR];

static struct client_list *
parse(const char *text)
{
	error[0] = '\0';
	return client_list_parse(text, strlen(text), 7, error);
}

static const struct client *
find(const struct client_list *list, const char *typed)
{
	char wrong[KEY_NAME_ERROR];
	struct key_name key;

	ck_assert_int_eq(key_name_decode(&key, typed, strlen(typed), wrong), 0);
	return client_list_find(list, &key);
}

static bool
reads(const struct client *client, const char *name)
{
	return scope_find(&client->scope, (const uint8_t *)name,
		   strlen(name)) == SCOPE_INSIDE;
}

START_TEST(test_clients)
{
	struct client_list *list = parse("# who reads what\n"
					 "\n"
					 "lab-2 " KEY_B " b\tc/d \n"
					 "  \t\n"
					 "\tlab-1  " KEY_A " a\\040b \\134 x\n"
					 "an@host.example " KEY_C " .\n");
	const struct client *client;

	ck_assert_msg(list != NULL, "%s", error);
	ck_assert_uint_eq(client_list_length(list), 3);
	client = find(list, KEY_A);
	ck_assert_str_eq(client->name, "lab-1");
	ck_assert(reads(client, "a b/x"));
	ck_assert(reads(client, "\\"));
	ck_assert(reads(client, "x"));
	ck_assert(!reads(client, "b"));
	ck_assert_int_eq(client->scope.mtime_ns, 7);
	client = find(list, KEY_B);
	ck_assert_str_eq(client->name, "lab-2");
	ck_assert(reads(client, "b/x"));
	ck_assert(reads(client, "c/d"));
	ck_assert(!reads(client, "c"));
	ck_assert(!reads(client, "x"));
	ck_assert(scope_is_all(&find(list, KEY_C)->scope));
	ck_assert(find(list, "DDCDEFGHIJKLMNOPQRSTUVWXYZ") == NULL);
	ck_assert_str_eq(client_list_at(list, 0)->name, "lab-1");
	ck_assert(client_list_hold(list) == list);
	client_list_release(list);
	client_list_release(list);
}
END_TEST

/* Nobody may read: it is no mistake to remove the last client. */
START_TEST(test_empty)
{
	struct client_list *list = parse("");

	ck_assert_ptr_nonnull(list);
	ck_assert_uint_eq(client_list_length(list), 0);
	ck_assert(find(list, KEY_A) == NULL);
	client_list_release(list);
	client_list_release(NULL);
}
END_TEST

static const struct {
	const char *text, *says;
} wrong[] = {
    {"a\n", "line 1: no key"},
    {"a " KEY_A "\n", "line 1: no folder"},
    {"a " KEY_A " \t\n", "line 1: no folder"},
    {"a " KEY_A " x", "line 1: it is cut"},
    {"a " KEY_A " .\nb", "line 2: it is cut"},
    {"a x .\n", "line 1: the key: "},
    {"a " KEY_A KEY_A " .\n", "line 1: the key: "},
    {KEY_A " a .\n", "line 1: the key: "},
    {"a:b " KEY_A " .\n", "line 1: a client's name has letters"},
    {"a\xff " KEY_A " .\n", "line 1: a client's name has letters"},
    {"\xef\xbb\xbfname " KEY_A " .\n", "line 1: a client's name has letters"},
    {"a, " KEY_A " .\n", "line 1: a client's name has letters"},
    {"!a " KEY_A " .\n", "line 1: a client's name has letters"},
    {"01234567890123456789012345678901234567890123456789012345678901234 " KEY_A
     " .\n",
	"line 1: a client's name has at most"},
    {"a " KEY_A " /\n", "line 1: a folder is named"},
    {"a " KEY_A " /a\n", "line 1: a folder is named"},
    {"a " KEY_A " a/\n", "line 1: a folder is named"},
    {"a " KEY_A " a//b\n", "line 1: a folder is named"},
    {"a " KEY_A " ./a\n", "line 1: a folder is named"},
    {"a " KEY_A " ..\n", "line 1: a folder is named"},
    {"a " KEY_A " a/../b\n", "line 1: a folder is named"},
    {"a " KEY_A " a\\057..\\057b\n", "line 1: a folder is named"},
    {"a " KEY_A " a\\000\n", "line 1: a folder is named"},
    {"a " KEY_A " a\\\n", "line 1: a backslash"},
    {"a " KEY_A " a\\04\n", "line 1: a backslash"},
    {"a " KEY_A " a\\ b\n", "line 1: a backslash"},
    {"a " KEY_A " a\\040\\x\n", "line 1: a backslash"},
    {"a " KEY_A " a\\048\n", "line 1: a backslash"},
    {"a " KEY_A " a\\400\n", "line 1: a backslash"},
    {"a " KEY_A " .\r\n", "line 1: a carriage return"},
    {"a " KEY_A " a\x01\n", "line 1: a control character"},
    {"a " KEY_A " a\x7f\n", "line 1: a control character"},
    {"# \x1b[2J\n", "line 1: a control character"},
    {"\n\na " KEY_A " .\nb " KEY_B " .\nc\n", "line 5: no key"},
    {"a " KEY_A " x\nb " KEY_B " y\nc " KEY_A " z\n", "the same key"},
    {"a " KEY_C " x\na CCDE-FGHI-JKLM-NOPQ-RSTU-VWXY-Z2 x\n", "the same key"},
};

START_TEST(test_wrong)
{
	size_t i;

	for (i = 0; i < UNIT_ROWS(wrong); i++) {
		ck_assert_msg(parse(wrong[i].text) == NULL, "row %zu", i);
		ck_assert_msg(strstr(error, wrong[i].says) != NULL,
		    "row %zu: %s", i, error);
	}
}
END_TEST

START_TEST(test_nul)
{
	static const char text[] = "a " KEY_A " a\0b\n";

	ck_assert(client_list_parse(text, sizeof(text) - 1, 0, error) == NULL);
	ck_assert_str_eq(error, "line 1: a control character");
}
END_TEST

/* No cut of a file allows more than the whole file. */
START_TEST(test_truncations)
{
	static const char text[] = "a " KEY_A " a/b\\040c d\n"
				   "b " KEY_B " ef\n";
	struct client_list *list;
	const struct client *client;
	size_t len, i, k;

	for (len = 0; len < sizeof(text) - 1; len++) {
		list = client_list_parse(text, len, 0, error);
		if (list == NULL)
			continue;
		for (i = 0; i < client_list_length(list); i++) {
			client = client_list_at(list, i);
			for (k = 0; k < client->scope.n; k++)
				ck_assert_msg(client->scope.names[k].len ==
					(client->name[0] == 'b' ? 2U :
						k == 0		? 5U :
								  1U),
				    "%zu bytes", len);
		}
		client_list_release(list);
	}
}
END_TEST

Suite *
client_list_suite(void)
{
	Suite *suite = suite_create("client_list");
	TCase *tcase = tcase_create("client_list");

	tcase_add_test(tcase, test_clients);
	tcase_add_test(tcase, test_empty);
	tcase_add_test(tcase, test_wrong);
	tcase_add_test(tcase, test_nul);
	tcase_add_test(tcase, test_truncations);
	suite_add_tcase(suite, tcase);
	return suite;
}
