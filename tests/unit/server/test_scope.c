/* scope: names inside, above and outside, compared as bytes; and the entries of
 * the folders above. */

#include <string.h>

#include "server/scope.h"
#include "tests/unit/unit.h"

enum {
	MOST = 8
};

static struct scope_name names[MOST];

/* Makes a scope of names with blanks between them. */
static struct scope
scope_of(const char *list)
{
	struct scope scope = {.names = names};
	size_t len;

	for (; *list != '\0'; list += len + (list[len] == ' ')) {
		len = strcspn(list, " ");
		ck_assert_uint_lt(scope.n, MOST);
		names[scope.n++] =
		    (struct scope_name){(const uint8_t *)list, len};
	}
	scope_arrange(&scope);
	return scope;
}

static const struct {
	const char *scope, *name;
	enum scope_place place;
} places[] = {
    {"a", "a", SCOPE_INSIDE},
    {"a", "a/b", SCOPE_INSIDE},
    {"a", "a/b/c", SCOPE_INSIDE},
    {"a", ".", SCOPE_ABOVE},
    {"a", "ab", SCOPE_OUTSIDE},
    {"a", "A", SCOPE_OUTSIDE},
    {"a", "a ", SCOPE_OUTSIDE},
    {"a", "a.b", SCOPE_OUTSIDE},
    {"a", "b/a", SCOPE_OUTSIDE},
    {"ab", "a", SCOPE_OUTSIDE},
    {"a/b", "a", SCOPE_ABOVE},
    {"a/b", "a/b", SCOPE_INSIDE},
    {"a/b", "a/bc", SCOPE_OUTSIDE},
    {"a/b", "a/c", SCOPE_OUTSIDE},
    {"a/b", "a/", SCOPE_OUTSIDE},
    {"a/b", "b", SCOPE_OUTSIDE},
    {"a/b/c", "a/b", SCOPE_ABOVE},
    {"a/b a.c d", "a.c/x", SCOPE_INSIDE},
    {"a/b a.c d", "d/x", SCOPE_INSIDE},
    {"a/b a.c d", "a.d", SCOPE_OUTSIDE},
    {"d a a/b", "a/c", SCOPE_INSIDE},
    {"\xff", "\xff/x", SCOPE_INSIDE},
    {"\xc3\xa9", "e\xcc\x81", SCOPE_OUTSIDE}, /* the same to the eye */
    {".", ".", SCOPE_INSIDE},
    {".", "a", SCOPE_INSIDE},
    {"a . b", "c", SCOPE_INSIDE},
    {"", ".", SCOPE_OUTSIDE},
    {"", "a", SCOPE_OUTSIDE},
    {".a", ".", SCOPE_ABOVE},
    {".a", "a", SCOPE_OUTSIDE},
};

START_TEST(test_places)
{
	struct scope scope;
	size_t i;

	for (i = 0; i < UNIT_ROWS(places); i++) {
		scope = scope_of(places[i].scope);
		ck_assert_msg(scope_find(&scope,
				  (const uint8_t *)places[i].name,
				  strlen(places[i].name)) == places[i].place,
		    "'%s' for the scope '%s'", places[i].name, places[i].scope);
	}
}
END_TEST

static const struct {
	const char *scope, *folder, *entries;
} entries[] = {
    {"a b c", ".", "a b c "},
    {"c b a", ".", "a b c "},
    {"a/x a/y b", ".", "a b "},
    {"a/x a/y b", "a", "x y "},
    {"a/x/1 a/x/2 a/z", "a", "x z "},
    {"a/x/1 a/x/2 a/z", "a/x", "1 2 "},
    {"a/y a.b a/x", ".", "a a.b "}, /* '/' sorts before '.' */
    {"a a/b a/c", ".", "a "},
    {"a/b b/c", "b", "c "},
};

START_TEST(test_entries)
{
	char listed[64], *end;
	struct scope_name entry;
	struct scope scope;
	size_t i, at;

	for (i = 0; i < UNIT_ROWS(entries); i++) {
		scope = scope_of(entries[i].scope);
		end = listed;
		at = 0;
		while (
		    scope_next_entry(&scope, (const uint8_t *)entries[i].folder,
			strlen(entries[i].folder), &at, &entry)) {
			end = mempcpy(end, entry.bytes, entry.len);
			*end++ = ' ';
		}
		*end = '\0';
		ck_assert_str_eq(listed, entries[i].entries);
	}
}
END_TEST

/* A name inside another name of the scope must go: it would be listed as an
 * entry of a folder that the file system lists. */
START_TEST(test_arranged)
{
	struct scope scope = scope_of("b/c a/b a b a.c b/c");

	ck_assert_uint_eq(scope.n, 3);
	ck_assert_mem_eq(scope.names[0].bytes, "a", scope.names[0].len);
	ck_assert_mem_eq(scope.names[1].bytes, "a.c", scope.names[1].len);
	ck_assert_mem_eq(scope.names[2].bytes, "b", scope.names[2].len);
	ck_assert(!scope_is_all(&scope));
	scope = scope_of("a . b");
	ck_assert(scope_is_all(&scope));
}
END_TEST

Suite *
scope_suite(void)
{
	Suite *suite = suite_create("scope");
	TCase *tcase = tcase_create("scope");

	tcase_add_test(tcase, test_places);
	tcase_add_test(tcase, test_entries);
	tcase_add_test(tcase, test_arranged);
	suite_add_tcase(suite, tcase);
	return suite;
}
