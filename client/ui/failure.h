#ifndef CLIENT_UI_FAILURE_H
#define CLIENT_UI_FAILURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"

enum {
	FAILURE_TEXT = 1024, /* bytes */
};

/* The exit codes of fileget, see fileget(1). The first failure decides. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_USAGE = 2,	  /* or a name that breaks the rules */
	EXIT_CONNECT = 3, /* host not found, or no connection */
	EXIT_NOT_FOUND = 4,
	EXIT_DENIED = 5,    /* or not a file */
	EXIT_STALLED = 6,   /* or broken off; retries used up */
	EXIT_PROTOCOL = 7,  /* not this protocol, or against it */
	EXIT_MISMATCH = 8,  /* digest or --sha256 */
	EXIT_CHANGED = 9,   /* while it was fetched, retries used up */
	EXIT_LOCAL = 10,    /* could not write here */
	EXIT_BUSY = 11,	    /* retries used up */
	EXIT_IO_ERROR = 12, /* the server could not read the file */
	/* Not the right server, not encrypted, or our key is not accepted. */
	EXIT_UNTRUSTED = 13,
	EXIT_INTERRUPTED = 130,
	EXIT_READER_GONE = 141, /* of standard output: main ends by SIGPIPE */
};

/* A reason for failing: the exit code and a text for people. The text may
 * contain bytes of the server; ui/report.c escapes it. */
struct failure {
	enum exit_code code;
	bool is_disk_full; /* the local disk is full */
	char text[FAILURE_TEXT];
};

/* Sets code and text. Returns -1, for the caller to return. Preserves errno. */
int failure_set(struct failure *failure, enum exit_code code,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Sets EXIT_LOCAL for a call that has failed with this errno, and is_disk_full
 * if the errno means that. Returns -1. Preserves errno. */
int failure_set_errno(struct failure *failure, int error, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* Sets EXIT_PROTOCOL for a reply that breaks the protocol. Returns -1. */
int failure_set_violation(struct failure *failure, const char *what);

/* Returns 0 for a valid name (common/names.h), or -1 with the failure set. */
int failure_check_name(struct failure *failure, const char *name, size_t len);

/* Returns 0 if size <= most (--max-size), in bytes, or -1 and sets failure. */
int failure_check_size(struct failure *failure, uint64_t size, uint64_t most);

/* Returns true if this server is of no use, while another may be: it does not
 * speak this protocol, or is not trusted, or does not trust this client. */
bool failure_is_of_server(const struct failure *failure);

/* Returns the exit code for a refusal that is not tried again. */
enum exit_code failure_exit(enum protocol_status refusal);

#endif
