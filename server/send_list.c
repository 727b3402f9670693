/*
 * Lists a folder a page at a time. The cursor is the position that the file
 * system gives for an entry (d_off of getdents64(2)), so the server keeps no
 * state between pages, and an entry that exists throughout comes exactly once.
 * A page is encoded in the stream's output buffer and allocates nothing. A
 * limit on entries and time bounds a page of a folder whose names are hidden,
 * or whose storage is slow. The session's thread runs this.
 */

#include <sys/stat.h>

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
	/* bytes of a body */
	SEND_LIST_PAGE = STREAM_OUT - PROTOCOL_REPLY_HEADER_SIZE,
	SEND_LIST_READ = 4 * 1024, /* bytes in one read of the folder */
	SEND_LIST_LOOK = 4096,	   /* entries, shown or not, for a page */
	SEND_LIST_CLOCK = 8,	   /* entries between two looks at the clock */
};

/* Time after which a page ends; a network file system may need long for the
 * state of each entry. */
#define SEND_LIST_TIME CLOCK_SEC

/* A page while it is encoded. */
struct list_page {
	const struct root *root;
	const struct root_file *folder;
	const struct protocol_request *request;
	struct work_slot *slot; /* held */
	uint64_t cursor;	/* position behind the last entry seen */
	unsigned looked;	/* entries seen */
	int64_t began;		/* time of the first look */
	uint8_t *bytes;		/* SEND_LIST_PAGE of room */
	size_t len;		/* bytes used */
	enum protocol_status status;
};

static void
add_list_record(struct list_page *page, const struct stat *stat,
    const char *entry)
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

/* Returns the kind of an entry whose state cannot be read, or 0 if it is
 * neither file nor folder. The entry is listed with its kind alone; a client
 * that asks for the file learns why. */
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

/* Adds an entry if clients may see it. Returns false if the page must end
 * before this entry: it is full, or its status is no longer OK. */
static bool
add_list_entry(struct list_page *page, const struct dirent *entry)
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
		add_list_record(page, &stat, entry->d_name);
	return true;
}

/* Returns true if SEND_LIST_TIME is over. Reads the clock every SEND_LIST_CLOCK
 * entries, and reports progress then: slow storage is not stuck storage. */
static bool
is_late(const struct list_page *page)
{
	if (page->looked % SEND_LIST_CLOCK != SEND_LIST_CLOCK - 1)
		return false;
	work_slot_progress(page->slot);
	return clock_now() - page->began > SEND_LIST_TIME;
}

/* Adds the entries of one read; returns false once the page must end. */
static bool
add_entries(struct list_page *page, const uint8_t *entries, size_t len)
{
	const struct dirent *entry;
	size_t at;

	for (at = 0; at < len; at += entry->d_reclen) {
		/* The kernel aligns each entry; struct linux_dirent64 is
		 * struct dirent on 64-bit systems. */
		entry = (const struct dirent *)(const void *)(entries + at);
		if (page->looked == SEND_LIST_LOOK || is_late(page) ||
		    !add_list_entry(page, entry))
			return false;
		page->cursor = (uint64_t)entry->d_off;
		page->looked++;
	}
	return true;
}

/* Returns the status for an errno of getdents64(2); ENOENT: the folder was
 * removed after it was opened. */
static enum protocol_status
read_status(const struct root *root, int code)
{
	enum protocol_status status = root_status(root, code);

	return status == PROTOCOL_BUSY || code == ENOENT ? status :
							   PROTOCOL_IO_ERROR;
}

/* Fills the page from the folder; sets page->status and page->cursor. */
static void
fill_page(struct list_page *page)
{
	_Alignas(struct dirent) uint8_t entries[SEND_LIST_READ];
	ssize_t got;

	do {
		got = root_read_folder(page->folder, entries, sizeof(entries));
		if (got < 0)
			page->status = read_status(page->root, errno);
		if (got == 0)
			page->cursor = 0;
	} while (got > 0 && add_entries(page, entries, (size_t)got));
}

int
send_list_page(const struct root *root, const struct root_file *folder,
    const struct protocol_request *request, struct reply_writer *reply)
{
	struct list_page page = {.root = root,
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
		    errno == EINVAL ? PROTOCOL_BAD_RANGE :
				      root_status(root, errno));
	bytes = stream_reserve(reply->stream,
	    PROTOCOL_REPLY_HEADER_SIZE + SEND_LIST_PAGE);
	if (bytes == NULL)
		return -1;
	page.bytes = bytes + PROTOCOL_REPLY_HEADER_SIZE;
	fill_page(&page);
	if (page.status != PROTOCOL_OK)
		return reply_writer_refuse(reply, page.status);
	protocol_encode_cursor(page.cursor, page.bytes);
	protocol_encode_reply(PROTOCOL_OK, page.len, bytes);
	stream_commit(reply->stream, PROTOCOL_REPLY_HEADER_SIZE + page.len);
	reply->announced = reply->sent = page.len;
	return 0;
}
