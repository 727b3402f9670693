#ifndef CLIENT_CLIENT_OPTIONS_H
#define CLIENT_CLIENT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/sha256sum.h"
#include "common/endpoint.h"

enum options_progress {
	OPTIONS_PROGRESS_AUTO,
	OPTIONS_PROGRESS_BAR,
	OPTIONS_PROGRESS_PLAIN,
	OPTIONS_PROGRESS_NONE,
};

/* The command line. Strings are argv's own; host points into server, so that
 * the struct must not be copied. */
struct client_options {
	struct endpoint server; /* as it was given */
	const char *host;	/* without brackets */
	uint16_t port;
	char **names; /* operands after the port */
	int n_names;
	const char *input_file; /* more names, "-": standard input */
	bool input_nul;		/* with NUL between them */
	const char *output;	/* -o, "-": standard output */
	bool output_is_folder;	/* -r -o: it is there, the tree goes into it */
	const char *directory;
	bool keep_name;
	bool recursive;
	bool hidden; /* with -r: names that begin with a dot, too */
	bool list;
	bool follow;
	bool update;
	bool no_clobber;
	int jobs; /* connections, at most */
	bool resume;
	bool sandbox;
	bool verify;
	bool fsync;
	bool sums;
	const char *check_file; /* names and their SHA-256 */
	const char *base;	/* with that: the folder there; or NULL */
	bool has_sha256;
	uint8_t sha256[SHA256SUM_LENGTH];
	uint64_t max_size;	 /* bytes */
	uint64_t rate;		 /* bytes a second; 0: no limit */
	int64_t wait;		 /* for a name to exist, ns */
	int64_t settle;		 /* for its file to stand still, ns */
	int64_t connect_timeout; /* nanoseconds */
	int64_t timeout;	 /* without a byte, ns */
	int retry;
	bool quiet;
	bool verbose;
	bool json;
	enum options_progress progress;
};

/*
 * Reads the command line. Prints and exits for --help and --version (0) and
 * for a mistake (2, one line and a hint on standard error).
 */
void client_options_parse(struct client_options *options, int argc,
    char **argv);

/* Whether names are to be asked for at a prompt. */
bool options_wants_prompt(const struct client_options *options);

/* Whether the file goes to standard output (-o -, or -f without -o). */
bool options_to_stdout(const struct client_options *options);

#endif
