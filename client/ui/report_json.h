#ifndef CLIENT_UI_REPORT_JSON_H
#define CLIENT_UI_REPORT_JSON_H

/* The objects of --json on standard output. ui/report.h decides when one is
 * printed; one thread at a time. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "common/key_name.h"

/* How a server was known when TLS began. */
struct report_tls {
	const char *protocol; /* "TLSv1.3" */
	const char *cipher;
	char key[KEY_NAME_TEXT]; /* of the server */
};

/* The bytes of a file that one of several servers has brought. */
struct report_share {
	const char *server;	      /* "host:port", not escaped */
	const struct report_tls *tls; /* NULL: plain */
	uint64_t bytes;
};

/* A complete file. */
struct report_file {
	const char *name;
	const char *path;  /* NULL: standard output */
	uint64_t size;	   /* bytes */
	uint64_t received; /* of these, in this run */
	uint64_t reused;   /* of these, from an older copy in this run */
	int64_t elapsed;   /* nanoseconds */
	int64_t mtime_ns;
	bool verified;
	const uint8_t *digest;		   /* DIGEST_LENGTH bytes, or NULL */
	const struct report_share *shares; /* NULL: there is one server */
	size_t n_shares;		   /* servers that brought bytes */
	const struct report_tls *tls;	   /* of the one server; NULL: plain */
	const uint8_t *sha256;		   /* SHA256SUM_LENGTH bytes, or NULL */
};

/* Prints a complete file. */
void report_json_print_file(const struct report_file *file);

/* Prints the status of a name that was neither fetched nor failed, for example
 * "skipped". path may be NULL. */
void report_json_print_status(const char *name, const char *path,
    const char *status);

/* Prints a file of size bytes that a dry run would fetch. */
void report_json_print_plan(const char *name, const char *path, uint64_t size);

/* Prints a name that was not fetched; status is "failed" or "not_begun". */
void report_json_print_missing(const char *name, const char *status,
    const struct failure *failure);

#endif
