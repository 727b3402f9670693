#ifndef CLIENT_UI_FAILURE_H
#define CLIENT_UI_FAILURE_H

#include <stddef.h>
#include <stdint.h>

#include "client/ui/exit_codes.h"
#include "common/protocol.h"

enum {
	FAILURE_TEXT = 1024, /* bytes */
};

/* A reason for failing: the exit code and a text for people. The text may
 * contain bytes of the server; ui/report.c escapes it. */
struct failure {
	enum exit_code code;
	char text[FAILURE_TEXT];
};

/* Sets both. Returns -1, for the caller to return. Preserves errno. */
int failure_set(struct failure *failure, enum exit_code code,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Sets EXIT_PROTOCOL for a reply that breaks the protocol. Returns -1. */
int failure_set_violation(struct failure *failure, const char *what);

/* Returns 0 for a valid name (common/names.h), or -1 with the failure set. */
int failure_check_name(struct failure *failure, const char *name, size_t len);

/* Returns 0 for a size up to most (--max-size), both in bytes, or -1 with the
 * failure set. */
int failure_check_size(struct failure *failure, uint64_t size, uint64_t most);

/* Returns the exit code for a refusal that is not tried again. */
enum exit_code failure_exit(enum protocol_status refusal);

#endif
