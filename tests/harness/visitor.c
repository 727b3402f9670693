#include <endian.h>
#include <string.h>

#include <check.h>

#include "tests/harness/visitor.h"
#include "tests/harness/wire.h"

static int
begin(struct secure *secure, const struct key_pair *key, uint16_t port)
{
	const struct secure_options options = {.protocol = "fileserv/1",
	    .key = key};

	return secure_begin(secure, wire_connect(port), &options);
}

void
visitor_connect(struct visitor *visitor, uint16_t port)
{
	int alert = begin(&visitor->secure, &visitor->key, port);

	ck_assert_msg(alert == 0, "alert %d", alert);
}

void
visitor_close(struct visitor *visitor)
{
	secure_close(&visitor->secure);
}

int
visitor_refused(const struct key_pair *key, uint16_t port)
{
	struct secure secure;
	int alert = begin(&secure, key, port);

	/* The client's side of a handshake ends before the server looks at its
	 * key. */
	if (alert == 0)
		alert = secure_read_alert(&secure);
	secure_close(&secure);
	return alert;
}

enum protocol_status
visitor_receive(struct visitor *visitor)
{
	uint64_t len;

	secure_read(&visitor->secure, visitor->reply,
	    PROTOCOL_REPLY_HEADER_SIZE);
	memcpy(&len, visitor->reply, sizeof(len));
	len = be64toh(len) & PROTOCOL_LENGTH_MAX;
	ck_assert_uint_le(len, VISITOR_REPLY - PROTOCOL_REPLY_HEADER_SIZE);
	secure_read(&visitor->secure,
	    visitor->reply + PROTOCOL_REPLY_HEADER_SIZE, len);
	visitor->len = PROTOCOL_REPLY_HEADER_SIZE + len;
	return visitor->reply[0];
}

void
visitor_send(struct visitor *visitor, const struct protocol_request *request,
    const char *name)
{
	uint8_t bytes[PROTOCOL_PREFIX_SIZE + PROTOCOL_FIXED_MAX + 4096];
	struct protocol_request named = *request;

	named.name = (const uint8_t *)name;
	named.name_len = strlen(name);
	ck_assert_uint_le(named.name_len, 4096);
	secure_send(&visitor->secure, bytes,
	    protocol_encode_request(&named, bytes));
}

enum protocol_status
visitor_ask_with(struct visitor *visitor,
    const struct protocol_request *request, const char *name)
{
	visitor_send(visitor, request, name);
	return visitor_receive(visitor);
}

enum protocol_status
visitor_ask(struct visitor *visitor, enum protocol_op op, const char *name)
{
	const struct protocol_request request = {
	    .op = (uint8_t)op,
	    .count = op == PROTOCOL_OP_LIST ? 0 : PROTOCOL_TO_END,
	};

	return visitor_ask_with(visitor, &request, name);
}

void
visitor_expect_text(struct visitor *visitor, const char *name, const char *text)
{
	ck_assert_int_eq(visitor_ask(visitor, PROTOCOL_OP_GET, name),
	    PROTOCOL_OK);
	ck_assert_uint_eq(visitor->len - PROTOCOL_REPLY_HEADER_SIZE,
	    strlen(text));
	ck_assert_mem_eq(visitor->reply + PROTOCOL_REPLY_HEADER_SIZE, text,
	    strlen(text));
}

void
visitor_expect_list(struct visitor *visitor, const char *folder,
    const char *names)
{
	size_t at = PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_CURSOR_SIZE, len = 0;
	char listed[4096] = "", entry[300];
	struct protocol_record record;

	ck_assert_int_eq(visitor_ask(visitor, PROTOCOL_OP_LIST, folder),
	    PROTOCOL_OK);
	while (at < visitor->len) {
		ck_assert_uint_le(at + PROTOCOL_RECORD_SIZE, visitor->len);
		ck_assert_int_eq(protocol_decode_record(visitor->reply + at,
				     &record),
		    0);
		at += PROTOCOL_RECORD_SIZE;
		ck_assert_uint_le(at + record.name_len, visitor->len);
		ck_assert_uint_lt(record.name_len + 2, sizeof(entry));
		memcpy(entry, visitor->reply + at, record.name_len);
		memcpy(entry + record.name_len, " ", 2);
		at += record.name_len;
		ck_assert_msg(strstr(names, entry) != NULL, "listed: %s",
		    entry);
		len += strlen(entry);
		ck_assert_uint_lt(len, sizeof(listed));
		strlcat(listed, entry, sizeof(listed));
	}
	ck_assert_msg(len == strlen(names), "listed: %s; not %s", listed,
	    names);
}
