#ifndef CLIENT_STORE_SETTINGS_H
#define CLIENT_STORE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

/* How received files are written. */
struct store_settings {
	bool is_named;	 /* -o gives the final name */
	bool is_tree;	 /* -r: folders are written */
	bool resume;	 /* part files of an earlier run are continued */
	bool no_clobber; /* an existing file is kept */
	bool update;	 /* a file that is the same already is kept */
	bool verify;	 /* digests are computed */
	bool fsync;
	bool deletes;  /* what the server does not have is removed (--delete) */
	bool is_dry;   /* nothing is changed here (--dry-run) */
	bool reuse;    /* equal blocks of an older copy are used (--reuse) */
	int old_fd;    /* of that copy, or -1: the file of the final name */
	bool sparse;   /* zero blocks become holes */
	bool any_room; /* files may need less room than their size (--sparse) */
	uint64_t max_size; /* bytes of a file */
};

#endif
