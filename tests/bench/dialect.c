/*
 * Parses only as much as detects a good reply and its length, so that the
 * generator is not the bottleneck.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/protocol.h"
#include "tests/bench/dialect.h"

const char *
dialect_protocol(enum dialect dialect)
{
	return dialect == DIALECT_HTTP ? "http/1.1" : "fileserv/1";
}

size_t
dialect_request(enum dialect dialect, const char *name,
    uint8_t bytes[DIALECT_REQUEST])
{
	struct protocol_request request;
	int len;

	if (strlen(name) > DIALECT_REQUEST / 2)
		return 0;
	if (dialect == DIALECT_FILESERV) {
		memset(&request, 0, sizeof request);
		request.op = PROTOCOL_OP_GET;
		request.name = (const uint8_t *)name;
		request.name_len = strlen(name);
		return protocol_encode_request(&request, bytes);
	}
	len = snprintf((char *)bytes, DIALECT_REQUEST,
	    "GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n", name);
	return len > 0 && len < DIALECT_REQUEST ? (size_t)len : 0;
}

static int
head_of_ours(const uint8_t *bytes, size_t len, size_t *head, uint64_t *body)
{
	enum protocol_status status;

	if (len < PROTOCOL_REPLY_HEADER_SIZE)
		return 0;
	if (protocol_decode_reply(bytes, &status, body) != 0 ||
	    status != PROTOCOL_OK)
		return -1;
	*head = PROTOCOL_REPLY_HEADER_SIZE;
	return 1;
}

static int
head_of_http(const uint8_t *bytes, size_t len, size_t *head, uint64_t *body)
{
	static const char good[] = "HTTP/1.1 200", end[] = "\r\n\r\n";
	static const char field[] = "\r\nContent-Length: ";
	const uint8_t *stop, *length;

	stop = memmem(bytes, len, end, sizeof end - 1);
	if (stop == NULL)
		return len < DIALECT_HEAD ? 0 : -1;
	*head = (size_t)(stop - bytes) + sizeof end - 1;
	length = memmem(bytes, *head, field, sizeof field - 1);
	if (memcmp(bytes, good, sizeof good - 1) != 0 || length == NULL)
		return -1;
	*body = strtoull((const char *)length + sizeof field - 1, NULL, 10);
	return 1;
}

int
dialect_head(enum dialect dialect, const uint8_t *bytes, size_t len,
    size_t *head, uint64_t *body)
{
	return dialect == DIALECT_HTTP ? head_of_http(bytes, len, head, body) :
					 head_of_ours(bytes, len, head, body);
}
