/* access: what a peer may read by each rule, and what a replaced list of
 * clients changes. */

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "server/access.h"
#include "tests/unit/unit.h"

#define KEY_A "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define KEY_B "BBCDEFGHIJKLMNOPQRSTUVWXYZ"

enum {
	REPLACED = 1000
};
#define LAST "me999" /* the client's name in the last of these lists */

static char folder[UNIT_PATH];
static struct root root;
static struct access_rules rules;
static struct access reader;
static const struct key_name key = {KEY_A};

static void
setup(void)
{
	unit_folder(folder);
	ck_assert_int_eq(root_open(&root, folder, false, true), 0);
	access_rules_init(&rules, &root);
}

static void
teardown(void)
{
	access_close(&reader);
	clients_close(&rules.clients);
	root_close(&root);
}

/* Puts a list in force, whose folders need not exist. */
static void
put(const char *text)
{
	char error[CLIENT_LIST_ERROR];
	struct client_list *list =
	    client_list_parse(text, strlen(text), 0, error);

	ck_assert_msg(list != NULL, "%s", error);
	clients_replace(&rules.clients, list);
}

static enum scope_place
find(const char *name)
{
	return access_find(&reader, (const uint8_t *)name, strlen(name));
}

START_TEST(test_everybody)
{
	ck_assert_int_eq(access_open(&reader, &rules, NULL), 0);
	ck_assert(reader.root == &root && reader.client == NULL);
	ck_assert(find("x") == SCOPE_INSIDE && find(".") == SCOPE_INSIDE);
	ck_assert(access_renew(&reader) == ACCESS_STAYS);
}
END_TEST

START_TEST(test_share)
{
	struct scope_name name = {(const uint8_t *)"a", 1};
	const struct scope scope = {.names = &name, .n = 1};

	rules.share = &scope;
	ck_assert_int_eq(access_open(&reader, &rules, &key), 0);
	ck_assert(reader.root == &rules.plain);
	ck_assert(find("a") == SCOPE_INSIDE && find("b") == SCOPE_OUTSIDE);
	ck_assert(access_renew(&reader) == ACCESS_STAYS);
}
END_TEST

START_TEST(test_not_listed)
{
	put("other " KEY_B " .\n");
	ck_assert_int_eq(access_open(&reader, &rules, &key), -1);
	access_close(&reader);
	ck_assert_int_eq(access_open(&reader, &rules, NULL), -1);
	access_close(&reader);
	put("# nobody\n");
	ck_assert_int_eq(access_open(&reader, &rules, &key), -1);
}
END_TEST

/* Only a client that may read everything follows links. */
START_TEST(test_listed)
{
	put("other " KEY_B " b\nme " KEY_A " a/x\n");
	ck_assert_int_eq(access_open(&reader, &rules, &key), 0);
	ck_assert(reader.root == &rules.plain);
	ck_assert_str_eq(reader.client->name, "me");
	ck_assert(find("a") == SCOPE_ABOVE && find("a/x") == SCOPE_INSIDE);
	ck_assert(find("b") == SCOPE_OUTSIDE);
	access_close(&reader);
	put("me " KEY_A " .\n");
	ck_assert_int_eq(access_open(&reader, &rules, &key), 0);
	ck_assert(reader.root == &root && reader.scope == NULL);
}
END_TEST

START_TEST(test_renewed)
{
	put("me " KEY_A " .\n");
	ck_assert_int_eq(access_open(&reader, &rules, &key), 0);
	ck_assert(access_renew(&reader) == ACCESS_STAYS);
	put("I " KEY_A " a\n");
	ck_assert(find("b") == SCOPE_INSIDE);
	ck_assert(access_renew(&reader) == ACCESS_DIFFERS);
	ck_assert(access_renew(&reader) == ACCESS_STAYS);
	ck_assert_str_eq(reader.client->name, "I");
	ck_assert(reader.root == &rules.plain);
	ck_assert(find("b") == SCOPE_OUTSIDE);
	put("other " KEY_B " a\n");
	ck_assert(access_renew(&reader) == ACCESS_ENDS);
	/* The log names the client once more; nothing lets it in again. */
	ck_assert_str_eq(reader.client->name, "I");
	ck_assert(access_renew(&reader) == ACCESS_ENDS);
}
END_TEST

/* One list after the other comes into force, each with the client and a folder
 * of its own. */
static void *
replace_lists(void *lists)
{
	int i;

	for (i = 0; i < REPLACED; i++)
		clients_replace(&rules.clients,
		    ((struct client_list **)lists)[i]);
	return NULL;
}

static void
make_lists(struct client_list *lists[REPLACED])
{
	char text[128], error[CLIENT_LIST_ERROR];
	int i;

	for (i = 0; i < REPLACED; i++) {
		snprintf(text, sizeof(text), "me%d " KEY_A " folder%d\n", i, i);
		lists[i] = client_list_parse(text, strlen(text), 0, error);
		ck_assert_ptr_nonnull(lists[i]);
	}
}

/* The client's name and its folder are always of one list. */
START_TEST(test_replaced_meanwhile)
{
	static struct client_list *lists[REPLACED];
	char folder_name[CLIENT_NAME_MAX + 8];
	pthread_t thread;
	int changes = 0;

	make_lists(lists);
	put("me " KEY_A " folder\n");
	ck_assert_int_eq(access_open(&reader, &rules, &key), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, replace_lists, lists),
	    0);
	do {
		if (access_renew(&reader) == ACCESS_DIFFERS)
			changes++;
		ck_assert_ptr_nonnull(reader.client);
		snprintf(folder_name, sizeof(folder_name), "folder%s",
		    reader.client->name + 2);
		ck_assert(find(folder_name) == SCOPE_INSIDE);
		ck_assert(find("other") == SCOPE_OUTSIDE);
	} while (strcmp(reader.client->name, LAST) != 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_gt(changes, 0);
}
END_TEST

Suite *
access_suite(void)
{
	Suite *suite = suite_create("access");
	TCase *tcase = tcase_create("access");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_everybody);
	tcase_add_test(tcase, test_share);
	tcase_add_test(tcase, test_not_listed);
	tcase_add_test(tcase, test_listed);
	tcase_add_test(tcase, test_renewed);
	tcase_add_test(tcase, test_replaced_meanwhile);
	suite_add_tcase(suite, tcase);
	return suite;
}
