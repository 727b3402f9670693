/*
 * A thread sends the replies, since a socket may not take all bytes at once.
 * shutdown(2) wakes it; it asserts nothing.
 */

#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/digest.h"
#include "tests/unit/script.h"
#include "tests/unit/unit.h"

void
script_open(struct script *script)
{
	memset(script, 0, sizeof(*script));
	/* A port on which no server listens. */
	server_list_open(&script->servers);
	ck_assert_int_eq(server_list_add(&script->servers, "127.0.0.1", 1), 0);
	script->settings.servers = &script->servers;
	script->settings.host = "127.0.0.1";
	script->report_settings.quiet = true;
	script->settings.timeout = UNIT_TIMEOUT * CLOCK_SEC;
	script->settings.connect_timeout = UNIT_TIMEOUT * CLOCK_SEC;
	report_open(&script->report, &script->report_settings,
	    &script->progress);
	connection_open(&script->connection, &script->settings, &script->report,
	    NULL);
	unit_tcp_pair(script->pair);
	script->connection.fd = script->pair[0];
	script->connection.ever = true;
	stream_open(&script->connection.stream, script->pair[0], -1);
}

void
script_close(struct script *script)
{
	shutdown(script->pair[1], SHUT_RDWR);
	if (script->started)
		ck_assert_int_eq(pthread_join(script->thread, NULL), 0);
	connection_close(&script->connection);
	close(script->pair[1]);
	free(script->bytes);
}

static void *
say(void *argument)
{
	struct script *script = argument;
	size_t at = 0;
	ssize_t n;

	while (at < script->len) {
		n = send(script->pair[1], script->bytes + at, script->len - at,
		    MSG_NOSIGNAL);
		if (n < 0)
			break;
		at += (size_t)n;
	}
	return NULL;
}

static void *
say_and_end(void *argument)
{
	struct script *script = argument;

	say(script);
	shutdown(script->pair[1], SHUT_WR);
	return NULL;
}

void
script_start(struct script *script, bool end)
{
	ck_assert_int_eq(pthread_create(&script->thread, NULL,
			     end ? say_and_end : say, script),
	    0);
	script->started = true;
}

void
script_send(struct script *script)
{
	script_start(script, true);
	pthread_join(script->thread, NULL);
	script->started = false;
}

void
script_add(struct script *script, const void *bytes, size_t len)
{
	if (script->len + len > script->room) {
		script->room = 2 * (script->len + len);
		script->bytes = realloc(script->bytes, script->room);
		ck_assert_ptr_nonnull(script->bytes);
	}
	memcpy(script->bytes + script->len, bytes, len);
	script->len += len;
}

static void
add_header(struct script *script, enum protocol_status status, size_t len)
{
	uint8_t header[PROTOCOL_REPLY_HEADER_SIZE];

	protocol_encode_reply(status, len, header);
	script_add(script, header, sizeof(header));
}

void
script_refuse(struct script *script, enum protocol_status status,
    const char *message)
{
	add_header(script, status, strlen(message));
	script_add(script, message, strlen(message));
}

/* The header of a body and the attributes that it begins with. */
static void
add_attributes(struct script *script,
    const struct protocol_attributes *attributes, size_t len)
{
	uint8_t bytes[PROTOCOL_ATTRIBUTES_SIZE];

	protocol_encode_attributes(attributes, bytes);
	add_header(script, PROTOCOL_OK, sizeof(bytes) + len);
	script_add(script, bytes, sizeof(bytes));
}

void
script_state(struct script *script,
    const struct protocol_attributes *attributes)
{
	add_attributes(script, attributes, 0);
}

void
script_stat(struct script *script, uint32_t mode, uint64_t id)
{
	const struct protocol_attributes attributes = {.token = {id, 1},
	    .size = 4096,
	    .mode = mode};

	script_state(script, &attributes);
}

void
script_digest(struct script *script,
    const struct protocol_attributes *attributes, const void *bytes, size_t n)
{
	uint8_t digest[PROTOCOL_DIGEST_SIZE];

	digest_of(bytes, n, digest);
	add_attributes(script, attributes, sizeof(digest));
	script_add(script, digest, sizeof(digest));
}

void
script_range(struct script *script,
    const struct protocol_attributes *attributes, const void *bytes, size_t n)
{
	add_attributes(script, attributes, n + PROTOCOL_TRAILER_SIZE);
	script_add(script, bytes, n);
}

void
script_trailer(struct script *script, uint64_t size, const void *bytes,
    size_t n)
{
	struct protocol_trailer trailer = {PROTOCOL_OK, size, {0}};
	uint8_t encoded[PROTOCOL_TRAILER_SIZE];

	digest_of(bytes, n, trailer.digest);
	protocol_encode_trailer(&trailer, encoded);
	script_add(script, encoded, sizeof(encoded));
}

void
script_begin_page(struct script *script, uint64_t cursor)
{
	uint8_t bytes[PROTOCOL_CURSOR_SIZE];

	script->page = script->len;
	add_header(script, PROTOCOL_OK, 0);
	protocol_encode_cursor(cursor, bytes);
	script_add(script, bytes, sizeof(bytes));
}

void
script_entry(struct script *script, uint32_t mode, uint64_t size,
    const char *name)
{
	struct protocol_record record = {.mode = mode,
	    .size = size,
	    .mtime_ns = CLOCK_SEC,
	    .name_len = strlen(name)};
	uint8_t bytes[PROTOCOL_RECORD_SIZE];

	protocol_encode_record(&record, bytes);
	script_add(script, bytes, sizeof(bytes));
	script_add(script, name, record.name_len);
}

void
script_end_page(struct script *script)
{
	protocol_encode_reply(PROTOCOL_OK,
	    script->len - script->page - PROTOCOL_REPLY_HEADER_SIZE,
	    script->bytes + script->page);
}
