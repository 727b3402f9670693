#ifndef TESTS_UNIT_TARGET_H
#define TESTS_UNIT_TARGET_H

/*
 * A folder for the client to write into: a fresh one with an open struct folder
 * and the default options (but quiet), and checks of its contents.
 */

#include "client/store/folder.h"
#include "client/transfer/settings.h"
#include "client/ui/report.h"
#include "client/wire/server_list.h"
#include "tests/unit/unit.h"

struct target {
	char path[UNIT_PATH];
	struct folder folder;
	struct transfer_settings settings;
	struct server_list servers; /* one, see target_serve */
	struct report_settings report_settings;
	struct progress_settings progress_settings;
};

void target_open(struct target *target);
void target_close(struct target *target);

/* Makes this the server, instead of one that does not exist. */
void target_serve(struct target *target, const char *host, uint16_t port);

/* Opens the folder again, as a later run does. */
void target_reopen(struct target *target);

/* Creates a file with this text. */
void target_write(const struct target *target, const char *name,
    const char *text);

/* Replaces results for folders that are opened: the longest name (-1: an
 * error), and the file system's type. 0: the true result. */
extern long target_name_max, target_magic;

/* Returns whether this name exists; does not follow links. */
bool target_has(const struct target *target, const char *name);

/* Fails the test unless the file has this text. */
void target_expect(const struct target *target, const char *name,
    const char *text);

/* Fails the test unless the file has exactly these size bytes. */
void target_expect_bytes(const struct target *target, const char *name,
    const void *bytes, size_t size);

/* Returns how many names are in the folder. */
int target_count(const struct target *target);

/* Returns the name of a part file for the content version of these attributes,
 * in static memory. slot: "", or ".map" for one in pieces. */
const char *target_part_of(const char *final,
    const struct protocol_attributes *attributes, const char *slot);

/* Builds the name of the part file for a final name with this token, without
 * the limit of 255 bytes. */
void target_part_name(char name[UNIT_PATH], const char *final,
    struct protocol_token token);

#endif
