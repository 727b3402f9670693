#ifndef TESTS_UNIT_SCRIPT_H
#define TESTS_UNIT_SCRIPT_H

/*
 * A server that sends prepared replies, whatever it is asked, for tests of code
 * that makes short requests on a connection. The connection cannot be made a
 * second time.
 */

#include <pthread.h>

#include "client/wire/connection.h"
#include "client/ui/report.h"
#include "common/protocol.h"

struct script {
	struct connection connection; /* for the code under test */
	struct connection_settings settings;
	struct server_list servers;
	struct report_settings report_settings;
	struct report report;
	struct progress progress;
	int pair[2];
	uint8_t *bytes;
	size_t len, room;
	size_t page; /* start of the page being built */
	pthread_t thread;
	bool started;
};

void script_open(struct script *script);
void script_close(struct script *script);

/* Sends all prepared replies, and then no more; with end, closes its side after
 * them. */
void script_start(struct script *script, bool end);

/* Sends all replies, which fit the socket's buffer, and ends: for a test that
 * forks, as a child must not inherit a thread. */
void script_send(struct script *script);

/* ---- replies
 * --------------------------------------------------------------- */

void script_add(struct script *script, const void *bytes, size_t len);
void script_refuse(struct script *script, enum protocol_status status,
    const char *message);

/* Adds a reply to STAT, with a token of this id. */
void script_stat(struct script *script, uint32_t mode, uint64_t id);

/* Add replies to STAT and to DIGEST of these n bytes. */
void script_state(struct script *script,
    const struct protocol_attributes *attributes);
void script_digest(struct script *script,
    const struct protocol_attributes *attributes, const void *bytes, size_t n);

/* Adds a reply to FETCH of these n bytes, without the trailer. */
void script_range(struct script *script,
    const struct protocol_attributes *attributes, const void *bytes, size_t n);
/* Adds the trailer, with the digest of these n bytes. */
void script_trailer(struct script *script, uint64_t size, const void *bytes,
    size_t n);

/* Adds a reply to LIST: its entries are added between these calls. */
void script_begin_page(struct script *script, uint64_t cursor);
void script_entry(struct script *script, uint32_t mode, uint64_t size,
    const char *name);
void script_end_page(struct script *script);

#endif
