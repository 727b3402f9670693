/*
 * Two names lead to one file when device and inode are the same, whatever a
 * file system makes of upper and lower case: so it is asked, not guessed. A
 * hash table, since a folder may have millions of files, and each costs no
 * more than it must.
 */

#include <stdlib.h>

#include "client/inodes.h"

enum {
	INODES_LEAST = 16, /* slots */
};

void
inodes_open(struct inodes *inodes)
{
	*inodes = (struct inodes){.slots = NULL};
}

void
inodes_close(struct inodes *inodes)
{
	free(inodes->slots);
	inodes_open(inodes);
}

static struct inode
inode_of(const struct stat *stat)
{
	return (struct inode){
	    .device = (uint64_t)stat->st_dev,
	    .number = stat->st_ino == 0 ? UINT64_MAX : (uint64_t)stat->st_ino,
	};
}

/* The slot that a file has, or would get: half of them at least are free. */
static struct inode *
find_slot(const struct inodes *inodes, struct inode wanted)
{
	/* Fibonacci hashing: neighbours are far apart, and so are runs. */
	uint64_t hash = (wanted.number ^ wanted.device << 32) *
	    UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(hash >> 16) & (inodes->size - 1);

	while (inodes->slots[at].number != 0 &&
	    (inodes->slots[at].number != wanted.number ||
		inodes->slots[at].device != wanted.device))
		at = (at + 1) & (inodes->size - 1);
	return &inodes->slots[at];
}

/* Twice as many slots: 0, or -1 without memory. */
static int
grow(struct inodes *inodes)
{
	struct inodes larger = {
	    .size = inodes->size == 0 ? INODES_LEAST : 2 * inodes->size,
	    .n = inodes->n,
	};
	size_t i;

	larger.slots = calloc(larger.size, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return -1;
	for (i = 0; i < inodes->size; i++)
		if (inodes->slots[i].number != 0)
			*find_slot(&larger, inodes->slots[i]) =
			    inodes->slots[i];
	free(inodes->slots);
	*inodes = larger;
	return 0;
}

int
inodes_add(struct inodes *inodes, const struct stat *stat)
{
	struct inode *slot;

	if (2 * (inodes->n + 1) > inodes->size && grow(inodes) != 0)
		return -1;
	slot = find_slot(inodes, inode_of(stat));
	inodes->n += slot->number == 0;
	*slot = inode_of(stat);
	return 0;
}

bool
inodes_has(const struct inodes *inodes, const struct stat *stat)
{
	return inodes->n > 0 && find_slot(inodes, inode_of(stat))->number != 0;
}
