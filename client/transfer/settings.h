#ifndef CLIENT_TRANSFER_SETTINGS_H
#define CLIENT_TRANSFER_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "client/filter/name_filter.h"
#include "client/store/settings.h"
#include "client/ui/sha256sum.h"
#include "client/wire/settings.h"

/* How files and folders are fetched. Strings are borrowed. */
struct transfer_settings {
	struct connection_settings connection;
	struct store_settings store;
	int jobs;	       /* connections, at most */
	const char *output;    /* -o, "-": standard output; or NULL */
	bool output_is_folder; /* with -r: an existing folder, for the tree */
	const char *directory; /* -P, or NULL: the current one */
	bool keep_name;	       /* without the prefix "new" */
	bool hidden;	       /* -r fetches names that begin with a dot */
	bool strict; /* what vanished after it was listed is a failure */
	struct name_filter filter; /* of the names in trees (-r) */
	bool is_single_name; /* the command line names one file, -i none */
	bool is_prompt;	     /* names are typed at a prompt */
	bool has_sum_file;   /* -c: names and their SHA-256 */
	const char *base;    /* with -c: the remote folder; or NULL */
	bool sums;	     /* SHA-256 of each file is printed */
	bool has_sha256;
	uint8_t sha256[SHA256SUM_LENGTH];
	int64_t wait;	/* for a name to exist, ns */
	int64_t settle; /* for a file to stay unchanged, ns */
};

#endif
