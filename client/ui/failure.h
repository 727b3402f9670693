#ifndef CLIENT_UI_FAILURE_H
#define CLIENT_UI_FAILURE_H

#include <stddef.h>
#include <stdint.h>

#include "client/ui/exit_codes.h"
#include "common/protocol.h"

enum {
	FAILURE_TEXT = 1024, /* bytes */
};

/* Why something failed: what the exit code says and a person reads. The text
 * may hold foreign bytes; ui/report.c escapes it. */
struct failure {
	enum exit_code code;
	char text[FAILURE_TEXT];
};

/* Sets both; returns -1, to be returned. Keeps errno. */
int failure_set(struct failure *failure, enum exit_code code,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The server has said what no server of this protocol would say; as
 * failure_set. */
int failure_set_violation(struct failure *failure, const char *what);

/* 0 if this is a name (common/names.h), or -1 with the failure set. */
int failure_check_name(struct failure *failure, const char *name, size_t len);

/* 0 if a file of so many bytes is wanted (--max-size), or -1 with the
 * failure set. */
int failure_check_size(struct failure *failure, uint64_t size, uint64_t most);

/* The exit code that a refusal leads to when it is for good. */
enum exit_code failure_exit(enum protocol_status refusal);

#endif
