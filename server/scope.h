#ifndef SERVER_SCOPE_H
#define SERVER_SCOPE_H

/*
 * A set of names below the served folder that somebody may read: each with all
 * that is in it. Names are compared as bytes, component by component: the scope
 * "a/b" contains "a/b" and "a/b/c", not "a/bc". Pure functions; any thread may
 * call them. Names are valid by common/names.h, or ".", the served folder.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scope_name {
	const uint8_t *bytes; /* borrowed, not terminated */
	size_t len;
};

struct scope {
	struct scope_name *names; /* borrowed, not NULL */
	size_t n;		  /* 0: nothing may be read */
	int64_t mtime_ns; /* shown for the folders that lead to the names */
};

enum scope_place {
	SCOPE_INSIDE,  /* a name of the scope, or in one */
	SCOPE_ABOVE,   /* a folder that leads to a name of the scope */
	SCOPE_OUTSIDE, /* anything else */
};

/* Puts the names into the order that the other functions need, and removes
 * those that are in others. The scope may be used afterwards. */
void scope_arrange(struct scope *scope);

/* Returns whether everything below the served folder is in the scope. */
bool scope_is_all(const struct scope *scope);

/* Returns where a name is, by its bytes alone. */
enum scope_place scope_find(const struct scope *scope, const uint8_t *name,
    size_t len);

/*
 * Finds the entries of a folder that is SCOPE_ABOVE: the components by which it
 * leads to names of the scope, each once. *at is 0 at first, and is moved
 * behind the entry found; any other value is one that an earlier call has set.
 * Returns whether there is a further entry.
 */
bool scope_next_entry(const struct scope *scope, const uint8_t *name,
    size_t len, size_t *at, struct scope_name *entry);

#endif
