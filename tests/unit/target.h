#ifndef TESTS_UNIT_TARGET_H
#define TESTS_UNIT_TARGET_H

/*
 * What fileget writes into, for the tests of its parts: a fresh folder with
 * its struct folder open, options as a command line without any would set
 * them (but quiet), and what is to be seen in the folder.
 */

#include "client/store/folder.h"
#include "client/transfer/settings.h"
#include "client/ui/report.h"
#include "tests/unit/unit.h"

struct target {
	char path[UNIT_PATH];
	struct folder folder;
	struct transfer_settings settings;
	struct report_settings report_settings;
	struct progress_settings progress_settings;
};

void target_open(struct target *target);
void target_close(struct target *target);

/* Opens the folder anew, as a later run does. */
void target_reopen(struct target *target);

/* A file in it with this text. */
void target_write(const struct target *target, const char *name,
    const char *text);

/* What the file system is to say of folders that are opened: the longest name
 * (-1: nothing at all), and what it is. 0: the truth. */
extern long target_name_max, target_magic;

/* Whether something of this name is there; links are not followed. */
bool target_has(const struct target *target, const char *name);

/* Fails the test unless this text is what is in the file. */
void target_expect(const struct target *target, const char *name,
    const char *text);

/* Fails the test unless the file is these size bytes, and no more. */
void target_expect_bytes(const struct target *target, const char *name,
    const void *bytes, size_t size);

/* How many names are in the folder. */
int target_count(const struct target *target);

/* The part file's name of a final one with this token, as it stands below
 * 255 bytes. */
void target_part_name(char name[UNIT_PATH], const char *final,
    struct protocol_token token);

#endif
