/*
 * send_list: the entries and the size of a page; from any cursor on, each entry
 * comes exactly once.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/names.h"
#include "server/send_list.h"
#include "tests/unit/unit.h"

enum {
	PAGE = STREAM_OUT -
	    PROTOCOL_REPLY_HEADER_SIZE, /* bytes of a body, at most */
	LOOKED = 4096,			/* entries looked at for a page */
	MANY = 600,			/* entries with long names: 3 pages */
	NAME = 250,			/* bytes of a long name */
};

static char served[UNIT_PATH];
static struct root root;
static struct root_file folder;
static struct stream stream;
static struct work_slot slot;
static int client;	       /* the other end of the stream */
static const char *name = "."; /* the folder's name in the request */

/* The last page received. */
static uint8_t body[PAGE];
static size_t body_len;
static uint64_t cursor;

static void
open_folder(const char *asked)
{
	name = asked;
	ck_assert_int_eq(root_open_folder(&root, (const uint8_t *)asked,
			     strlen(asked), &folder),
	    PROTOCOL_OK);
}

static void
setup(void)
{
	int pair[2];

	unit_folder(served);
	ck_assert_int_eq(root_open(&root, served, false, true), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			     pair),
	    0);
	stream_open(&stream, pair[0], -1);
	client = pair[1];
	open_folder(".");
}

static void
teardown(void)
{
	root_close_file(&folder);
	root_close(&root);
	stream_rest(&stream);
	close(stream.transport.fd);
	close(client);
}

static void
make(const char *before, unsigned number)
{
	char entry[NAME + 1];

	snprintf(entry, sizeof(entry), "%s%u", before, number);
	unit_write(served, entry, "12345", 5);
}

/* Makes a file whose name is so long that few of them fill a page. */
static void
make_long(unsigned number)
{
	char entry[NAME + 1];

	snprintf(entry, sizeof(entry), "%0*u", NAME, number);
	unit_write(served, entry, "", 0);
}

static enum protocol_status
ask(uint64_t from)
{
	const struct protocol_request request = {.op = PROTOCOL_OP_LIST,
	    .cursor = from,
	    .name = (const uint8_t *)name,
	    .name_len = strlen(name)};
	struct reply_writer reply = {.stream = &stream, .slot = &slot};
	uint8_t header[PROTOCOL_REPLY_HEADER_SIZE];
	enum protocol_status status;
	uint64_t length;
	int code;

	ck_assert_int_eq(send_list_page(&root, &folder, &request, &reply), 0);
	ck_assert_int_eq(stream_flush(&stream, false), 0);
	ck_assert_uint_eq(unit_receive(client, header, sizeof(header), &code),
	    sizeof(header));
	ck_assert_int_eq(protocol_decode_reply(header, &status, &length), 0);
	ck_assert_uint_eq(length, reply.announced);
	ck_assert_uint_eq(length, reply.sent);
	ck_assert_uint_le(length, sizeof(body));
	body_len = (size_t)length;
	ck_assert_uint_eq(unit_receive(client, body, body_len, &code),
	    body_len);
	if (status == PROTOCOL_OK)
		cursor = protocol_decode_cursor(body);
	return status;
}

/* Calls look for each entry of the page; returns their number. */
static unsigned
each(void (*look)(const struct protocol_record *record, const char *entry))
{
	struct protocol_record record;
	char entry[NAMES_MAX + 1];
	size_t at = PROTOCOL_CURSOR_SIZE;
	unsigned n = 0;

	for (; at < body_len; n++) {
		ck_assert_uint_ge(body_len - at, PROTOCOL_RECORD_SIZE);
		ck_assert_int_eq(protocol_decode_record(body + at, &record), 0);
		at += PROTOCOL_RECORD_SIZE;
		ck_assert_uint_ge(body_len - at, record.name_len);
		memcpy(entry, body + at, record.name_len);
		entry[record.name_len] = '\0';
		at += record.name_len;
		ck_assert(
		    names_valid((const uint8_t *)entry, record.name_len) &&
		    strchr(entry, '/') == NULL);
		look(&record, entry);
	}
	ck_assert_uint_eq(at, body_len);
	return n;
}

/* Number of times that each entry has come. */
static unsigned seen[2 * LOOKED];

static void
count(const struct protocol_record *record, const char *entry)
{
	unsigned long number = strtoul(entry, NULL, 10);

	ck_assert(S_ISREG(record->mode));
	ck_assert_uint_lt(number, UNIT_ROWS(seen));
	seen[number]++;
}

static void
ignore(const struct protocol_record *record, const char *entry)
{
	(void)record;
	(void)entry;
}

static char shown[1024];

static void
show(const struct protocol_record *record, const char *entry)
{
	char text[300];

	snprintf(text, sizeof(text), "%s:%o:%llu ", entry,
	    record->mode & (S_IFMT | 0777),
	    S_ISDIR(record->mode) ? 0 : (unsigned long long)record->size);
	strlcat(shown, text, sizeof(shown));
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Asserts the sorted entries of a folder that fits one page. */
static void
expect(const char *wanted)
{
	char *words[64], *word, sorted[sizeof(shown)] = "", *rest = shown;
	size_t n = 0, i;

	shown[0] = '\0';
	ck_assert_int_eq(ask(0), PROTOCOL_OK);
	ck_assert_uint_eq(cursor, 0);
	each(show);
	while ((word = strsep(&rest, " ")) != NULL)
		if (word[0] != '\0')
			words[n++] = word;
	qsort(words, n, sizeof(words[0]), compare);
	for (i = 0; i < n; i++) {
		strlcat(sorted, words[i], sizeof(sorted));
		strlcat(sorted, " ", sizeof(sorted));
	}
	ck_assert_str_eq(sorted, wanted);
}

START_TEST(test_empty)
{
	expect("");
	ck_assert_uint_eq(body_len, PROTOCOL_CURSOR_SIZE);
}
END_TEST

/* Regression: slow storage counted as stuck, and other sessions that waited for
 * the same device were refused. */
START_TEST(test_progress)
{
	char entry[16];
	int i;

	for (i = 0; i < 20; i++) {
		snprintf(entry, sizeof(entry), "f%d", i);
		unit_write(served, entry, "", 0);
	}
	atomic_store(&slot.moved, 0);
	ck_assert_int_eq(ask(0), PROTOCOL_OK);
	ck_assert_int_ne(atomic_load(&slot.moved), 0);
}
END_TEST

static void
make_kinds(void)
{
	static const struct {
		const char *link, *to;
	} links[] = {
	    {"to_file", "file"},
	    {"to_folder", "folder"},
	    {"folder/up", "../file"},
	    {"to_outside", "/etc/passwd"},
	    {"to_parent", ".."},
	    {"to_nothing", "nowhere"},
	    {"to_itself", "to_itself"},
	    {"to_fifo", "fifo"},
	    {"to_hidden", ".hidden"},
	};
	char path[UNIT_PATH];
	size_t i;

	unit_write(served, "file", "12345", 5);
	unit_write(served, ".hidden", "1", 1);
	unit_path(path, served, "folder");
	ck_assert_int_eq(mkdir(path, 0755), 0);
	unit_write(served, "folder/inner", "12", 2);
	unit_path(path, served, "fifo");
	ck_assert_int_eq(mkfifo(path, 0644), 0);
	for (i = 0; i < UNIT_ROWS(links); i++) {
		unit_path(path, served, links[i].link);
		ck_assert_int_eq(symlink(links[i].to, path), 0);
	}
}

/* A link shows as its target if that is inside, and is omitted otherwise; a
 * FIFO is omitted. */
START_TEST(test_kinds)
{
	make_kinds();
	expect("file:100644:5 folder:40755:0 to_file:100644:5 "
	       "to_folder:40755:0 to_hidden:100644:1 ");
	root_close_file(&folder);
	open_folder("folder");
	expect("inner:100644:2 up:100644:5 ");
	/* The same through a link to the folder. */
	root_close_file(&folder);
	open_folder("to_folder");
	expect("inner:100644:2 up:100644:5 ");
}
END_TEST

START_TEST(test_policies)
{
	make_kinds();
	root.hidden = true;
	expect(".hidden:100644:1 file:100644:5 folder:40755:0 "
	       "to_file:100644:5 to_folder:40755:0 to_hidden:100644:1 ");
	root_close_file(&folder);
	root_close(&root);
	ck_assert_int_eq(root_open(&root, served, false, false), 0);
	open_folder(".");
	expect("file:100644:5 folder:40755:0 ");
}
END_TEST

/* Regression: files whose whole name is too long for a request were omitted. A
 * client can report them only if they are listed. */
START_TEST(test_too_long)
{
	static char longest[NAMES_MAX + 1];

	unit_write(served, "abcd", "", 0);
	unit_write(served, "abcde", "", 0);
	memset(longest, 'x', NAMES_MAX);
	name = longest;
	expect("abcd:100644:0 abcde:100644:0 ");
}
END_TEST

/* Regression: entries of a folder that may be read but not searched were
 * omitted. They are listed with their kind alone; a link counts as a file. */
START_TEST(test_not_to_be_searched)
{
	char path[UNIT_PATH];

	make_kinds();
	unit_path(path, served, "folder/deep");
	ck_assert_int_eq(mkdir(path, 0755), 0);
	unit_path(path, served, "folder/fifo");
	ck_assert_int_eq(mkfifo(path, 0644), 0);
	root_close_file(&folder);
	open_folder("folder");
	unit_drop_power();
	unit_path(path, served, "folder");
	ck_assert_int_eq(chmod(path, 0644), 0);
	expect("deep:40000:0 inner:100000:0 up:100000:0 ");
}
END_TEST

START_TEST(test_bad_cursor)
{
	static const uint64_t cursors[] = {(uint64_t)INT64_MAX + 1, UINT64_MAX};
	size_t i;

	make("", 1);
	for (i = 0; i < UNIT_ROWS(cursors); i++)
		ck_assert_int_eq(ask(cursors[i]), PROTOCOL_BAD_RANGE);
	/* A cursor that no page has given may lead anywhere in the folder. */
	for (i = 1; i < 63; i++) {
		if (ask(UINT64_C(1) << i) == PROTOCOL_OK)
			ck_assert_uint_le(each(ignore), 1);
	}
	/* The folder can still be listed. */
	expect("1:100644:5 ");
}
END_TEST

/* A folder that was removed gives a status, not an empty page. */
START_TEST(test_removed)
{
	ck_assert_int_eq(rmdir(served), 0);
	ck_assert_int_eq(ask(0), PROTOCOL_NOT_FOUND);
}
END_TEST

/* A page ends when the next entry does not fit. */
START_TEST(test_by_size)
{
	unsigned i, n, pages = 0, all = 0;

	for (i = 0; i < MANY; i++)
		make_long(i);
	cursor = 0;
	do {
		ck_assert_int_eq(ask(cursor), PROTOCOL_OK);
		n = each(count);
		ck_assert(cursor == 0 ||
		    PAGE - body_len < PROTOCOL_RECORD_SIZE + NAME);
		ck_assert_uint_gt(n, 0);
		all += n;
		pages++;
	} while (cursor != 0);
	ck_assert_uint_eq(all, MANY);
	ck_assert_uint_eq(pages, 3);
	for (i = 0; i < MANY; i++)
		ck_assert_uint_eq(seen[i], 1);
}
END_TEST

/* A page ends after a number of entries, hidden ones included. */
START_TEST(test_by_number)
{
	unsigned i, n = 0, pages = 0;

	for (i = 0; i < LOOKED + 10; i++)
		make(".", i);
	make("", 1);
	cursor = 0;
	do {
		ck_assert_int_eq(ask(cursor), PROTOCOL_OK);
		n += each(count);
		pages++;
	} while (cursor != 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(pages, 2);
}
END_TEST

/* A page from the position behind any entry has exactly the entries that follow
 * it. */
START_TEST(test_every_cursor)
{
	enum {
		FEW = 100
	};
	long places[FEW + 2];
	unsigned numbers[FEW + 2], i, j, n = 0;
	struct dirent *entry;
	DIR *dir;

	for (i = 0; i < FEW; i++)
		make("", i);
	dir = opendir(served);
	while ((entry = readdir(dir)) != NULL) {
		numbers[n] = entry->d_name[0] == '.' ?
		    UINT32_MAX :
		    (unsigned)strtoul(entry->d_name, NULL, 10);
		places[n++] = (long)entry->d_off;
	}
	closedir(dir);
	ck_assert_uint_eq(n, FEW + 2);
	for (i = 0; i < n; i++) {
		memset(seen, 0, sizeof(seen));
		ck_assert_int_eq(ask((uint64_t)places[i]), PROTOCOL_OK);
		ck_assert_uint_eq(cursor, 0);
		each(count);
		for (j = 0; j < n; j++)
			ck_assert(numbers[j] == UINT32_MAX ||
			    seen[numbers[j]] == (j > i ? 1 : 0));
	}
}
END_TEST

/* Entries are removed and added between pages: an entry that stays comes
 * exactly once, any other at most once. */
START_TEST(test_changing)
{
	char path[UNIT_PATH], entry[NAME + 1];
	unsigned i, page = 0;
	struct statfs kind;

	/* tmpfs of older kernels gives no lasting positions. */
	ck_assert_int_eq(statfs(served, &kind), 0);
	if (kind.f_type == TMPFS_MAGIC)
		return;
	for (i = 0; i < MANY; i++)
		make_long(i);
	cursor = 0;
	do {
		ck_assert_int_eq(ask(cursor), PROTOCOL_OK);
		each(count);
		/* Removes every third entry, half of them before they were
		 * listed. */
		for (i = page * 3; i < MANY; i += 12) {
			snprintf(entry, sizeof(entry), "%0*u", NAME, i);
			unit_path(path, served, entry);
			unlink(path);
			make_long(MANY + page * 100 + i / 12);
		}
		page++;
	} while (cursor != 0);
	ck_assert_uint_ge(page, 3);
	for (i = 0; i < MANY; i++)
		ck_assert_msg(i % 3 == 0 ? seen[i] <= 1 : seen[i] == 1,
		    "%u: %u", i, seen[i]);
	for (; i < UNIT_ROWS(seen); i++)
		ck_assert_uint_le(seen[i], 1);
}
END_TEST

Suite *
send_list_suite(void)
{
	Suite *suite = suite_create("send_list");
	TCase *tcase = unit_case(suite, "listing");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_empty);
	tcase_add_test(tcase, test_progress);
	tcase_add_test(tcase, test_kinds);
	tcase_add_test(tcase, test_policies);
	tcase_add_test(tcase, test_too_long);
	tcase_add_test(tcase, test_not_to_be_searched);
	tcase_add_test(tcase, test_bad_cursor);
	tcase_add_test(tcase, test_removed);
	tcase_add_test(tcase, test_by_size);
	tcase_add_test(tcase, test_by_number);
	tcase_add_test(tcase, test_every_cursor);
	tcase_add_test(tcase, test_changing);
	return suite;
}
