#ifndef CLIENT_UI_EXIT_CODES_H
#define CLIENT_UI_EXIT_CODES_H

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
	EXIT_INTERRUPTED = 130,
};

#endif
