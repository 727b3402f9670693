/*
 * Two names lead to one file when device and inode are the same, whatever a
 * file system makes of upper and lower case: so it is asked, not guessed. A
 * hash table, since a folder may have millions of files, and each costs no
 * more than it must.
 */

#include <stdlib.h>
#include <string.h>

#include "client/store/inode_set.h"
#include "common/digest.h"

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

static uint32_t
hash(const void *bytes, size_t len)
{
	uint8_t digest[DIGEST_LENGTH];
	uint32_t number;

	digest_of(bytes, len, digest);
	memcpy(&number, digest, sizeof(number));
	return number;
}

uint32_t
inodes_hash_name(const char *name)
{
	return hash(name, strlen(name));
}

uint32_t
inodes_hash_state(const struct stat *stat)
{
	int64_t state[3] = {stat->st_size, stat->st_mtim.tv_sec,
	    stat->st_mtim.tv_nsec};

	return hash(state, sizeof(state));
}

/* Few devices meet in one folder: their bits are spread over the number's. */
static uint64_t
key_of(const struct stat *stat)
{
	uint64_t key = (uint64_t)stat->st_ino ^
	    (uint64_t)stat->st_dev * UINT64_C(0xff51afd7ed558ccd);

	return key == 0 ? UINT64_MAX : key;
}

/* The slot that a file has, or would get: half of them at least are free. */
static struct inode *
find_slot(const struct inodes *inodes, uint64_t key)
{
	/* Fibonacci hashing: neighbours are far apart, and so are runs. */
	uint64_t spread = key * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(spread >> 16) & (inodes->size - 1);

	while (inodes->slots[at].key != 0 && inodes->slots[at].key != key)
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
		if (inodes->slots[i].key != 0)
			*find_slot(&larger, inodes->slots[i].key) =
			    inodes->slots[i];
	free(inodes->slots);
	*inodes = larger;
	return 0;
}

int
inodes_add(struct inodes *inodes, const struct stat *stat, const char *name)
{
	uint64_t key = key_of(stat);
	struct inode *slot;

	if (2 * (inodes->n + 1) > inodes->size && grow(inodes) != 0)
		return -1;
	slot = find_slot(inodes, key);
	inodes->n += slot->key == 0;
	*slot = (struct inode){
	    .key = key,
	    .name = inodes_hash_name(name),
	    .state = inodes_hash_state(stat),
	};
	return 0;
}

const struct inode *
inodes_find(const struct inodes *inodes, const struct stat *stat)
{
	const struct inode *slot =
	    inodes->n == 0 ? NULL : find_slot(inodes, key_of(stat));

	return slot == NULL || slot->key == 0 ? NULL : slot;
}

bool
inodes_has(const struct inodes *inodes, const struct stat *stat)
{
	return inodes_find(inodes, stat) != NULL;
}
