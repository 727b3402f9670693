#ifndef CLIENT_STORE_LEFTOVERS_H
#define CLIENT_STORE_LEFTOVERS_H

/*
 * What trees have here, and the server has not: candidates for --delete. A
 * candidate is a regular file or a folder that this run could have written.
 * They are collected while folders are listed, under the lock of
 * transfer/job_queue.h; after that, one thread completes them and removes them
 * (store/removal.h).
 */

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "client/filter/name_filter.h"
#include "client/store/folder.h"
#include "client/store/local_names.h"
#include "client/store/settings.h"
#include "client/ui/failure.h"

/* A folder that has candidates. */
struct leftovers_folder {
	struct leftovers_folder *next;
	char *path;   /* here, below the base; "" is the base */
	size_t top;   /* length of the path of its tree's top in path */
	char *name;   /* the server's */
	size_t below; /* offset in name of the path below the tree's top */
};

/* Names a folder; the strings are copied. */
struct leftovers_place {
	const char *path;
	size_t top;
	const char *name;
	size_t below;
};

/* A candidate. */
struct leftover {
	const struct leftovers_folder *folder; /* that it is in */
	char *name;
	size_t holder; /* index of that folder if it is one too; SIZE_MAX */
	bool is_kept;  /* it stays, and so does the folder that it is in */
	int error;     /* errno of reading the folder; 0 */
	/* The state in which it was seen. */
	dev_t device;
	ino_t inode;
	mode_t mode;
	off_t size; /* bytes */
	struct timespec modified, changed;
};

struct leftovers {
	const struct folder *base;
	const struct store_settings *settings;
	const struct name_filter *filter; /* what it excludes stays */
	bool hidden;	    /* names that begin with a dot are candidates */
	bool lists_hidden;  /* set when the server has listed such a name */
	bool is_barred;	    /* nothing may be removed */
	struct failure why; /* it is barred */
	char *where;	    /* the folder that bars it, or NULL */
	struct leftovers_folder *folders;
	struct leftover *items; /* a folder before what is in it */
	size_t n;
	size_t room;
};

/* The arguments outlive it. */
void leftovers_open(struct leftovers *all, const struct folder *base,
    const struct store_settings *settings, const struct name_filter *filter,
    bool hidden);
void leftovers_close(struct leftovers *all);

/* Adds those of the names that the server has not listed. folder_fd is the
 * folder. Returns their number, or -1 if memory is short. */
ssize_t leftovers_add(struct leftovers *all,
    const struct leftovers_place *place, int folder_fd,
    const struct local_names *names);

/* Adds what is in the folders among them. Returns 0, or -1 if memory is short.
 */
int leftovers_complete(struct leftovers *all);

/* Returns the path of a name in a folder, "" or "." being the top; to be freed,
 * or NULL if memory is short. */
char *leftovers_join(const char *above, const char *name);

/* Forbids to remove anything, with a reason; the first one stays. folder: the
 * server's name of the one whose listing is not to be relied on. */
void leftovers_bar(struct leftovers *all, const char *folder, const char *why);

/* Opens a folder by its path, not through a link and not on another file system
 * than the top of its tree (EXDEV). Returns its descriptor, or -1 with errno.
 */
int leftovers_open_folder(const struct leftovers *all,
    const struct leftovers_folder *folder);

/* Returns whether stat is the state in which a candidate was seen. What is in a
 * folder may have changed. */
bool leftovers_is_same(const struct leftovers *all, const struct leftover *item,
    const struct stat *stat);

#endif
