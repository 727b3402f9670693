/*
 * Two names lead to one file if device and inode are the same, whatever the
 * file system makes of upper and lower case. A hash table with open addressing,
 * since a folder may have millions of files.
 */

#include <stdlib.h>
#include <string.h>

#include "client/store/inode_set.h"
#include "common/digest.h"

enum {
	INODE_SET_LEAST = 16, /* slots */
};

void
inode_set_close(struct inode_set *inodes)
{
	free(inodes->slots);
	*inodes = (struct inode_set){.slots = NULL};
}

static uint32_t
hash_bytes(const void *bytes, size_t len)
{
	uint8_t digest[DIGEST_LENGTH];
	uint32_t number;

	digest_of(bytes, len, digest);
	memcpy(&number, digest, sizeof(number));
	return number;
}

uint32_t
inode_set_hash_name(const char *name)
{
	return hash_bytes(name, strlen(name));
}

uint32_t
inode_set_hash_state(const struct stat *stat)
{
	int64_t state[3] = {stat->st_size, stat->st_mtim.tv_sec,
	    stat->st_mtim.tv_nsec};

	return hash_bytes(state, sizeof(state));
}

/* Mixes the device into the inode number; 0 stays free. */
static uint64_t
key_of(const struct stat *stat)
{
	uint64_t key = (uint64_t)stat->st_ino ^
	    (uint64_t)stat->st_dev * UINT64_C(0xff51afd7ed558ccd);

	return key == 0 ? UINT64_MAX : key;
}

/* Returns the slot that a file has or would get; at least half are free. */
static struct inode *
find_slot(const struct inode_set *inodes, uint64_t key)
{
	/* Fibonacci hashing: inode numbers in a row are spread. */
	uint64_t spread = key * UINT64_C(0x9e3779b97f4a7c15);
	size_t at = (size_t)(spread >> 16) & (inodes->size - 1);

	while (inodes->slots[at].key != 0 && inodes->slots[at].key != key)
		at = (at + 1) & (inodes->size - 1);
	return &inodes->slots[at];
}

/* Doubles the number of slots. Returns 0, or -1 if memory is short. */
static int
double_slots(struct inode_set *inodes)
{
	struct inode_set larger = {
	    .size = inodes->size == 0 ? INODE_SET_LEAST : 2 * inodes->size,
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
inode_set_add(struct inode_set *inodes, const struct stat *stat,
    const char *name)
{
	uint64_t key = key_of(stat);
	struct inode *slot;

	if (2 * (inodes->n + 1) > inodes->size && double_slots(inodes) != 0)
		return -1;
	slot = find_slot(inodes, key);
	inodes->n += slot->key == 0;
	*slot = (struct inode){
	    .key = key,
	    .name = inode_set_hash_name(name),
	    .state = inode_set_hash_state(stat),
	};
	return 0;
}

const struct inode *
inode_set_find(const struct inode_set *inodes, const struct stat *stat)
{
	const struct inode *slot =
	    inodes->n == 0 ? NULL : find_slot(inodes, key_of(stat));

	return slot == NULL || slot->key == 0 ? NULL : slot;
}
