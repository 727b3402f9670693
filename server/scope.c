/*
 * Names are in the order of their bytes, with '/' before any other: what is in
 * a folder then follows the folder, and the entries of a folder are beside each
 * other. A scope has few names, so a search looks at each.
 */

#include <stdlib.h>
#include <string.h>

#include "server/scope.h"

static bool
is_top(const uint8_t *name, size_t len)
{
	return len == 1 && name[0] == '.';
}

/* Returns whether a name is another, or in it. */
static bool
is_within(const uint8_t *name, size_t len, const uint8_t *outer,
    size_t outer_len)
{
	return len >= outer_len && memcmp(name, outer, outer_len) == 0 &&
	    (len == outer_len || name[outer_len] == '/');
}

/* Returns the place of a byte in the order. No name has a NUL. */
static int
rank(uint8_t byte)
{
	return byte == '/' ? 0 : byte;
}

static int
compare_names(const void *a, const void *b)
{
	const struct scope_name *x = a, *y = b;
	size_t least = x->len < y->len ? x->len : y->len, i;

	for (i = 0; i < least; i++)
		if (x->bytes[i] != y->bytes[i])
			return rank(x->bytes[i]) - rank(y->bytes[i]);
	return x->len < y->len ? -1 : x->len > y->len;
}

void
scope_arrange(struct scope *scope)
{
	struct scope_name *names = scope->names, *last;
	size_t i, n = 0;

	for (i = 0; i < scope->n; i++)
		if (is_top(names[i].bytes, names[i].len)) {
			names[0] = names[i];
			scope->n = 1;
			return;
		}
	qsort(names, scope->n, sizeof(names[0]), compare_names);
	for (i = 0; i < scope->n; i++) {
		last = n == 0 ? NULL : &names[n - 1];
		if (last == NULL ||
		    !is_within(names[i].bytes, names[i].len, last->bytes,
			last->len))
			names[n++] = names[i];
	}
	scope->n = n;
}

bool
scope_is_all(const struct scope *scope)
{
	return scope->n == 1 &&
	    is_top(scope->names[0].bytes, scope->names[0].len);
}

/* Returns whether a folder leads to a name of the scope. */
static bool
leads_to(const uint8_t *folder, size_t len, const struct scope_name *name)
{
	return is_top(folder, len) ||
	    (name->len > len && is_within(name->bytes, name->len, folder, len));
}

enum scope_place
scope_find(const struct scope *scope, const uint8_t *name, size_t len)
{
	enum scope_place place = SCOPE_OUTSIDE;
	size_t i;

	if (scope_is_all(scope))
		return SCOPE_INSIDE;
	for (i = 0; i < scope->n; i++) {
		if (is_within(name, len, scope->names[i].bytes,
			scope->names[i].len))
			return SCOPE_INSIDE;
		if (leads_to(name, len, &scope->names[i]))
			place = SCOPE_ABOVE;
	}
	return place;
}

/* Returns the component of a name behind its first len bytes and a slash; of
 * the top, the first. */
static struct scope_name
component_below(const struct scope_name *name, const uint8_t *folder,
    size_t len)
{
	size_t skip = is_top(folder, len) ? 0 : len + 1;
	struct scope_name entry = {name->bytes + skip, name->len - skip};
	const uint8_t *slash = memchr(entry.bytes, '/', entry.len);

	if (slash != NULL)
		entry.len = (size_t)(slash - entry.bytes);
	return entry;
}

bool
scope_next_entry(const struct scope *scope, const uint8_t *name, size_t len,
    size_t *at, struct scope_name *entry)
{
	struct scope_name before = {NULL, 0}, next;

	/* Names of one entry are beside each other. */
	if (*at > 0 && leads_to(name, len, &scope->names[*at - 1]))
		before = component_below(&scope->names[*at - 1], name, len);
	for (; *at < scope->n; ++*at) {
		if (!leads_to(name, len, &scope->names[*at]))
			continue;
		next = component_below(&scope->names[*at], name, len);
		if (before.bytes != NULL && next.len == before.len &&
		    memcmp(next.bytes, before.bytes, next.len) == 0)
			continue;
		*entry = next;
		++*at;
		return true;
	}
	return false;
}
