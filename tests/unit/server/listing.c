/* A folder, and lists of it as send_list.c writes them to a socket. */

#include <sys/socket.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/names.h"
#include "server/send_list.h"
#include "tests/unit/server/listing.h"

char listing_served[UNIT_PATH];
struct root listing_root;
struct root_file listing_folder;
static struct stream stream;
struct work_slot listing_slot;
static int client;		/* the other end of the stream */
const char *listing_name = "."; /* the folder's name in the request */

static uint8_t body[LISTING_PAGE];
size_t listing_body_len;
uint64_t listing_cursor;

void
listing_open_folder(const char *asked)
{
	listing_name = asked;
	ck_assert_int_eq(root_open_folder(&listing_root, (const uint8_t *)asked,
			     strlen(asked), &listing_folder),
	    PROTOCOL_OK);
}

void
listing_setup(void)
{
	int pair[2];

	unit_folder(listing_served);
	ck_assert_int_eq(root_open(&listing_root, listing_served, false, true),
	    0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			     pair),
	    0);
	stream_open(&stream, pair[0], -1);
	client = pair[1];
	listing_open_folder(".");
}

void
listing_teardown(void)
{
	root_close_file(&listing_folder);
	root_close(&listing_root);
	stream_rest(&stream);
	close(stream.transport.fd);
	close(client);
}

void
listing_make(const char *before, unsigned number)
{
	char entry[LISTING_NAME + 1];

	snprintf(entry, sizeof(entry), "%s%u", before, number);
	unit_write(listing_served, entry, "12345", 5);
}

void
listing_make_long(unsigned number)
{
	char entry[LISTING_NAME + 1];

	snprintf(entry, sizeof(entry), "%0*u", LISTING_NAME, number);
	unit_write(listing_served, entry, "", 0);
}

enum protocol_status
listing_ask(uint64_t from)
{
	const struct protocol_request request = {.op = PROTOCOL_OP_LIST,
	    .cursor = from,
	    .name = (const uint8_t *)listing_name,
	    .name_len = strlen(listing_name)};
	struct reply_writer reply = {.stream = &stream, .slot = &listing_slot};
	uint8_t header[PROTOCOL_REPLY_HEADER_SIZE];
	enum protocol_status status;
	uint64_t length;
	int code;

	ck_assert_int_eq(send_list_page(&listing_root, &listing_folder,
			     &request, &reply),
	    0);
	ck_assert_int_eq(stream_flush(&stream, false), 0);
	ck_assert_uint_eq(unit_receive(client, header, sizeof(header), &code),
	    sizeof(header));
	ck_assert_int_eq(protocol_decode_reply(header, &status, &length), 0);
	ck_assert_uint_eq(length, reply.announced);
	ck_assert_uint_eq(length, reply.sent);
	ck_assert_uint_le(length, sizeof(body));
	listing_body_len = (size_t)length;
	ck_assert_uint_eq(unit_receive(client, body, listing_body_len, &code),
	    listing_body_len);
	if (status == PROTOCOL_OK)
		listing_cursor = protocol_decode_cursor(body);
	return status;
}

unsigned
listing_each(
    void (*look)(const struct protocol_record *record, const char *entry))
{
	struct protocol_record record;
	char entry[NAMES_MAX + 1];
	size_t at = PROTOCOL_CURSOR_SIZE;
	unsigned n = 0;

	for (; at < listing_body_len; n++) {
		ck_assert_uint_ge(listing_body_len - at, PROTOCOL_RECORD_SIZE);
		ck_assert_int_eq(protocol_decode_record(body + at, &record), 0);
		at += PROTOCOL_RECORD_SIZE;
		ck_assert_uint_ge(listing_body_len - at, record.name_len);
		memcpy(entry, body + at, record.name_len);
		entry[record.name_len] = '\0';
		at += record.name_len;
		ck_assert(
		    names_valid((const uint8_t *)entry, record.name_len) &&
		    strchr(entry, '/') == NULL);
		look(&record, entry);
	}
	ck_assert_uint_eq(at, listing_body_len);
	return n;
}

unsigned listing_seen[2 * LISTING_LOOKED];

void
listing_count(const struct protocol_record *record, const char *entry)
{
	unsigned long number = strtoul(entry, NULL, 10);

	ck_assert(S_ISREG(record->mode));
	ck_assert_uint_lt(number, UNIT_ROWS(listing_seen));
	listing_seen[number]++;
}

void
listing_ignore(const struct protocol_record *record, const char *entry)
{
	(void)record;
	(void)entry;
}
