/* Digests in a hash table with open addressing, since a folder may have
 * millions of names. Two names with one digest would make one of them missing;
 * with 128 bits that does not happen by accident, and a server that wants a
 * name to be missing can leave it out. */

#include <stdlib.h>
#include <string.h>

#include "client/transfer/listed_names.h"
#include "common/digest.h"

enum {
	LISTED_NAMES_LEAST = 1024, /* slots */
};

_Static_assert(sizeof(struct listed_name) == DIGEST_LENGTH,
    "a slot holds one digest");

void
listed_names_close(struct listed_names *names)
{
	free(names->slots);
	*names = (struct listed_names){.slots = NULL};
}

static bool
is_free(const struct listed_name *slot)
{
	return slot->halves[0] == 0 && slot->halves[1] == 0;
}

static struct listed_name
digest_name(const char *name)
{
	uint8_t digest[DIGEST_LENGTH];
	struct listed_name listed;

	digest_of(name, strlen(name), digest);
	memcpy(&listed, digest, sizeof(listed));
	if (is_free(&listed))
		listed.halves[0] = 1;
	return listed;
}

/* Returns the slot that a name has or would get; a quarter are free. */
static struct listed_name *
find_slot(struct listed_name *slots, size_t size,
    const struct listed_name *listed)
{
	size_t at = (size_t)listed->halves[0] & (size - 1);

	while (!is_free(&slots[at]) &&
	    memcmp(&slots[at], listed, sizeof(*listed)) != 0)
		at = (at + 1) & (size - 1);
	return &slots[at];
}

/* Makes room for one more name. Returns 0, or -1 if there can be none. */
static int
make_room(struct listed_names *names)
{
	size_t i,
	    size = names->size == 0 ? LISTED_NAMES_LEAST : 2 * names->size;
	struct listed_name *slots;

	if (names->n >= LISTED_NAMES_MOST)
		return -1;
	if (names->n < names->size / 4 * 3)
		return 0;
	slots = calloc(size, sizeof(*slots));
	if (slots == NULL)
		return -1;
	for (i = 0; i < names->size; i++)
		if (!is_free(&names->slots[i]))
			*find_slot(slots, size, &names->slots[i]) =
			    names->slots[i];
	free(names->slots);
	names->slots = slots;
	names->size = size;
	return 0;
}

void
listed_names_add(struct listed_names *names, const char *name)
{
	struct listed_name *slot, listed;

	if (names->is_cut)
		return;
	if (make_room(names) != 0) {
		listed_names_close(names);
		names->is_cut = true;
		return;
	}
	listed = digest_name(name);
	slot = find_slot(names->slots, names->size, &listed);
	names->n += is_free(slot);
	*slot = listed;
}

bool
listed_names_have(const struct listed_names *names, const char *name)
{
	struct listed_name listed;

	if (names->size == 0)
		return false;
	listed = digest_name(name);
	return !is_free(find_slot(names->slots, names->size, &listed));
}
