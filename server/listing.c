/*
 * A folder, a page at a time. The cursor is the place in the folder that the
 * file system gives for an entry (d_off of getdents64(2)): the server keeps
 * nothing between two pages, and what stands throughout comes exactly once.
 * A page is put together in the stream's output, so that it costs no memory
 * either, and ends early in a folder full of names that are not shown.
 */

#include <sys/stat.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/protocol.h"
#include "common/stream.h"
#include "server/listing.h"

enum {
	LISTING_PAGE = STREAM_OUT - PROTOCOL_REPLY, /* bytes of a body */
	LISTING_READ = 4 * 1024,		    /* bytes of a folder */
	LISTING_LOOK = 4096, /* entries looked at for a page */
};

/* A page that is being put together. */
struct page {
	const struct root *root;
	const struct root_file *folder;
	const struct protocol_request *request;
	uint64_t cursor; /* behind the last entry that was looked at */
	unsigned looked; /* entries */
	uint8_t *bytes;	 /* LISTING_PAGE of room */
	size_t len;	 /* used */
};

/* Adds an entry, if it is to be shown; false if the page has no room. */
static bool
add_entry(struct page *page, const char *entry)
{
	struct protocol_record record = {.name_len = strlen(entry)};
	const struct protocol_request *request = page->request;
	struct stat stat = {.st_mode = 0};

	if (!root_shows(page->root, entry))
		return true;
	if (LISTING_PAGE - page->len < PROTOCOL_RECORD + record.name_len)
		return false;
	if (root_stat_entry(page->root, page->folder, request->name,
		request->name_len, entry, &stat) != PROTOCOL_OK)
		return true;
	if (!S_ISREG(stat.st_mode) && !S_ISDIR(stat.st_mode))
		return true;
	record.mode = stat.st_mode;
	record.size = (uint64_t)stat.st_size;
	record.mtime_ns = root_mtime(&stat);
	protocol_encode_record(&record, page->bytes + page->len);
	memcpy(page->bytes + page->len + PROTOCOL_RECORD, entry,
	    record.name_len);
	page->len += PROTOCOL_RECORD + record.name_len;
	return true;
}

/* Adds what one read of the folder has brought; false once the page is full. */
static bool
add_entries(struct page *page, const uint8_t *entries, size_t len)
{
	const struct dirent *entry;
	size_t at;

	for (at = 0; at < len; at += entry->d_reclen) {
		/* The kernel aligns each for this (struct linux_dirent64 is
		 * struct dirent on 64-bit systems). */
		entry = (const struct dirent *)(const void *)(entries + at);
		if (page->looked == LISTING_LOOK ||
		    !add_entry(page, entry->d_name))
			return false;
		page->cursor = (uint64_t)entry->d_off;
		page->looked++;
	}
	return true;
}

/* Reads the folder into the page: 0, or -1 with errno. */
static int
fill(struct page *page)
{
	_Alignas(struct dirent) uint8_t entries[LISTING_READ];
	long got;

	do {
		got = syscall(SYS_getdents64, page->folder->fd, entries,
		    sizeof(entries));
		if (got < 0)
			return -1;
		if (got == 0) {
			page->cursor = 0;
			return 0;
		}
	} while (add_entries(page, entries, (size_t)got));
	return 0;
}

int
listing_send(const struct root *root, const struct root_file *folder,
    const struct protocol_request *request, struct reply *reply)
{
	struct page page = {.root = root,
	    .folder = folder,
	    .request = request,
	    .cursor = request->cursor,
	    .len = PROTOCOL_CURSOR};
	uint8_t *bytes;

	if (request->cursor > INT64_MAX ||
	    lseek(folder->fd, (off_t)request->cursor, SEEK_SET) < 0)
		return reply_refuse(reply, PROTOCOL_BAD_RANGE);
	bytes = stream_reserve(reply->stream, PROTOCOL_REPLY + LISTING_PAGE);
	if (bytes == NULL)
		return -1;
	page.bytes = bytes + PROTOCOL_REPLY;
	if (fill(&page) != 0)
		return reply_refuse(reply, PROTOCOL_IO_ERROR);
	protocol_encode_cursor(page.cursor, page.bytes);
	protocol_encode_reply(PROTOCOL_OK, page.len, bytes);
	stream_commit(reply->stream, PROTOCOL_REPLY + page.len);
	reply->announced = reply->sent = page.len;
	return 0;
}
