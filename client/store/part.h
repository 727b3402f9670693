#ifndef CLIENT_STORE_PART_H
#define CLIENT_STORE_PART_H

/*
 * A part file has the bytes of a file that is not yet whole and verified. It is
 * in the target folder; its name has the version of the file
 * (store/part_name.h). It is locked (flock(2)) while a process works on it, and
 * stays for a later run to continue. Where several threads fetch, the caller
 * holds the lock of transfer/job_queue.h.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/store/folder.h"
#include "client/store/part_name.h"
#include "common/protocol.h"

enum {
	PART_TRIES = 16, /* names at random that are tried */
};

/* Returns whether a part file may have this name: no other file gets it, since
 * a later run would take it for one. */
bool part_is_name(const char *name);

/* Notes a part file left for a later run or the next name at the prompt. */
void part_remember(struct folder *folder, const char *name);

/* Takes a part file of this final name and kind that the folder had or this run
 * has left, each one once. Returns its descriptor, locked, with name and token
 * set, or -1 if there is none that can be trusted and is not in use. */
int part_take(struct folder *folder, const char *final, bool is_mapped,
    char name[PART_NAME], struct protocol_token *token);

/* Opens a part file by its name. Returns its descriptor, locked, or -1 if it
 * cannot be trusted or another process works on it. */
int part_open(const struct folder *folder, const char *name);

/* Returns whether there is a part file to take. */
bool part_is_there(const struct folder *folder, const char *final,
    bool is_mapped);

/* Makes an empty part file, locked, with mode 0600, or with mode where the file
 * system refuses chmod(2). Returns its descriptor with name set, or -1 with
 * errno; EEXIST when PART_TRIES names at random were taken too. */
int part_create(const struct folder *folder, const char *final,
    struct protocol_token token, mode_t mode, char name[PART_NAME]);

/* Makes an empty part file for a file in pieces, with a map behind its bytes
 * (transfer/pieces.h); each token has one name. Returns its descriptor, locked,
 * with name set, or -1 with errno: EEXIST while another process works on it. */
int part_create_mapped(const struct folder *folder, const char *final,
    struct protocol_token token, mode_t mode, char name[PART_NAME]);

/* Locks a file without a name that is about to be linked as a part file; sets
 * name to one that this process alone uses. Returns 0, or -1 with errno. */
int part_prepare(const struct folder *folder, int fd, const char *final,
    struct protocol_token token, char name[PART_NAME]);

/* Prints the name of a part file with a number: the process id, or random. */
void part_print_numbered(const struct folder *folder, const char *final,
    struct protocol_token token, uint32_t number, char name[PART_NAME]);

/* Removes a part file of this process, and closes fd (-1: not open). */
void part_remove(const struct folder *folder, const char *name, int fd);

/* Removes all part files of this final name, whose file is complete. */
void part_remove_stale(struct folder *folder, const char *final);

#endif
