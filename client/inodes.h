#ifndef CLIENT_INODES_H
#define CLIENT_INODES_H

/* A set of files, by device and inode. Under the lock of what it belongs to. */

#include <sys/stat.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inode {
	uint64_t device;
	uint64_t number; /* 0: none */
};

/* Empty when it is zeroed. */
struct inodes {
	struct inode *slots;
	size_t size; /* of them, a power of two; or 0 */
	size_t n;    /* that are taken */
};

void inodes_open(struct inodes *inodes);
void inodes_close(struct inodes *inodes);

/* 0, or -1 without memory. One that is there already is no error. */
int inodes_add(struct inodes *inodes, const struct stat *stat);

bool inodes_has(const struct inodes *inodes, const struct stat *stat);

#endif
