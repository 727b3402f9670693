/*
 * The file of --clients: what is accepted has valid names alone, each key once,
 * and allows exactly what it names; a file that was cut never allows more than
 * the whole one.
 */

#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "server/client_list.h"
#include "tests/fuzz/fuzz.h"

enum {
	WALK = 64 /* entries of a folder, at most */
};

static struct client_list *
parse(const uint8_t *data, size_t size)
{
	char error[CLIENT_LIST_ERROR] = "";
	struct client_list *list =
	    client_list_parse((const char *)data, size, 1, error);
	const char *c;

	FUZZ_REQUIRE((list == NULL) == (error[0] != '\0'));
	for (c = error; *c != '\0'; c++)
		FUZZ_REQUIRE(*c >= ' ' && *c <= '~');
	return list;
}

static bool
is_valid(const struct scope_name *name)
{
	return names_valid(name->bytes, name->len) ||
	    (name->len == 1 && name->bytes[0] == '.');
}

/* Checks that the entries of all folders above a name lead to it. */
static void
check_way(const struct scope *scope, const struct scope_name *name)
{
	static const uint8_t top[] = ".";
	const uint8_t *folder = top, *component = name->bytes, *slash;
	size_t len = 1, at, n, left;
	struct scope_name entry;
	bool found;

	do {
		left = name->len - (size_t)(component - name->bytes);
		slash = memchr(component, '/', left);
		if (slash != NULL)
			left = (size_t)(slash - component);
		FUZZ_REQUIRE(scope_find(scope, folder, len) == SCOPE_ABOVE);
		for (at = 0; at <= scope->n; at++) {
			n = at;
			FUZZ_REQUIRE(
			    !scope_next_entry(scope, folder, len, &n, &entry) ||
			    (n > at && entry.len > 0));
		}
		at = n = 0;
		found = false;
		while (n++ < WALK &&
		    scope_next_entry(scope, folder, len, &at, &entry)) {
			FUZZ_REQUIRE(entry.len > 0);
			if (entry.len != left ||
			    memcmp(entry.bytes, component, left) != 0)
				continue;
			FUZZ_REQUIRE(!found);
			found = true;
		}
		FUZZ_REQUIRE(found || n > WALK);
		folder = name->bytes;
		len = (size_t)(component - name->bytes) + left;
		component += left + 1;
	} while (slash != NULL);
}

static void
check_scope(const struct scope *scope)
{
	const struct scope_name *name;
	size_t i;

	FUZZ_REQUIRE(scope->n > 0 && scope->mtime_ns == 1);
	for (i = 0; i < scope->n; i++) {
		name = &scope->names[i];
		FUZZ_REQUIRE(is_valid(name));
		FUZZ_REQUIRE(
		    scope_find(scope, name->bytes, name->len) == SCOPE_INSIDE);
		if (scope_is_all(scope))
			continue;
		FUZZ_REQUIRE(name->len != 1 || name->bytes[0] != '.');
		check_way(scope, name);
	}
}

static void
check_list(const struct client_list *list)
{
	const struct client *client;
	size_t i;

	for (i = 0; i < client_list_length(list); i++) {
		client = client_list_at(list, i);
		FUZZ_REQUIRE(client->name[0] != '\0');
		FUZZ_REQUIRE(client_list_find(list, &client->key) == client);
		check_scope(&client->scope);
	}
}

/* Checks that what a cut file allows is allowed by the whole one. */
static void
check_cut(const struct client_list *list, const struct client_list *cut)
{
	const struct client *client, *whole;
	size_t i, k;

	for (i = 0; i < client_list_length(cut); i++) {
		client = client_list_at(cut, i);
		whole = client_list_find(list, &client->key);
		FUZZ_REQUIRE(whole != NULL);
		FUZZ_REQUIRE(strcmp(client->name, whole->name) == 0);
		for (k = 0; k < client->scope.n; k++)
			FUZZ_REQUIRE(
			    scope_find(&whole->scope,
				client->scope.names[k].bytes,
				client->scope.names[k].len) == SCOPE_INSIDE);
	}
}

int
fuzz_client_list(const uint8_t *data, size_t size)
{
	struct client_list *list = parse(data, size), *cut;

	if (list == NULL)
		return 0;
	check_list(list);
	cut = parse(data, size / 2);
	if (cut != NULL)
		check_cut(list, cut);
	client_list_release(cut);
	client_list_release(list);
	return 0;
}
