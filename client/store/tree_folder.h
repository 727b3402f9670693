#ifndef CLIENT_STORE_TREE_FOLDER_H
#define CLIENT_STORE_TREE_FOLDER_H

/*
 * A folder of a tree that is being fetched. It lives as long as anyone holds
 * it: jobs for what is in it, and the branches below. When the last one lets
 * go it gets the time and mode that the server's folder has. Under the lock of
 * transfer/job_queue.h.
 */

#include <stdbool.h>
#include <stddef.h>

#include "client/ui/failure.h"
#include "client/store/folder.h"
#include "client/store/settings.h"
#include "client/ui/report.h"
#include "client/store/written_files.h"
#include "common/protocol.h"

struct tree_folder {
	struct tree_folder *above; /* held; NULL for the top */
	const struct folder *base; /* what the top is in */
	const struct store_settings *settings;
	struct report *report;
	struct folder folder;	      /* open while there are users */
	struct written_files written; /* what this run has put into it */
	unsigned users;
	size_t holders;
	bool is_made;	  /* it is there, as ours */
	bool is_new;	  /* and was not before this run */
	bool has_skipped; /* files below were here already */
	bool is_plain;	  /* it stands for no folder of the server's */
	struct protocol_attributes attributes; /* of the server's */
	char name[];			       /* its own, here */
};

/*
 * A branch called name (above NULL: in base), held once. Nothing is made yet.
 * NULL without memory.
 */
struct tree_folder *tree_folder_new(struct tree_folder *above,
    const struct folder *base, const struct store_settings *settings,
    struct report *report, const char *name,
    const struct protocol_attributes *attributes);

/*
 * A branch that stands for no folder of the server's: tree_folder_open makes
 * it, as mkdir(1) would, and it goes again if nothing was written into it.
 */
struct tree_folder *tree_folder_new_plain(struct tree_folder *above,
    const struct folder *base, const struct store_settings *settings,
    struct report *report, const char *name);

void tree_folder_hold(struct tree_folder *tree);
void tree_folder_release(struct tree_folder *tree);

/*
 * Makes the folder here, unless it is there already. 0, or -1 with the
 * failure set (EXIT_LOCAL): it is something else, a link among others, or a
 * folder that this run has made of another name.
 */
int tree_folder_make(struct tree_folder *tree, struct failure *failure);

/* Opens branch->folder, which is there; each pairs with tree_folder_close. 0,
 * or -1 with the failure set. */
int tree_folder_open(struct tree_folder *tree, struct failure *failure);
void tree_folder_close(struct tree_folder *tree);

/* Whether this is the server's folder of branch, or of one above it. */
bool tree_folder_leads_back(const struct tree_folder *tree,
    struct protocol_token token);

/* The path of a file in it, below base; for branch NULL that of one in base.
 * 0, or -1 with errno if it does not fit: then it lacks its beginning, and is
 * good for a message alone. */
int tree_folder_print_path(const struct tree_folder *tree, const char *final,
    char *path, size_t size);

#endif
