#ifndef TESTS_UNIT_SCRIPT_H
#define TESTS_UNIT_SCRIPT_H

/*
 * A server that says what was written down for it before, whatever it is
 * asked: for the tests of what asks short questions over a link. The link is
 * connected, and will not be again.
 */

#include <pthread.h>

#include "client/wire/connection.h"
#include "client/ui/report.h"
#include "common/protocol.h"

struct script {
	struct connection connection; /* for the code under test */
	struct connection_settings settings;
	struct report_settings report_settings;
	struct report report;
	struct progress progress;
	int pair[2];
	uint8_t *bytes;
	size_t len, room;
	size_t page; /* where the one that is written begins */
	pthread_t thread;
	bool started;
};

void script_open(struct script *script);
void script_close(struct script *script);

/* Says all that was written, and then nothing; with end, ends there. */
void script_start(struct script *script, bool end);

/* ---- what it says ------------------------------------------------------- */

void script_add(struct script *script, const void *bytes, size_t len);
void script_refuse(struct script *script, enum protocol_status status,
    const char *message);

/* The reply to a STAT, of a token with this id. */
void script_stat(struct script *script, uint32_t mode, uint64_t id);

/* The replies to a STAT and to a DIGEST of these n bytes. */
void script_state(struct script *script,
    const struct protocol_attributes *attributes);
void script_digest(struct script *script,
    const struct protocol_attributes *attributes, const void *bytes, size_t n);

/* The reply to a FETCH of these n bytes; the trailer is separate, its digest
 * that of the n bytes. */
void script_range(struct script *script,
    const struct protocol_attributes *attributes, const void *bytes, size_t n);
void script_trailer(struct script *script, uint64_t size, const void *bytes,
    size_t n);

/* The reply to a LIST: the entries stand between these. */
void script_begin_page(struct script *script, uint64_t cursor);
void script_entry(struct script *script, uint32_t mode, uint64_t size,
    const char *name);
void script_end_page(struct script *script);

#endif
