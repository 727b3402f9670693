#ifndef FAULTS_SUITES_H
#define FAULTS_SUITES_H

#include <check.h>

/* Which program meets faults, and when. */
Suite *server_suite(void);	 /* fileserv, while it serves */
Suite *server_start_suite(void); /* fileserv, while it starts */
Suite *server_stop_suite(void);	 /* fileserv, while it stops */
/* fileserv, while it starts with a list of clients */
Suite *server_clients_suite(void);
Suite *keys_suite(void); /* fileget --my-key */

/* fileget, for each scenario of scenario.c. */
#define CLIENT_SUITES(X) \
	X(fetch)         \
	X(splice)        \
	X(fsync)         \
	X(unreplaced)    \
	X(tree)          \
	X(tree_fsync)    \
	X(pieces)        \
	X(pieces_anew)   \
	X(reuse) X(resume) X(list) X(glob) X(names) X(prompt) X(sums) X(stdout)
#define SUITES_DECLARE(name) Suite *name##_suite(void);
CLIENT_SUITES(SUITES_DECLARE)

#endif
