#ifndef CLIENT_STORE_INODE_SET_H
#define CLIENT_STORE_INODE_SET_H

/*
 * A set of files, by device and inode, with the name and state that each had
 * when it was added. The caller holds the lock of what the set belongs to.
 */

#include <sys/stat.h>

#include <stddef.h>
#include <stdint.h>

struct inode {
	uint64_t key;	/* made of device and inode; 0: free slot */
	uint32_t name;	/* inode_set_hash_name of the last name added */
	uint32_t state; /* inode_set_hash_state when it was added */
};

/* Zeroed, it is empty. */
struct inode_set {
	struct inode *slots;
	size_t size; /* slots, a power of two; or 0 */
	size_t n;    /* files */
};

/* Frees all entries; the set is empty. */
void inode_set_close(struct inode_set *inodes);

/* Return a hash of a name, and of size and time of a file. */
uint32_t inode_set_hash_name(const char *name);
uint32_t inode_set_hash_state(const struct stat *stat);

/* Adds or replaces a file's entry. Returns 0, or -1 if memory is short. */
int inode_set_add(struct inode_set *inodes, const struct stat *stat,
    const char *name);

/* Returns the entry of a file, valid until the next is added, or NULL. */
const struct inode *inode_set_find(const struct inode_set *inodes,
    const struct stat *stat);

#endif
