#ifndef CLIENT_UI_EXIT_CODES_H
#define CLIENT_UI_EXIT_CODES_H

/* What fileget's exit code says; the first failure decides. */
enum exits {
	EXITS_OK = 0,
	EXITS_USAGE = 2,   /* or a name that breaks the rules */
	EXITS_CONNECT = 3, /* host not found, or no connection */
	EXITS_NOT_FOUND = 4,
	EXITS_DENIED = 5,    /* or not a file */
	EXITS_STALLED = 6,   /* or broken off; retries used up */
	EXITS_PROTOCOL = 7,  /* not this protocol, or against it */
	EXITS_MISMATCH = 8,  /* digest or --sha256 */
	EXITS_CHANGED = 9,   /* while it was fetched, retries used up */
	EXITS_LOCAL = 10,    /* could not write here */
	EXITS_BUSY = 11,     /* retries used up */
	EXITS_IO_ERROR = 12, /* the server could not read the file */
	EXITS_INTERRUPTED = 130,
};

#endif
