/* Builds STAT and LIST replies in memory and sends them. */

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/harness/fake_folder.h"

bool
fake_send_stat(struct fake *fake, uint32_t mode, uint64_t id)
{
	uint8_t reply[PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE];
	struct protocol_attributes attributes = {.token = {id, 1},
	    .size = 4096,
	    .mtime_ns = CLOCK_SEC,
	    .mode = mode};

	protocol_encode_reply(PROTOCOL_OK, PROTOCOL_ATTRIBUTES_SIZE, reply);
	protocol_encode_attributes(&attributes,
	    reply + PROTOCOL_REPLY_HEADER_SIZE);
	return fake_send(fake, reply, sizeof(reply));
}

/* Appends room for n bytes to the page and returns a pointer to it. */
static uint8_t *
extend(struct fake_page *page, size_t n)
{
	if (page->len + n > page->room) {
		page->room = 2 * (page->len + n);
		page->bytes = realloc(page->bytes, page->room);
		if (page->bytes == NULL)
			abort();
	}
	page->len += n;
	return page->bytes + page->len - n;
}

void
fake_begin_page(struct fake_page *page, uint64_t cursor)
{
	uint8_t *at =
	    extend(page, PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_CURSOR_SIZE);

	protocol_encode_cursor(cursor, at + PROTOCOL_REPLY_HEADER_SIZE);
}

void
fake_add_entry(struct fake_page *page, uint32_t mode, const void *name,
    size_t len)
{
	struct protocol_record record = {.mode = mode,
	    .size = len,
	    .mtime_ns = CLOCK_SEC,
	    .name_len = len};

	protocol_encode_record(&record, extend(page, PROTOCOL_RECORD_SIZE));
	memcpy(extend(page, len), name, len);
}

bool
fake_send_page(struct fake *fake, struct fake_page *page)
{
	bool sent;

	protocol_encode_reply(PROTOCOL_OK,
	    page->len - PROTOCOL_REPLY_HEADER_SIZE, page->bytes);
	sent = fake_send(fake, page->bytes, page->len);
	free(page->bytes);
	memset(page, 0, sizeof(*page));
	return sent;
}

bool
fake_send_names(struct fake *fake, uint64_t cursor, const char *const *names)
{
	struct fake_page page = {0};

	fake_begin_page(&page, cursor);
	for (; *names != NULL; names++)
		fake_add_entry(&page, S_IFDIR | 0755, *names, strlen(*names));
	return fake_send_page(fake, &page);
}
