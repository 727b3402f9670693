/* Decodes without the code of the programs under test. */

#include <sys/endian.h>

#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/harness/pages.h"
#include "tests/harness/wire.h"

enum {
	PAGES_BODY = 1024 * 1024, /* maximum in bytes */
	PAGES_RECORD = 22,
	PAGES_MOST = 100000, /* pages of one listing */
};

void
pages_ask(int fd, const char *folder, uint64_t cursor)
{
	uint8_t head[12] = {3};
	size_t len = strlen(folder);

	be16enc(head + 2, (uint16_t)(8 + len));
	be64enc(head + 4, cursor);
	wire_send(fd, head, sizeof(head));
	wire_send(fd, folder, len);
}

static void
add(struct pages *pages, const uint8_t *record, size_t name_len)
{
	struct pages_entry *entry;
	const char *name = (const char *)record + PAGES_RECORD;

	ck_assert_msg(memchr(name, '\0', name_len) == NULL &&
		memchr(name, '/', name_len) == NULL,
	    "an entry's name is not valid");
	if (pages->n == pages->room) {
		pages->room = 2 * pages->room + 64;
		pages->entries = realloc(pages->entries,
		    pages->room * sizeof(*pages->entries));
		ck_assert_ptr_nonnull(pages->entries);
	}
	entry = &pages->entries[pages->n++];
	entry->mode = be32dec(record);
	entry->size = be64dec(record + 4);
	entry->mtime_ns = (int64_t)be64dec(record + 12);
	entry->name = calloc(name_len + 1, 1);
	ck_assert_ptr_nonnull(entry->name);
	memcpy(entry->name, name, name_len);
}

uint64_t
pages_receive(struct pages *pages, int fd)
{
	uint8_t head[8], *body;
	uint64_t length, cursor;
	size_t at, name_len;

	wire_read(fd, head, sizeof(head));
	length = be64dec(head);
	ck_assert_msg(head[0] == 0, "a page is refused: %u", head[0]);
	ck_assert_uint_ge(length, 8);
	ck_assert_uint_le(length, PAGES_BODY);
	body = malloc((size_t)length);
	ck_assert_ptr_nonnull(body);
	wire_read(fd, body, (size_t)length);
	cursor = be64dec(body);
	for (at = 8; at < length; at += PAGES_RECORD + name_len) {
		ck_assert_uint_ge(length - at, PAGES_RECORD);
		name_len = be16dec(body + at + 20);
		ck_assert_uint_gt(name_len, 0);
		ck_assert_uint_ge(length - at, PAGES_RECORD + name_len);
		add(pages, body + at, name_len);
	}
	free(body);
	pages->pages++;
	return cursor;
}

uint64_t
pages_read(struct pages *pages, int fd, const char *folder, uint64_t cursor)
{
	pages_ask(fd, folder, cursor);
	return pages_receive(pages, fd);
}

void
pages_read_all(struct pages *pages, int fd, const char *folder)
{
	uint64_t cursor = 0;

	memset(pages, 0, sizeof(*pages));
	do {
		cursor = pages_read(pages, fd, folder, cursor);
		ck_assert_msg(pages->pages < PAGES_MOST, "%s never ends",
		    folder);
	} while (cursor != 0);
}

void
pages_free(struct pages *pages)
{
	size_t i;

	for (i = 0; i < pages->n; i++)
		free(pages->entries[i].name);
	free(pages->entries);
	memset(pages, 0, sizeof(*pages));
}

unsigned
pages_count(const struct pages *pages, const char *name)
{
	unsigned found = 0;
	size_t i;

	for (i = 0; i < pages->n; i++)
		found += strcmp(pages->entries[i].name, name) == 0;
	return found;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct pages_entry *)a)->name,
	    ((const struct pages_entry *)b)->name);
}

size_t
pages_different(struct pages *pages)
{
	size_t i, different = pages->n > 0;

	if (pages->n > 0)
		qsort(pages->entries, pages->n, sizeof(*pages->entries),
		    compare);
	for (i = 1; i < pages->n; i++)
		different +=
		    compare(&pages->entries[i - 1], &pages->entries[i]) != 0;
	return different;
}
