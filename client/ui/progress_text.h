#ifndef CLIENT_UI_PROGRESS_TEXT_H
#define CLIENT_UI_PROGRESS_TEXT_H

/* The progress of a batch as text: a row for a person, an object for a script.
 * Pure functions; any thread may call them. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PROGRESS_TEXT = 512,	  /* bytes of a row with its NUL */
	PROGRESS_TEXT_NAME = 256, /* bytes of a name, escaped, with its NUL */
};

/* The state of a batch at one moment. */
struct progress_figures {
	uint64_t here;	     /* bytes of the batch's files that are here */
	uint64_t all;	     /* bytes of its files, as far as sizes are known */
	uint64_t received;   /* bytes, in this run */
	uint64_t rate;	     /* of the last seconds, bytes a second */
	uint64_t reuse_rate; /* the same of bytes not received (--reuse) */
	uint64_t files_over; /* done, or given up */
	uint64_t files_all;
	bool is_listing; /* folders are being listed: more files may come */
	bool has_all;	 /* all is the size of all files */
	bool is_resting; /* there is nothing to ask for at present */
	int64_t silent;	 /* ns since the last byte, reply or file */
	/* Of a file under way, escaped; or "". */
	char name[PROGRESS_TEXT_NAME];
};

/* Writes the row of a batch: the name, if there is room, and as many figures as
 * fit the columns, of which there are at least 8. Returns how much of the batch
 * is here, in thousandths. */
unsigned progress_text_batch(const struct progress_figures *figures,
    unsigned columns, char text[PROGRESS_TEXT]);

/* Writes the row of one file under way; name is escaped. has_size: the size is
 * known. Returns how much of the file is here, in thousandths. */
unsigned progress_text_file(const char *name, uint64_t here, uint64_t size,
    bool has_size, unsigned columns, char text[PROGRESS_TEXT]);

/* Writes an object, without a newline. */
void progress_text_json(const struct progress_figures *figures,
    char text[PROGRESS_TEXT]);

#endif
