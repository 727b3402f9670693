#ifndef CLIENT_STORE_PART_H
#define CLIENT_STORE_PART_H

/*
 * Part files: what a file is called until it is whole and verified,
 *     <name>.<version token, 32 hex digits>[.<process or number>].part
 * in the target folder, where <name> is cut so that the whole fits. The token
 * says which file, in which state, the bytes are of. A part file is locked
 * (flock(2)) while someone works on it. Where several threads
 * fetch, under the lock of transfer/job_queue.h.
 */

#include <limits.h>
#include <stdbool.h>

#include "client/store/folder.h"
#include "common/protocol.h"

enum {
	PART_NAME = NAME_MAX + 1, /* bytes, with the NUL */
	/* The folder's names must be able to have as many bytes: 17 for a
	 * shortened name, 50 for the rest. */
	PART_NAME_LEAST = 67,
	PART_TRIES = 16, /* of names at random, which nobody has foreseen */
};

/* Remembers the part files in the folder, and forgets them. 0, or -1 with
 * errno. */
int part_scan(struct folder *folder);
void part_forget(struct folder *folder);

/* Whether this is a name that a part file may have: no file gets it, since it
 * would be taken for one. */
bool part_is_name(const char *name);

/* Remembers one that is left for a later run, or for the next name at the
 * prompt. */
void part_remember(struct folder *folder, const char *name);

/*
 * Cuts bytes off the ends of the part files in the folder that this run has
 * left since the disk became full: with them others would find no room, and
 * what is left of them is still good. Cuts nothing if they have fewer bytes.
 */
void part_make_room(struct folder *folder, uint64_t bytes);

/*
 * Takes a remembered part file of this final name, each once: its descriptor,
 * locked, with name and token set; -1 if there is none that is our own and
 * free.
 */
int part_take(struct folder *folder, const char *final, char name[PART_NAME],
    struct protocol_token *token);

/*
 * Makes an empty part file, locked, that its owner alone may read and write; or
 * with mode, where the file system takes no other later. Its descriptor with
 * name set, or -1 with errno. Names that are taken are passed over, up to
 * PART_TRIES of them, which are chosen at random.
 */
int part_create(const struct folder *folder, const char *final,
    struct protocol_token token, mode_t mode, char name[PART_NAME]);

/*
 * For a file without a name that is to get its final one by way of another:
 * locks it, and sets name to one of a part file that is this process's, where
 * a later run finds it. 0, or -1 with errno.
 */
int part_prepare(const struct folder *folder, int fd, const char *final,
    struct protocol_token token, char name[PART_NAME]);

/* Sets name to another such one, chosen at random. */
void part_print_random(const struct folder *folder, const char *final,
    struct protocol_token token, char name[PART_NAME]);

/*
 * As part_take and part_create, for part files with a map of what is in them
 * behind their bytes (see transfer/pieces.h), called <name>.<token>.map.part.
 * There is one of each token: part_create_mapped fails with EEXIST while
 * another process works on it.
 */
bool part_is_there(const struct folder *folder, const char *final,
    bool is_mapped);
int part_take_mapped(struct folder *folder, const char *final,
    char name[PART_NAME], struct protocol_token *token);
int part_create_mapped(const struct folder *folder, const char *final,
    struct protocol_token token, mode_t mode, char name[PART_NAME]);

/* Removes a part file of this process, which is open (or -1), and closes it. */
void part_remove(const struct folder *folder, const char *name, int fd);

/* Removes the remembered part files of this final name: it is complete. */
void part_remove_stale(struct folder *folder, const char *final);

#endif
