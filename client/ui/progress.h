#ifndef CLIENT_UI_PROGRESS_H
#define CLIENT_UI_PROGRESS_H

/*
 * How far it has come, on standard error: a bar that is drawn over on a
 * terminal, a line now and then elsewhere if asked for, or nothing. Any thread
 * may call these after progress_open.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum progress_mode {
	PROGRESS_MODE_AUTO, /* a bar on a terminal */
	PROGRESS_MODE_BAR,
	PROGRESS_MODE_PLAIN, /* lines now and then */
	PROGRESS_MODE_NONE,
};

struct progress_settings {
	enum progress_mode mode;
	bool quiet;
};

struct progress {
	pthread_mutex_t lock;	 /* guards all of it */
	enum progress_mode mode; /* not AUTO */
	bool start_line;
	bool colour;
	bool shown;	/* a bar stands on the line */
	int64_t next;	/* when to draw again */
	uint64_t files; /* of the batch, */
	uint64_t left;	/* of these, with the one under way */
	uint64_t bytes; /* received for it so far */
	int64_t began;
	const char *name;	/* the file under way, or NULL */
	uint64_t size;		/* of it, bytes */
	uint64_t at;		/* how much of it is here */
	uint64_t file_received; /* of that, in this run */
	int64_t file_began;
};

/* auto is a bar where standard error is a terminal, else a line at the start;
 * those at the end are the report's. */
void progress_open(struct progress *progress,
    const struct progress_settings *settings);

/* Whether a line at the start takes the place of a bar. */
bool progress_wants_start_line(const struct progress *progress);

/* A batch of so many files begins. */
void progress_begin(struct progress *progress, uint64_t files);

/* One more has been found for the batch. */
void progress_add_file(struct progress *progress);

/* The file that is left-th from the last begins, of size bytes, at of which
 * are here. name is borrowed until progress_end_file. */
void progress_begin_file(struct progress *progress, uint64_t left,
    const char *name, uint64_t size, uint64_t at);

/* The same for one that has begun before, unless another is shown. */
void progress_take_up(struct progress *progress, uint64_t left,
    const char *name, uint64_t size, uint64_t at);

/* n bytes more of the file that was begun with this very name; draws when it
 * is time to. Where several are under way, the last one begun is shown. */
void progress_add(struct progress *progress, const char *name, uint64_t n);

/* That file is done with, one way or the other. */
void progress_end_file(struct progress *progress, const char *name);

/* Bytes received for the batch so far. */
uint64_t progress_bytes(struct progress *progress);

/* Takes the bar off the line, for a message. */
void progress_clear(struct progress *progress);

#endif
