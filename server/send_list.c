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

#include "common/clock.h"
#include "common/protocol.h"
#include "common/stream.h"
#include "server/send_list.h"
#include "server/state.h"

enum {
	SEND_LIST_PAGE =
	    STREAM_OUT - PROTOCOL_REPLY_HEADER_SIZE, /* bytes of a body */
	SEND_LIST_READ = 4 * 1024,		     /* bytes of a folder */
	SEND_LIST_LOOK = 4096, /* entries looked at for a page */
	SEND_LIST_CLOCK = 8,   /* entries between two looks at the clock */
};

/* A page takes hardly longer than this, also where the state of each entry has
 * to be asked for across a network. */
#define SEND_LIST_TIME CLOCK_SEC

/* A page that is being put together. */
struct page {
	const struct root *root;
	const struct root_file *folder;
	const struct protocol_request *request;
	struct work_slot *slot; /* that it is put together in; NULL: none */
	uint64_t cursor;	/* behind the last entry that was looked at */
	unsigned looked;	/* entries */
	int64_t began;		/* clock_now */
	uint8_t *bytes;		/* SEND_LIST_PAGE of room */
	size_t len;		/* used */
	enum protocol_status status;
};

static void
add_record(struct page *page, const struct stat *stat, const char *entry)
{
	struct protocol_record record = {
	    .mode = stat->st_mode,
	    .size = (uint64_t)stat->st_size,
	    .mtime_ns = state_mtime(stat),
	    .name_len = strlen(entry),
	};

	protocol_encode_record(&record, page->bytes + page->len);
	memcpy(page->bytes + page->len + PROTOCOL_RECORD_SIZE, entry,
	    record.name_len);
	page->len += PROTOCOL_RECORD_SIZE + record.name_len;
}

/* The kind of an entry that cannot be looked at: all that is listed of it. A
 * client that asks for it learns why. */
static mode_t
kind_of(const struct dirent *entry)
{
	switch (entry->d_type) {
	case DT_DIR:
		return S_IFDIR;
	case DT_REG:
	case DT_LNK:
	case DT_UNKNOWN:
		return S_IFREG;
	default:
		return 0;
	}
}

/* Adds an entry, if it is to be shown; false if the page ends before it, for
 * want of room or with its status. */
static bool
add_entry(struct page *page, const struct dirent *entry)
{
	const struct protocol_request *request = page->request;
	struct stat stat;

	if (!root_shows(page->root, entry->d_name))
		return true;
	if (SEND_LIST_PAGE - page->len <
	    PROTOCOL_RECORD_SIZE + strlen(entry->d_name))
		return false;
	switch (root_stat_entry(page->root, page->folder, request->name,
	    request->name_len, entry->d_name, &stat)) {
	case ROOT_ENTRY_SEEN:
		break;
	case ROOT_ENTRY_UNSEEN:
		stat = (struct stat){.st_mode = kind_of(entry)};
		break;
	case ROOT_ENTRY_NONE:
		return true;
	case ROOT_ENTRY_BUSY:
		page->status = PROTOCOL_BUSY;
		return false;
	}
	if (S_ISREG(stat.st_mode) || S_ISDIR(stat.st_mode))
		add_record(page, &stat, entry->d_name);
	return true;
}

/* Returns whether looking has taken so long that the client should hear of
 * what there is. Asks the clock now and then, and says that the page goes on:
 * storage that is slow does not hang. */
static bool
is_late(const struct page *page)
{
	if (page->looked % SEND_LIST_CLOCK != SEND_LIST_CLOCK - 1)
		return false;
	if (page->slot != NULL)
		work_slot_progress(page->slot);
	return clock_now() - page->began > SEND_LIST_TIME;
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
		if (page->looked == SEND_LIST_LOOK || is_late(page) ||
		    !add_entry(page, entry))
			return false;
		page->cursor = (uint64_t)entry->d_off;
		page->looked++;
	}
	return true;
}

/* ENOENT is about a folder that was removed after it was opened. */
static enum protocol_status
read_status(int code)
{
	enum protocol_status status = root_status(code);

	return status == PROTOCOL_BUSY || code == ENOENT ? status :
							   PROTOCOL_IO_ERROR;
}

/* Reads the folder into the page, whose status says how that went. */
static void
fill(struct page *page)
{
	_Alignas(struct dirent) uint8_t entries[SEND_LIST_READ];
	long got;

	do {
		got = syscall(SYS_getdents64, page->folder->fd, entries,
		    sizeof(entries));
		if (got < 0)
			page->status = read_status(errno);
		if (got == 0)
			page->cursor = 0;
	} while (got > 0 && add_entries(page, entries, (size_t)got));
}

int
send_list_page(const struct root *root, const struct root_file *folder,
    const struct protocol_request *request, struct reply_writer *reply)
{
	struct page page = {.root = root,
	    .folder = folder,
	    .request = request,
	    .slot = reply->slot,
	    .cursor = request->cursor,
	    .began = clock_now(),
	    .len = PROTOCOL_CURSOR_SIZE,
	    .status = PROTOCOL_OK};
	uint8_t *bytes;

	if (request->cursor > INT64_MAX)
		return reply_writer_refuse(reply, PROTOCOL_BAD_RANGE);
	if (lseek(folder->fd, (off_t)request->cursor, SEEK_SET) < 0)
		return reply_writer_refuse(reply,
		    errno == EINVAL ? PROTOCOL_BAD_RANGE : root_status(errno));
	bytes = stream_reserve(reply->stream,
	    PROTOCOL_REPLY_HEADER_SIZE + SEND_LIST_PAGE);
	if (bytes == NULL)
		return -1;
	page.bytes = bytes + PROTOCOL_REPLY_HEADER_SIZE;
	fill(&page);
	if (page.status != PROTOCOL_OK)
		return reply_writer_refuse(reply, page.status);
	protocol_encode_cursor(page.cursor, page.bytes);
	protocol_encode_reply(PROTOCOL_OK, page.len, bytes);
	stream_commit(reply->stream, PROTOCOL_REPLY_HEADER_SIZE + page.len);
	reply->announced = reply->sent = page.len;
	return 0;
}
