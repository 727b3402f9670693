#ifndef CLIENT_CLIENT_SETTINGS_H
#define CLIENT_CLIENT_SETTINGS_H

#include <stdbool.h>

#include "client/defaults.h"
#include "client/follow/settings.h"
#include "client/transfer/settings.h"
#include "client/trust/settings.h"
#include "client/ui/progress.h"
#include "client/ui/report.h"
#include "client/wire/server_list.h"
#include "common/key_name.h"

/* The command line: each room's settings, and options that only the top level
 * reads. Strings are those of argv or of defaults. Do not copy it: it points
 * into itself. */
struct client_options {
	char host[ENDPOINT_HOST]; /* the first HOST as given */
	bool has_ports;		  /* HOST has all ports: there is no PORT */
	bool all_addresses;	  /* each HOST stands for all its addresses */
	char **names;		  /* operands after the port */
	int n_names;
	bool names_are_exact; /* from a link: none is a pattern */
	/* Of a link. */
	struct key_name ticket;
	bool ticket_was_seen;	/* it was an argument of the command */
	const char *input_file; /* -i, "-": standard input */
	const char *check_file; /* -c: names and their SHA-256 */
	bool input_nul;		/* -0: NUL ends each name in these files */
	const char *reuse;	/* --reuse: "" or its FILE; or NULL */
	bool reuses_file;	/* --reuse=FILE */
	bool is_list;		/* -l */
	const char *single;	/* the option that needs one NAME, or NULL */
	bool is_follow;		/* -f */
	int lines;		/* --lines; -1: not given */
	bool to_stdout;		/* -o -, or -f without -o */
	bool is_my_key;		/* --my-key: nothing else is read */
	bool sandbox;
	bool config;		  /* defaults are read */
	struct defaults defaults; /* keeps the texts of defaults */
	struct trust_settings trust;
	struct transfer_settings transfer;
	struct follow_settings follow;
	struct report_settings report;
	struct progress_settings progress;
};

#endif
