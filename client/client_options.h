#ifndef CLIENT_CLIENT_OPTIONS_H
#define CLIENT_CLIENT_OPTIONS_H

#include <stdbool.h>

#include "client/follow/settings.h"
#include "client/transfer/settings.h"
#include "client/ui/progress.h"
#include "client/ui/report.h"
#include "common/endpoint.h"

/* The command line: the settings of each room, and what the top level itself
 * decides by. Strings are argv's own; settings point into server, so that the
 * struct must not be copied. */
struct client_options {
	struct endpoint server; /* as it was given */
	char **names;		/* operands after the port */
	int n_names;
	const char *input_file; /* -i, "-": standard input */
	const char *check_file; /* -c: names and their SHA-256 */
	bool input_nul;		/* -0: NUL ends each name in these files */
	bool is_list;		/* -l */
	bool is_follow;		/* -f */
	bool sandbox;
	struct transfer_settings transfer;
	struct follow_settings follow;
	struct report_settings report;
	struct progress_settings progress;
};

/*
 * Reads the command line. Prints and exits for --help and --version (0) and
 * for a mistake (2, one line and a hint on standard error).
 */
void client_options_parse(struct client_options *options, int argc,
    char **argv);

/* Whether names are to be asked for at a prompt. */
bool client_options_wants_prompt(const struct client_options *options);

/* Whether the file goes to standard output (-o -, or -f without -o). */
bool client_options_to_stdout(const struct client_options *options);

#endif
