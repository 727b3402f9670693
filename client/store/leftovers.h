#ifndef CLIENT_STORE_LEFTOVERS_H
#define CLIENT_STORE_LEFTOVERS_H

/*
 * Names in the target folders that the server does not have: candidates for
 * --delete. A candidate is a regular file or a folder that this run could have
 * written. Candidates are collected while folders are listed, under the lock of
 * transfer/job_queue.h. Then one thread completes them and removes them
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
	const struct leftovers_folder *folder; /* the folder it is in */
	char *name;
	size_t holder; /* that folder's index in items, or SIZE_MAX */
	bool is_kept;  /* it stays, and so does its folder */
	int error;     /* errno of reading this folder, or 0 */
	/* The state when it became a candidate. */
	dev_t device;
	ino_t inode;
	mode_t mode;
	nlink_t links;
	off_t size; /* bytes */
	struct timespec modified, changed;
};

struct leftovers {
	const struct folder *base;
	const struct store_settings *settings;
	const struct name_filter *filter; /* excluded names stay */
	bool hidden;	    /* names that begin with a dot are candidates */
	bool lists_hidden;  /* set when the server has listed such a name */
	bool is_barred;	    /* nothing may be removed */
	struct failure why; /* reason for is_barred */
	char *where;	    /* the folder with that reason, or NULL */
	struct leftovers_folder *folders;
	struct leftover *items; /* a folder comes before its contents */
	size_t n;
	size_t room;
};

/* Begins without candidates. Borrows the pointers until leftovers_close. */
void leftovers_open(struct leftovers *all, const struct folder *base,
    const struct store_settings *settings, const struct name_filter *filter,
    bool hidden);
void leftovers_close(struct leftovers *all);

/* Adds the candidates among the names that the server has not listed. folder_fd
 * is their folder. Returns their number, or -1 if memory is short. */
ssize_t leftovers_add(struct leftovers *all,
    const struct leftovers_place *place, int folder_fd,
    const struct local_names *names);

/* Adds the contents of those candidates that are folders. Returns 0, or -1 if
 * memory is short. */
int leftovers_complete(struct leftovers *all);

/* Returns the path of a name in a folder ("" and "." are the top), which the
 * caller frees; or NULL if memory is short. */
char *leftovers_join(const char *above, const char *name);

/* Forbids all removal, with a reason; only the first call has an effect.
 * folder: the server's name of a folder whose listing is unreliable. */
void leftovers_bar(struct leftovers *all, const char *folder, const char *why);

/* Opens a folder by its path. Refuses links, and other file systems than that
 * of the top of its tree (EXDEV). Returns its descriptor, or -1 with errno.
 */
int leftovers_open_folder(const struct leftovers *all,
    const struct leftovers_folder *folder);

/* Returns true if stat is the recorded state of a candidate. The contents of a
 * folder may have changed. */
bool leftovers_is_same(const struct leftovers *all, const struct leftover *item,
    const struct stat *stat);

#endif
