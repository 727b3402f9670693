/*
 * fileget -r and a server that lies about the contents of folders: nothing is
 * written outside the target, no incomplete file is left, and memory and time
 * are bounded.
 */

#include <sys/endian.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/fake.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/tree.h"
#include "tests/harness/wait.h"

enum {
	LIES_BODY = 1024 * 1024, /* maximum bytes of a list */
	LIES_MEMORY = HARNESS_SLOW ? 2048 * 1024 : 64 * 1024, /* KiB */
};

#define FOLDER (S_IFDIR | 0755)
#define PLAIN  (S_IFREG | 0644)

static struct program client;

/* ---- what such a server sends ------------------------------------------- */

/* A LIST reply under construction. */
struct page {
	uint8_t bytes[PROTOCOL_REPLY_HEADER_SIZE + LIES_BODY + 512];
	size_t len;
};

static void
begin_page(struct page *page, uint64_t cursor)
{
	be64enc(page->bytes + PROTOCOL_REPLY_HEADER_SIZE, cursor);
	page->len = PROTOCOL_REPLY_HEADER_SIZE + 8;
}

static void
add_bytes(struct page *page, const void *bytes, size_t len)
{
	memcpy(page->bytes + page->len, bytes, len);
	page->len += len;
}

static void
add_record(struct page *page, uint32_t mode, uint64_t size, const char *name,
    size_t len)
{
	uint8_t record[22];

	be32enc(record, mode);
	be64enc(record + 4, size);
	be64enc(record + 12, 1);
	be16enc(record + 20, (uint16_t)len);
	add_bytes(page, record, sizeof(record));
	add_bytes(page, name, len);
}

static bool
send_page(struct fake *fake, struct page *page)
{
	be64enc(page->bytes, page->len - PROTOCOL_REPLY_HEADER_SIZE);
	return fake_send(fake, page->bytes, page->len);
}

static bool
send_state(struct fake *fake, uint64_t id, uint32_t mode)
{
	struct protocol_attributes attributes = {.token = {id, 1},
	    .size = 4,
	    .mtime_ns = 1,
	    .mode = mode};
	uint8_t reply[PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE];

	protocol_encode_reply(PROTOCOL_OK, PROTOCOL_ATTRIBUTES_SIZE, reply);
	protocol_encode_attributes(&attributes,
	    reply + PROTOCOL_REPLY_HEADER_SIZE);
	return fake_send(fake, reply, sizeof(reply));
}

static const struct fake_file small = {.bytes = (const uint8_t *)"four",
    .size = 4,
    .token = {3, 4},
    .mode = PLAIN,
    .mtime_ns = 1};

/* ---- one page, and what is wrong with it -------------------------------- */

struct lie {
	const char *row;
	struct {
		const char *name;
		size_t len; /* 0: that of the name, unless it is "" */
		uint32_t mode;
		uint64_t size;
	} entries[4];
	const char *raw; /* bytes after these */
	size_t raw_len;
	int64_t length; /* announced length of the body; 0: the right one */
	int code;
	const char *there[4]; /* names in the target at the end */
};

#define IN(...) .there = {__VA_ARGS__}

static const struct lie lies[] = {
    {"the truth", .entries = {{"f", 0, PLAIN, 4}, {"d", 0, FOLDER, 0}},
	.code = 0, IN("f", "d")},
    {"an escape sequence", .entries = {{"\033[31mf", 0, PLAIN, 4}}, .code = 0,
	IN("\033[31mf")},
    {"..", .entries = {{"..", 0, PLAIN, 4}}, .code = 7},
    {"a folder ..", .entries = {{"..", 0, FOLDER, 4}}, .code = 7},
    {".", .entries = {{".", 0, FOLDER, 4}}, .code = 7},
    {"a file .", .entries = {{".", 0, PLAIN, 4}}, .code = 7},
    {"/", .entries = {{"/", 0, FOLDER, 4}}, .code = 7},
    {"absolute", .entries = {{"/tmp/x", 0, PLAIN, 4}}, .code = 7},
    {"a path", .entries = {{"a/b", 0, PLAIN, 4}}, .code = 7},
    {"a path out", .entries = {{"../outside/x", 0, PLAIN, 4}}, .code = 7},
    {"a slash behind", .entries = {{"a/", 0, FOLDER, 4}}, .code = 7},
    {"a NUL", .entries = {{"a\0b", 3, PLAIN, 4}}, .code = 7},
    {"a NUL behind", .entries = {{"a\0", 2, PLAIN, 4}}, .code = 7},
    {"no name", .entries = {{"", 0, PLAIN, 4}}, .code = 7},
    {"after a good one", .entries = {{"f", 0, PLAIN, 4}, {"..", 0, PLAIN, 4}},
	.code = 7},
    {"before a good one", .entries = {{"..", 0, PLAIN, 4}, {"f", 0, PLAIN, 4}},
	.code = 7},
    {"twice", .entries = {{"f", 0, PLAIN, 4}, {"f", 0, PLAIN, 4}}, .code = 10,
	IN("f")},
    {"a folder twice", .entries = {{"d", 0, FOLDER, 0}, {"d", 0, FOLDER, 0}},
	.code = 10, IN("d")},
    {"a file and a folder",
	.entries = {{"f", 0, PLAIN, 4}, {"f", 0, FOLDER, 0}}, .code = 10,
	IN("f")},
    {"a folder and a file",
	.entries = {{"d", 0, FOLDER, 0}, {"d", 0, PLAIN, 4}}, .code = 10,
	IN("d")},
    {"a link", .entries = {{"f", 0, S_IFLNK | 0777, 4}}, .code = 7},
    {"a FIFO", .entries = {{"f", 0, S_IFIFO | 0777, 4}}, .code = 7},
    {"a device", .entries = {{"f", 0, S_IFBLK | 0777, 4}}, .code = 7},
    {"nothing at all", .entries = {{"f", 0, 0, 4}}, .code = 7},
    {"a size of 2^63", .entries = {{"f", 0, PLAIN, UINT64_C(1) << 63}},
	.code = 7},
    {"another size", .entries = {{"f", 0, PLAIN, 5000000000}}, .code = 0,
	IN("f")},
    {"no size", .entries = {{"f", 0, PLAIN, 0}}, .code = 0, IN("f")},
    {"a file is a folder", .entries = {{"d-in-truth", 0, PLAIN, 4}}, .code = 5},
    {"a folder is a file", .entries = {{"f-in-truth", 0, FOLDER, 4}}, .code = 0,
	IN("f-in-truth")},
    {"a byte", .raw = "x", .raw_len = 1, .code = 7},
    {"a record but for a byte",
	.raw = "\0\0\201\244\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\0\0", .raw_len = 21,
	.code = 7},
    {"a record without its name",
	.raw = "\0\0\201\244\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\0\0\1",
	.raw_len = 22, .code = 7},
    {"a name cut short",
	.raw = "\0\0\201\244\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\0\0\5name",
	.raw_len = 26, .code = 7},
    {"a name of 65535",
	.raw = "\0\0\201\244\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\0\377\377name",
	.raw_len = 26, .code = 7},
    {"cut after a good one", .entries = {{"f", 0, PLAIN, 4}}, .raw = "xyz",
	.raw_len = 3, .code = 7},
    {"a body of 7", .length = 7, .code = 7},
    {"a body of nothing", .length = -1, .code = 7},
    {"a body of 1 MiB and a byte", .length = LIES_BODY + 1, .code = 7},
    {"a body of 2^56 - 1", .length = (INT64_C(1) << 56) - 1, .code = 7},
};

static void
build_lie(const struct lie *lie, struct page *page)
{
	size_t i, len;

	begin_page(page, 0);
	for (i = 0; i < 4 && lie->entries[i].name != NULL; i++) {
		len = lie->entries[i].len;
		if (len == 0)
			len = strlen(lie->entries[i].name);
		add_record(page, lie->entries[i].mode, lie->entries[i].size,
		    lie->entries[i].name, len);
	}
	if (lie->raw != NULL)
		add_bytes(page, lie->raw, lie->raw_len);
	be64enc(page->bytes, page->len - PROTOCOL_REPLY_HEADER_SIZE);
	if (lie->length != 0)
		be64enc(page->bytes,
		    lie->length < 0 ? 0 : (uint64_t)lie->length);
}

static bool
answer_lie(struct fake *fake, const struct lie *lie,
    const struct fake_asked *asked)
{
	static struct page page;
	bool is_top = strcmp(asked->name, "t") == 0;
	bool is_file = strstr(asked->name, "f-in-truth") != NULL;

	switch (asked->op) {
	case PROTOCOL_OP_STAT:
		return send_state(fake, is_top ? 1 : 2,
		    is_file ? PLAIN : FOLDER);
	case PROTOCOL_OP_LIST:
		if (is_file)
			return fake_refuse(fake, PROTOCOL_NOT_A_FILE,
			    "not a folder");
		if (is_top)
			build_lie(lie, &page);
		else
			build_lie(&(struct lie){.row = "nothing"}, &page);
		return fake_send(fake, page.bytes, page.len);
	default:
		if (strstr(asked->name, "d-in-truth") != NULL)
			return fake_refuse(fake, PROTOCOL_NOT_A_FILE,
			    "not a regular file");
		return fake_answer(fake, &small, asked);
	}
}

static void
play_lie(struct fake *fake)
{
	struct fake_asked asked;

	while (
	    fake_ask(fake, &asked) && answer_lie(fake, fake->argument, &asked))
		continue;
}

static void
expect_nothing_else(const struct lie *lie)
{
	const char *there[5] = {NULL};

	memcpy(there, lie->there, sizeof(lie->there));
	here_expect_names("outside", lie->row, HERE_LIST(NULL));
	here_expect_names("here", lie->row, HERE_LIST("newt"));
	here_expect_names("here/newt", lie->row, there);
	here_expect_harmless(program_err(&client), lie->row);
}

/* Once with one connection, once with several. */
START_TEST(listings_are_not_believed)
{
	const struct lie *lie = &lies[_i];
	struct fake fake;

	fake_start(&fake, 20, play_lie, lie);
	here_get(&client, fake.port, lie->code, lie->row,
	    HERE_LIST("-r", "--retry", "0", "t"));
	expect_nothing_else(lie);
	fake_stop(&fake);
	scratch_rename("here/newt", "served/newt");
	fake_start(&fake, 20, play_lie, lie);
	here_get(&client, fake.port, lie->code, lie->row,
	    HERE_LIST("-rv", "-u", "--retry", "0", "t"));
	expect_nothing_else(lie);
	fake_stop(&fake);
}
END_TEST

/* ---- without end -------------------------------------------------------- */

static atomic_uint pages_sent;

static void
play_same_cursor(struct fake *fake)
{
	static struct page page;
	struct fake_asked asked;
	char name[32];

	fake->keeps_first = true;
	while (fake_ask(fake, &asked)) {
		if (asked.op == PROTOCOL_OP_FETCH) {
			if (!fake_answer(fake, &small, &asked))
				return;
			continue;
		}
		if (asked.op == PROTOCOL_OP_STAT) {
			if (!send_state(fake, 1, FOLDER))
				return;
			continue;
		}
		begin_page(&page, 42);
		snprintf(name, sizeof(name), "f%u", pages_sent++);
		add_record(&page, PLAIN, 4, name, strlen(name));
		if (!send_page(fake, &page))
			return;
	}
}

static void
play_empty_pages(struct fake *fake)
{
	static struct page page;
	struct fake_asked asked;

	fake->keeps_first = true;
	while (fake_ask(fake, &asked)) {
		if (asked.op == PROTOCOL_OP_STAT) {
			if (!send_state(fake, 1, FOLDER))
				return;
			continue;
		}
		begin_page(&page, ++pages_sent);
		if (!send_page(fake, &page))
			return;
	}
}

START_TEST(listings_without_progress)
{
	struct fake fake;

	fake_start(&fake, 2, _i == 0 ? play_same_cursor : play_empty_pages,
	    NULL);
	here_get(&client, fake.port, 7, "without end",
	    HERE_LIST("-r", "--retry", "0", "t"));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "a listing without end"));
	ck_assert_uint_eq(tree_count_ending("here", ".part"), 0);
	fake_stop(&fake);
}
END_TEST

/* The contents of the pages of an endless list. */
struct flood {
	const char *row;
	uint32_t mode;
	bool same;	/* each page has the same names */
	bool ends;	/* each folder ends after a page */
	unsigned pages; /* number of pages before the end */
	uint64_t size;	/* bytes of each file */
};

static const struct flood floods[] = {
    {"the same files for ever", PLAIN, true, false, 3, 4},
    {"folders in one folder", FOLDER, false, false, 40, 4},
    {"folders in folders", FOLDER, false, true, 60, 4},
    {"folders without end in each", FOLDER, false, false, 100, 4},
};

/* Sends a page of the maximum size with new names. */
static void
fill_page(struct page *page, const struct flood *flood, unsigned n)
{
	char name[32];
	size_t len;
	unsigned i;

	begin_page(page, flood->ends ? 0 : n + 1);
	for (i = 0; page->len < LIES_BODY - 64; i++) {
		len = (size_t)snprintf(name, sizeof(name), "%x.%x", i,
		    flood->same ? 0 : n);
		add_record(page, flood->mode, flood->size, name, len);
	}
}

static void
play_flood(struct fake *fake)
{
	static struct page page;
	const struct flood *flood = fake->argument;
	struct fake_asked asked;
	uint64_t id = 1;
	bool sent = true;

	fake->keeps_first = true;
	while (sent && fake_ask(fake, &asked)) {
		if (asked.op == PROTOCOL_OP_STAT) {
			sent = send_state(fake, id++, FOLDER);
		} else if (asked.op == PROTOCOL_OP_FETCH) {
			sent = fake_answer(fake, &small, &asked);
		} else {
			fill_page(&page, flood, atomic_load(&pages_sent));
			sent = send_page(fake, &page);
			atomic_fetch_add(&pages_sent, 1);
		}
	}
}

static bool
is_enough(void *argument)
{
	const struct flood *flood = argument;

	return atomic_load(&pages_sent) >= flood->pages ||
	    program_ended(&client);
}

/* Limits the memory of the client, so that a fault does not exhaust the
 * machine. */
static void
limit_memory(void)
{
	struct rlimit limit = {1024 * 1024 * 1024, 1024 * 1024 * 1024};

	if (!HARNESS_SLOW)
		setrlimit(RLIMIT_AS, &limit);
}

/* Regression: the entries of all folders on the way down added up. */
START_TEST(floods_are_bounded)
{
	struct flood flood = floods[_i];
	struct fake fake;
	int code;

	fake_start(&fake, 1, play_flood, &flood);
	here_start_after(&client, fake.port, HERE_LIST("-rq", "--retry=0", "t"),
	    limit_memory);
	ck_assert(wait_until(is_enough, &flood, 60 * CLOCK_SEC));
	if (!program_ended(&client))
		program_signal(&client, SIGINT);
	code = program_wait(&client, 2 * WAIT_LIMIT);
	ck_assert_msg(code == 130 || code == 7 || code == 10, "exit %d", code);
	ck_assert_msg(client.peak < LIES_MEMORY, "%s: %ld KiB", flood.row,
	    client.peak);
	here_expect_names("here", flood.row, HERE_LIST("newt"));
	ck_assert_uint_eq(tree_count_ending("here", ".part"), 0);
	fake_stop(&fake);
}
END_TEST

/* A folder in each folder: the tree ends when names have 4,095 bytes. */
static void
play_levels(struct fake *fake)
{
	static struct page page;
	struct fake_asked asked;
	uint64_t id = 1;
	bool sent = true;

	fake->keeps_first = true;
	while (sent && fake_ask(fake, &asked)) {
		if (asked.op == PROTOCOL_OP_STAT) {
			sent = send_state(fake, id++, FOLDER);
		} else if (asked.op == PROTOCOL_OP_FETCH) {
			sent = fake_answer(fake, &small, &asked);
		} else {
			begin_page(&page, 0);
			add_record(&page, FOLDER, 0, "d", 1);
			add_record(&page, PLAIN, 4, "f", 1);
			sent = send_page(fake, &page);
		}
	}
}

START_TEST(levels_without_end)
{
	struct fake fake;

	fake_start(&fake, 1, play_levels, NULL);
	here_get(&client, fake.port, 10, "levels",
	    HERE_LIST("-rq", "--retry=0", "-o", "x", "t"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "too long"));
	ck_assert_int_lt(client.peak, LIES_MEMORY);
	here_expect_names("here", "levels", HERE_LIST("x"));
	here_expect_names("here/x/d/d/d", "levels", HERE_LIST("d", "f"));
	fake_stop(&fake);
}
END_TEST

enum {
	LIES_MANY = HARNESS_SLOW ? 20000 : 150000,
	/* Memory for a million names that grew with their number would exceed
	 * this. */
	LIES_MANY_MEMORY = HARNESS_SLOW ? 2048 * 1024 : 36 * 1024, /* KiB */
};

static void
play_many(struct fake *fake)
{
	static struct page page;
	/* Empty files: others would need a block each, 600 MB in all. */
	static const struct flood files = {"files", PLAIN, false, false, 0, 0};
	static const struct fake_file empty = {.bytes = (const uint8_t *)"",
	    .token = {1, 1},
	    .mode = PLAIN};
	struct fake_asked asked;
	unsigned n = 0, per_page = 0;
	bool sent = true;

	fake->keeps_first = true;
	while (sent && fake_ask(fake, &asked)) {
		if (asked.op == PROTOCOL_OP_STAT) {
			sent = send_state(fake, 1, FOLDER);
		} else if (asked.op == PROTOCOL_OP_FETCH) {
			sent = fake_answer(fake, &empty, &asked);
		} else {
			fill_page(&page, &files, n++);
			per_page = LIES_BODY / 30;
			if (n * per_page >= LIES_MANY)
				be64enc(page.bytes + PROTOCOL_REPLY_HEADER_SIZE,
				    0);
			sent = send_page(fake, &page);
		}
	}
}

START_TEST(a_folder_of_very_many)
{
	struct fake fake;

	fake_start(&fake, 1, play_many, NULL);
	client_start(&client, fake.port, HERE_LIST("-rq", "--retry=0", "t"),
	    NULL);
	ck_assert_int_eq(program_wait(&client, 240 * CLOCK_SEC), 0);
	ck_assert_msg(client.peak < LIES_MANY_MEMORY, "%ld KiB", client.peak);
	ck_assert_uint_ge(scratch_count("here/newt"), LIES_MANY);
	fake_stop(&fake);
}
END_TEST

Suite *
tree_lies_suite(void)
{
	Suite *suite = suite_create("tree_lies");
	TCase *tcase;

	tcase = harness_case(suite, "listings", 60);
	tcase_add_loop_test(tcase, listings_are_not_believed, 0,
	    (int)HARNESS_ROWS(lies));
	tcase = harness_case(suite, "without end", 180);
	tcase_add_loop_test(tcase, listings_without_progress, 0, 2);
	tcase_add_loop_test(tcase, floods_are_bounded, 0,
	    (int)HARNESS_ROWS(floods));
	tcase_add_test(tcase, levels_without_end);
	tcase = harness_case(suite, "many", 300);
	tcase_add_test(tcase, a_folder_of_very_many);
	return suite;
}
