/*
 * The tables of lies. Each is tried with every way of running fileget, and
 * names the exit codes that the manual allows for it. A way that never sends
 * the request that the lie answers must succeed.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/attack/lies.h"
#include "tests/harness/fake_folder.h"
#include "tests/harness/harness.h"

#define FILE_MODE   (S_IFREG | 0644)
#define FOLDER_MODE (S_IFDIR | 0755)
#define MOST	    PROTOCOL_LENGTH_MAX
#define TEN_TB	    (UINT64_C(10) << 40)
#define AROUND	    (PROTOCOL_ATTRIBUTES_SIZE + PROTOCOL_TRAILER_SIZE)

#define FETCH	 LIES_OPS(FETCH)
#define STAT	 LIES_OPS(STAT)
#define LIST	 LIES_OPS(LIST)
#define DIGEST	 LIES_OPS(DIGEST)
#define ANYTHING (FETCH | STAT | LIST | DIGEST)

#define STALLED	 LIES_BIT(6)
#define PROTOCOL LIES_BIT(7)
#define MISMATCH LIES_BIT(8)
#define CHANGED	 LIES_BIT(9)
#define LOCAL	 LIES_BIT(10)
#define BUSY	 LIES_BIT(11)

enum {
	LIES_PAGE = 5000,  /* entries */
	LIES_LONG = 65535, /* bytes of a name */
	LIES_SLOW = 1000,
	LIES_NAME = 16,
	LIES_LISTED = 512 * 1024, /* KiB */
};

/* ---- replies without a body of their own -------------------------------- */

/* Sends bytes until the client leaves. */
static bool
go_on_for_ever(struct fake *fake)
{
	static const char bytes[65536] = "";

	while (fake_send(fake, bytes, sizeof(bytes)))
		continue;
	return false;
}

static bool
announce(struct fake *fake, int status, uint64_t length)
{
	uint8_t header[PROTOCOL_REPLY_HEADER_SIZE];

	protocol_encode_reply((enum protocol_status)status, length, header);
	return fake_send(fake, header, sizeof(header));
}

/* Announces a length, then sends bytes without end. */
static bool
tell_length(struct fake *fake, const struct fake_asked *asked,
    const struct lie *lie)
{
	(void)asked;
	return announce(fake, lie->status, lie->length) && go_on_for_ever(fake);
}

static bool
tell_refusal(struct fake *fake, const struct fake_asked *asked,
    const struct lie *lie)
{
	(void)asked;
	return fake_refuse(fake, (enum protocol_status)lie->status, lie->name);
}

static bool
tell_dripping_refusal(struct fake *fake, const struct fake_asked *asked,
    const struct lie *lie)
{
	(void)asked;
	return announce(fake, lie->status, strlen(lie->name)) &&
	    truth_drip(fake, lie->name, strlen(lie->name));
}

/* Sends a true reply, then bytes without end. */
static bool
tell_too_much(struct fake *fake, const struct fake_asked *asked,
    const struct lie *lie)
{
	(void)lie;
	return truth_tell(fake, asked, TRUTH_SIZE, NULL) &&
	    go_on_for_ever(fake);
}

static bool
tell_one_byte(struct fake *fake, const struct fake_asked *asked,
    const struct lie *lie)
{
	(void)asked;
	(void)lie;
	if (fake_send(fake, "", 1))
		fake_reset(fake);
	return false;
}

static bool
tell_silence(struct fake *fake, const struct fake_asked *asked,
    const struct lie *lie)
{
	(void)asked;
	(void)lie;
	fake_stall(fake);
	return false;
}

/* ---- states ------------------------------------------------------------- */

static bool
tell_state(struct fake *fake, const struct fake_asked *asked,
    const struct lie *lie)
{
	(void)asked;
	return fake_send_stat(fake, lie->mode, 9);
}

/* ---- listings ----------------------------------------------------------- */

/* Sends a listing of one page with "f" and the lie's entry. */
static bool
tell_entry(struct fake *fake, const struct fake_asked *asked,
    const struct lie *lie)
{
	struct fake_page page = {0};

	if (asked->op == PROTOCOL_OP_STAT)
		return fake_send_stat(fake, FOLDER_MODE, fake->asks);
	fake_begin_page(&page, 0);
	fake_add_entry(&page, FILE_MODE, "f", 1);
	fake_add_entry(&page, lie->mode, lie->name,
	    lie->len > 0 ? lie->len : strlen(lie->name));
	return fake_send_page(fake, &page);
}

static bool
tell_long_name(struct fake *fake, const struct fake_asked *asked,
    const struct lie *lie)
{
	static char name[LIES_LONG];
	struct fake_page page = {0};

	(void)asked;
	memset(name, 'n', sizeof(name));
	fake_begin_page(&page, 0);
	fake_add_entry(&page, lie->mode, name, lie->len);
	return fake_send_page(fake, &page);
}

/* A reply of LIES_PAGE names of equal length. */
struct page {
	uint8_t head[PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_CURSOR_SIZE];
	struct {
		uint8_t record[PROTOCOL_RECORD_SIZE];
		char name[LIES_NAME];
	} entries[LIES_PAGE];
};

static void
build_page(struct page *page, const struct lie *lie)
{
	struct protocol_record record = {.mode = lie->mode,
	    .name_len = LIES_NAME};
	char name[LIES_NAME + 1];
	size_t i;

	protocol_encode_reply(PROTOCOL_OK,
	    sizeof(*page) - PROTOCOL_REPLY_HEADER_SIZE, page->head);
	for (i = 0; i < LIES_PAGE; i++) {
		protocol_encode_record(&record, page->entries[i].record);
		snprintf(name, sizeof(name), "%08x%08x", 0, (unsigned)i);
		memcpy(page->entries[i].name, name, LIES_NAME);
	}
}

/* Sends page after page of new names as fast as it can: the first half of each
 * name is the page's number. */
static bool
tell_more(struct fake *fake, const struct fake_asked *asked,
    const struct lie *lie)
{
	static _Thread_local struct page page;
	static _Thread_local unsigned number;
	char prefix[9];
	size_t i;

	if (asked->op == PROTOCOL_OP_STAT)
		return fake_send_stat(fake, FOLDER_MODE, fake->asks);
	if (number == 0)
		build_page(&page, lie);
	snprintf(prefix, sizeof(prefix), "%08x", number++);
	protocol_encode_cursor(asked->cursor + 1,
	    page.head + PROTOCOL_REPLY_HEADER_SIZE);
	for (i = 0; i < LIES_PAGE; i++)
		memcpy(page.entries[i].name, prefix, LIES_NAME / 2);
	return fake_send(fake, &page, sizeof(page));
}

/* Sends a listing in which each folder holds another one. */
static bool
tell_deeper(struct fake *fake, const struct fake_asked *asked,
    const struct lie *lie)
{
	(void)lie;
	if (asked->op == PROTOCOL_OP_STAT)
		return fake_send_stat(fake, FOLDER_MODE, fake->asks);
	return fake_send_names(fake, 0, (const char *const[]){"deeper", NULL});
}

static bool
tell_nothing_for_ever(struct fake *fake, const struct fake_asked *asked,
    const struct lie *lie)
{
	struct fake_page page = {0};

	(void)lie;
	fake_begin_page(&page, asked->cursor + 1);
	return fake_send_page(fake, &page);
}

/* Sends the same two pages in turn. */
static bool
tell_round(struct fake *fake, const struct fake_asked *asked,
    const struct lie *lie)
{
	struct fake_page page = {0};

	fake_begin_page(&page, 1 + asked->cursor % 2);
	fake_add_entry(&page, lie->mode, asked->cursor % 2 ? "f" : "g", 1);
	return fake_send_page(fake, &page);
}

/* Sends an entry with a long name, one byte at a time, for minutes. */
static bool
tell_dripping_page(struct fake *fake, const struct fake_asked *asked,
    const struct lie *lie)
{
	struct protocol_record record = {.mode = FILE_MODE,
	    .name_len = LIES_SLOW};
	uint8_t body[PROTOCOL_CURSOR_SIZE + PROTOCOL_RECORD_SIZE + LIES_SLOW];

	(void)asked;
	(void)lie;
	memset(body, 'n', sizeof(body));
	protocol_encode_cursor(0, body);
	protocol_encode_record(&record, body + PROTOCOL_CURSOR_SIZE);
	return announce(fake, 0, sizeof(body)) &&
	    truth_drip(fake, body, sizeof(body));
}

/* ---- the tables --------------------------------------------------------- */

const struct lie lies[] = {
    {.row = "the truth"},

    /* Replies without end. */
    {"a body without end", FETCH, LOCAL | PROTOCOL,
	.change = {.length = UINT64_C(1) << 55,
	    .size = (UINT64_C(1) << 55) - AROUND,
	    .endless = true}},
    {"more behind the reply", FETCH, PROTOCOL, .tell = tell_too_much},
    {"a message without end", ANYTHING, PROTOCOL, .tell = tell_length,
	.status = PROTOCOL_DENIED, .length = MOST},
    {"entries without end", LIST, PROTOCOL, .tell = tell_more,
	.mode = FILE_MODE, .is_endless = true, .peak = LIES_LISTED},
    {"folders without end", LIST | STAT, PROTOCOL | LOCAL, .tell = tell_more,
	.mode = FOLDER_MODE, .is_endless = true, .peak = LIES_LISTED},
    {"folders in folders", LIST | STAT, LOCAL | PROTOCOL | LIES_BIT(2),
	.tell = tell_deeper, .is_endless = true},
    {"empty pages without end", LIST, PROTOCOL, .tell = tell_nothing_for_ever},
    {"pages that go round", LIST, PROTOCOL | LOCAL, .tell = tell_round,
	.mode = FILE_MODE, .is_endless = true},
    {"CHANGED for ever", FETCH | DIGEST, CHANGED, .tell = tell_refusal,
	.status = PROTOCOL_CHANGED, .name = "changed", .tries = 1},
    {"CHANGED behind each", FETCH, CHANGED,
	.change = {.trailer = PROTOCOL_CHANGED}, .tries = 1},
    {"BUSY for ever", ANYTHING, BUSY, .tell = tell_refusal,
	.status = PROTOCOL_BUSY, .name = "busy", .tries = 1},
    {"another version each time", FETCH, STALLED | PROTOCOL | CHANGED,
	.change = {.token = 1, .cut = 50000}, .tries = 1},
    {"cut, and another digest each time", FETCH | DIGEST,
	STALLED | CHANGED | MISMATCH,
	.change = {.odd_digest = true, .cut = 50000}, .tries = 1},
    {"a byte, and a reset", ANYTHING, STALLED, .tell = tell_one_byte,
	.tries = 1},
    {"silence", ANYTHING, STALLED, .tell = tell_silence},

    /* Impossible sizes. */
    {"a length of 2^56 - 1", FETCH, PROTOCOL, .change = {.length = MOST}},
    {"a size of 2^63", FETCH | STAT | DIGEST, PROTOCOL,
	.change = {.size = UINT64_C(1) << 63}},
    {"a size of 2^63 - 1", FETCH | STAT | DIGEST, PROTOCOL | LOCAL,
	.change = {.size = INT64_MAX}},
    {"a size of 2^64 - 1", FETCH | STAT | DIGEST, PROTOCOL,
	.change = {.size = UINT64_MAX}},
    {"a size of 2^50", FETCH | STAT, LOCAL | PROTOCOL,
	.change = {.size = UINT64_C(1) << 50}},
    {"10 TB", FETCH | STAT, LOCAL | PROTOCOL,
	.change = {.length = TEN_TB + AROUND, .size = TEN_TB}},
    {"a state of 2^56 - 1", STAT, PROTOCOL, .tell = tell_length,
	.length = MOST},
    {"a listing of 2^56 - 1", LIST, PROTOCOL, .tell = tell_length,
	.length = MOST},
    {"a listing of 1 MiB and a byte", LIST, PROTOCOL, .tell = tell_length,
	.length = PROTOCOL_LIST_MAX + 1},
    {"a name of 65,535", LIST, PROTOCOL, .tell = tell_long_name,
	.mode = FILE_MODE, .len = LIES_LONG},
    {"a name of 4,096", LIST, PROTOCOL, .tell = tell_long_name,
	.mode = FILE_MODE, .len = 4096},
    {"a name of 4,095", LIST, LOCAL | LIES_BIT(2) | LIES_BIT(4),
	.tell = tell_long_name, .mode = FILE_MODE, .len = 4095},

    /* One byte at a time. */
    {"a header, dripping", FETCH, 0, .change = {.drip = TRUTH_HEADER}},
    {"attributes, dripping", FETCH, 0, .change = {.drip = TRUTH_ATTRIBUTES},
	.is_endless = true},
    {"a trailer, dripping", FETCH, 0, .change = {.drip = TRUTH_TRAILER},
	.is_endless = true},
    {"a body, dripping", FETCH, 0, .change = {.drip = TRUTH_BODY},
	.is_endless = true},
    {"a listing, dripping", LIST, 0, .tell = tell_dripping_page,
	.is_endless = true},
    {"a message, dripping", ANYTHING, LIES_BIT(5),
	.tell = tell_dripping_refusal, .status = PROTOCOL_DENIED,
	.name = "drip drip"},

    /* Wrong contents. */
    {"another byte", FETCH, MISMATCH, .change = {.odd_byte = true},
	.only_verified = true},
    {"another digest", FETCH, MISMATCH, .change = {.odd_digest = true},
	.only_verified = true},
    {"another size", FETCH, PROTOCOL, .change = {.size = TRUTH_SIZE - 1}},
    {"another size in the end", FETCH, CHANGED | PROTOCOL,
	.change = {.odd_size = true}},
    {"an unknown trailer", FETCH, PROTOCOL, .change = {.trailer = 200}},
    {"neither file nor folder", STAT, PROTOCOL | LIES_BIT(5),
	.tell = tell_state, .mode = S_IFIFO | 0644},
    {"a file that is a folder", STAT, PROTOCOL | LIES_BIT(5) | CHANGED,
	.tell = tell_state, .mode = FOLDER_MODE},
    {"a folder that is a file", STAT, ~0U, .tell = tell_state,
	.mode = FILE_MODE},
    {"..", LIST, PROTOCOL, .tell = tell_entry, .name = "..", .mode = FILE_MODE},
    {"a folder ..", LIST | STAT, PROTOCOL, .tell = tell_entry, .name = "..",
	.mode = FOLDER_MODE},
    {"up and away", LIST, PROTOCOL, .tell = tell_entry,
	.name = "../../outside/x", .mode = FILE_MODE},
    {"absolute", LIST, PROTOCOL, .tell = tell_entry, .name = "/tmp/x",
	.mode = FILE_MODE},
    {"a NUL", LIST, PROTOCOL, .tell = tell_entry, .name = "a\0b", .len = 3,
	.mode = FILE_MODE},
    {"the same name twice", LIST, PROTOCOL | LOCAL, .tell = tell_entry,
	.name = "f", .mode = FILE_MODE},
    {"a file and a folder", LIST, PROTOCOL | LOCAL, .tell = tell_entry,
	.name = "f", .mode = FOLDER_MODE},
    {"a device", LIST, PROTOCOL, .tell = tell_entry, .name = "d",
	.mode = S_IFBLK | 0600},

    /* Terminal control sequences. */
    {"orders in a message", ANYTHING, LIES_BIT(5), .tell = tell_refusal,
	.status = PROTOCOL_DENIED, .name = LIES_ORDERS},
    {"orders from one that is busy", ANYTHING, BUSY, .tell = tell_refusal,
	.status = PROTOCOL_BUSY, .name = LIES_ORDERS},
    {"orders in the name of a file", LIST, LIES_BIT(4), .tell = tell_entry,
	.name = LIES_ORDERS, .mode = FILE_MODE},
    {"orders in the name of a folder", LIST, LIES_BIT(4), .tell = tell_entry,
	.name = LIES_ORDERS, .mode = FOLDER_MODE},
};

const size_t lies_n = HARNESS_ROWS(lies);

const struct lie *
lies_find(const char *row)
{
	size_t i;

	for (i = 0; i < lies_n; i++)
		if (strcmp(lies[i].row, row) == 0)
			return &lies[i];
	ck_abort_msg("there is no lie '%s'", row);
	return NULL;
}
