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
	uint32_t name;	/* inodes_hash_name; of the last that was added */
	uint32_t state; /* inodes_hash_state, the same */
};

/* Empty when it is zeroed. */
struct inodes {
	struct inode *slots;
	size_t size; /* of them, a power of two; or 0 */
	size_t n;    /* that are taken */
};

void inodes_open(struct inodes *inodes);
void inodes_close(struct inodes *inodes);

/* Hashes a name; size and time of a file. */
uint32_t inodes_hash_name(const char *name);
uint32_t inodes_hash_state(const struct stat *stat);

/* Adds a file, or changes the name and state that it was added with. 0, or -1
 * without memory. */
int inodes_add(struct inodes *inodes, const struct stat *stat,
    const char *name);

/* Returns the entry of a file, valid until the next one is added, or NULL. */
const struct inode *inodes_find(const struct inodes *inodes,
    const struct stat *stat);

bool inodes_has(const struct inodes *inodes, const struct stat *stat);

#endif
