#ifndef CLIENT_STORE_INODE_SET_H
#define CLIENT_STORE_INODE_SET_H

/*
 * A set of files, by device and inode, with a name and the state that each had.
 * Under the lock of what it belongs to.
 */

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inode {
	uint64_t key;	/* of device and inode; 0: none */
	uint32_t name;	/* inode_set_hash_name; of the last that was added */
	uint32_t state; /* inode_set_hash_state, the same */
};

/* Empty when it is zeroed. */
struct inode_set {
	struct inode *slots;
	size_t size; /* of them, a power of two; or 0 */
	size_t n;    /* that are taken */
};

void inode_set_open(struct inode_set *inodes);
void inode_set_close(struct inode_set *inodes);

/* Hashes a name; size and time of a file. */
uint32_t inode_set_hash_name(const char *name);
uint32_t inode_set_hash_state(const struct stat *stat);

/* Adds a file, or changes the name and state that it was added with. 0, or -1
 * without memory. */
int inode_set_add(struct inode_set *inodes, const struct stat *stat,
    const char *name);

/* Returns the entry of a file, valid until the next one is added, or NULL. */
const struct inode *inode_set_find(const struct inode_set *inodes,
    const struct stat *stat);

bool inode_set_has(const struct inode_set *inodes, const struct stat *stat);

#endif
