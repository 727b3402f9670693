#ifndef CLIENT_STORE_TREE_FOLDER_H
#define CLIENT_STORE_TREE_FOLDER_H

/*
 * A folder of a tree that is being fetched. Jobs for its contents and the
 * folders below hold it. When the last of them has released it, it is finished
 * (store/tree_finish.h). The lock of transfer/job_queue.h guards it.
 */

#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>

#include "client/store/folder.h"
#include "client/store/settings.h"
#include "client/store/written_files.h"
#include "client/ui/failure.h"
#include "common/protocol.h"

STAILQ_HEAD(tree_folder_list, tree_folder);

/* Shared by the folders of all trees of a run. */
struct tree_folders {
	const struct folder *base; /* the folder that the top ones are in */
	const struct store_settings *settings;
	struct tree_folder_list due; /* to be finished, deepest first */
};

struct tree_folder {
	STAILQ_ENTRY(tree_folder) next; /* among those that are due */
	struct tree_folders *all;
	struct tree_folder *above;    /* held; NULL: it is in base */
	struct folder folder;	      /* open while users > 0 */
	struct written_files written; /* what this run has put into it */
	unsigned users;
	size_t holders;
	bool is_made;	  /* tree_folder_make has succeeded */
	bool is_new;	  /* this run has made it */
	bool is_absent;	  /* not here, and a dry run does not make it */
	bool has_skipped; /* files in it or below were here already */
	bool is_plain;	  /* no folder of the server: has no attributes */
	struct protocol_attributes attributes; /* of the server's folder */
	char name[];			       /* last component, here */
};

/* base and settings outlive the folders. */
void tree_folders_open(struct tree_folders *all, const struct folder *base,
    const struct store_settings *settings);

/* Returns a folder called name in above (NULL: in base), held once, not made
 * yet; or NULL if memory is short. With attributes NULL it is plain: made by
 * tree_folder_open, as by mkdir(1), and removed at the end if still empty. */
struct tree_folder *tree_folder_new(struct tree_folders *all,
    struct tree_folder *above, const char *name,
    const struct protocol_attributes *attributes);

void tree_folder_hold(struct tree_folder *tree);

/* Ends a hold; NULL is allowed. A folder that nobody holds is due, or, if it
 * was not made, freed. */
void tree_folder_release(struct tree_folder *tree);

/* Frees a folder that nobody holds, and releases the one above. */
void tree_folder_free(struct tree_folder *tree);

/* Makes the folder here unless it is there; a dry run only looks for it.
 * Returns 0, or -1 with the failure set (EXIT_LOCAL): something else has its
 * name, a link among others, or this run has made the same folder by another
 * name. */
int tree_folder_make(struct tree_folder *tree, struct failure *failure);

/* Opens tree->folder, which was made; each call pairs with tree_folder_close.
 * Returns 0, or -1 with the failure set. NULL is allowed: base stays open. */
int tree_folder_open(struct tree_folder *tree, struct failure *failure);
void tree_folder_close(struct tree_folder *tree);

/* Returns the folder that it is in, which is open while someone uses it. */
const struct folder *tree_folder_above(const struct tree_folder *tree);

/* Returns whether the token is that of tree or of a folder above it. */
bool tree_folder_leads_back(const struct tree_folder *tree,
    struct protocol_token token);

/* Prints the path of a file in the folder, below base; with tree NULL, of one
 * in base. Returns 0, or -1 with errno if it does not fit: then the path lacks
 * its beginning, and is good for a message alone. */
int tree_folder_print_path(const struct tree_folder *tree, const char *final,
    char *path, size_t size);

/* Sets the failure to "WHAT PATH: " and the text of errno, which it keeps.
 * Returns -1. */
int tree_folder_fail(const struct tree_folder *tree, const char *what,
    struct failure *failure);

#endif
