/*
 * Servers that lie about folders: names with ".." or control characters,
 * endless trees and endless folders. fileget always ends by itself, with a
 * matching exit code and in bounded memory.
 */

#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/fake_folder.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/terminal.h"
#include "tests/harness/wait.h"

enum {
	FOLDER = S_IFDIR | 0755,
	FILE_MODE = S_IFREG | 0644,
	MILLION = 1000000,
	/* Entries of a page of an endless folder. */
	ENTRIES = 30000,
};

static struct fake fake;
static struct program client;
static struct terminal terminal;

static void
run(void (*play)(struct fake *), const void *argument, int code,
    const char *row, const char *const *args)
{
	fake_start(&fake, 8, play, argument);
	here_get(&client, fake.port, code, row, args);
	fake_stop(&fake);
	here_expect_harmless(program_err(&client), row);
	here_expect_names("here", row, HERE_LIST(NULL));
}

static void
expect_said(const char *text)
{
	ck_assert_msg(strstr(program_err(&client), text) != NULL, "%s",
	    program_err(&client));
}

/* ---- one page ----------------------------------------------------------- */

struct bad_name {
	const char *row;
	const char *name;
	size_t len;
};

#define NAME(literal) literal, sizeof(literal) - 1

static const struct bad_name bad_names[] = {
    {"the folder above", NAME("..")},
    {"the folder itself", NAME(".")},
    {"none", NAME("")},
    {"up and away", NAME("../../etc")},
    {"absolute", NAME("/etc/passwd")},
    {"two components", NAME("a/b")},
    {"a slash at the end", NAME("a/")},
    {"a NUL", NAME("a\0b")},
    {"a NUL at the end", NAME("a\0")},
};

/* Lists each folder with a good name and this one. */
static void
play_name(struct fake *played)
{
	const struct bad_name *bad = played->argument;
	struct fake_page page = {0};
	struct fake_asked asked;

	while (fake_ask(played, &asked)) {
		if (asked.op == PROTOCOL_OP_STAT) {
			fake_send_stat(played, FOLDER, 1);
			continue;
		}
		fake_begin_page(&page, 0);
		fake_add_entry(&page, FILE_MODE, "good", 4);
		fake_add_entry(&page, FILE_MODE, bad->name, bad->len);
		fake_send_page(played, &page);
	}
}

START_TEST(invalid_names)
{
	const struct bad_name *bad = &bad_names[_i];

	run(play_name, bad, 7, bad->row, HERE_LIST("-lr"));
	ck_assert_str_eq(program_out(&client), "");
	expect_said("does not speak this protocol");
	ck_assert_uint_eq(program_lines(program_err(&client)), 1);
}
END_TEST

/* Does so when a pattern is looked up; refuses "*" itself. */
static void
play_name_for_pattern(struct fake *played)
{
	const struct bad_name *bad = played->argument;
	struct fake_page page = {0};
	struct fake_asked asked;

	while (fake_ask(played, &asked)) {
		if (asked.op == PROTOCOL_OP_STAT && asked.name[0] == '*') {
			fake_refuse(played, PROTOCOL_NOT_FOUND, "no");
		} else if (asked.op == PROTOCOL_OP_STAT) {
			fake_send_stat(played, FOLDER, 1);
		} else {
			fake_begin_page(&page, 0);
			fake_add_entry(&page, FILE_MODE, bad->name, bad->len);
			fake_send_page(played, &page);
		}
	}
}

START_TEST(patterns_that_match_invalid_names)
{
	const struct bad_name *bad = &bad_names[_i];

	run(play_name_for_pattern, bad, 7, bad->row, HERE_LIST("*"));
	expect_said("does not speak this protocol");
}
END_TEST

/* ---- terminals ---------------------------------------------------------- */

#define ORDERS "\033]0;owned\007\033[2J\302\23331m"

/* Lists a folder with this name and refuses it with the same text. */
static void
play_orders(struct fake *played)
{
	struct fake_asked asked;

	while (fake_ask(played, &asked)) {
		if (strcmp(asked.name, ".") != 0)
			fake_refuse(played, PROTOCOL_DENIED, ORDERS);
		else if (asked.op == PROTOCOL_OP_STAT)
			fake_send_stat(played, FOLDER, 1);
		else
			fake_send_names(played, 0, HERE_LIST(ORDERS));
	}
}

START_TEST(control_characters)
{
	fake_start(&fake, 1, play_orders, NULL);
	terminal_start(&terminal, fake.port, HERE_LIST("-lr"), NULL);
	ck_assert_int_eq(terminal_wait(&terminal), 5);
	fake_stop(&fake);
	ck_assert(terminal_shows(&terminal, "owned"));
	ck_assert(!terminal_shows(&terminal, "\033"));
	ck_assert(!terminal_shows(&terminal, "\007"));
	ck_assert(!terminal_shows(&terminal, "\302\233"));
	/* Standard error is escaped also if it is no terminal. */
	run(play_orders, NULL, 5, "not on a terminal", HERE_LIST("-lr"));
}
END_TEST

/* ---- trees -------------------------------------------------------------- */

/* Each folder contains one called "d", with the same id or another. */
static void
play_tree(struct fake *played)
{
	const bool *same = played->argument;
	struct fake_asked asked;
	uint64_t id = 1;

	played->keeps_first = true;
	while (fake_ask(played, &asked)) {
		if (asked.op == PROTOCOL_OP_STAT)
			fake_send_stat(played, FOLDER, *same ? 1 : id++);
		else
			fake_send_names(played, 0, HERE_LIST("d"));
	}
}

START_TEST(a_folder_that_lists_itself)
{
	static const bool same = true;

	run(play_tree, &same, 0, "the same folder", HERE_LIST("-lr"));
	ck_assert_uint_eq(program_lines(program_out(&client)), 1);
	expect_said("d: not followed");
}
END_TEST

/* Each folder has another id: the length of names ends the tree. */
START_TEST(levels_without_end)
{
	static const bool same = false;
	size_t len;
	char *text;

	run(play_tree, &same, 2, "levels", HERE_LIST("-lr"));
	text = scratch_read(client.out_name, &len);
	/* The last one is listed and cannot be requested. */
	ck_assert_uint_eq(program_lines(text), (NAMES_MAX + 1) / 2 + 1);
	free(text);
	expect_said("too long");
}
END_TEST

/* ---- folders ------------------------------------------------------------ */

struct lie {
	const char *row;
	void (*play)(struct fake *);
	const char *said;
};

/* STAT says that it is a folder; this function replies to LIST. */
static void
play_pages(struct fake *played,
    bool (*answer)(struct fake *, const struct fake_asked *))
{
	struct fake_asked asked;

	played->keeps_first = true;
	while (fake_ask(played, &asked))
		if (asked.op == PROTOCOL_OP_STAT ?
			!fake_send_stat(played, FOLDER, 1) :
			!answer(played, &asked))
			break;
}

static bool
answer_twice(struct fake *played, const struct fake_asked *asked)
{
	return fake_send_names(played, asked->cursor == 0 ? 1 : 0,
	    HERE_LIST(asked->cursor == 0 ? "b" : "c", "a"));
}

static void
play_twice(struct fake *played)
{
	play_pages(played, answer_twice);
}

static bool
answer_round(struct fake *played, const struct fake_asked *asked)
{
	char name[32];

	/* Each page has new names, so that only the cursor reveals the circle.
	 */
	snprintf(name, sizeof(name), "%u-%llu", (unsigned)played->sent,
	    (unsigned long long)asked->cursor);
	return fake_send_names(played, asked->cursor % 5 + 1, HERE_LIST(name));
}

static void
play_round(struct fake *played)
{
	play_pages(played, answer_round);
}

static bool
answer_nothing(struct fake *played, const struct fake_asked *asked)
{
	return fake_send_names(played, asked->cursor + 1, HERE_LIST(NULL));
}

static void
play_nothing(struct fake *played)
{
	play_pages(played, answer_nothing);
}

/* Sends a page of new names each time. */
static bool
send_many(struct fake *played, uint64_t from, uint64_t next)
{
	struct fake_page page = {0};
	char name[16];
	uint64_t i;
	int len;

	fake_begin_page(&page, next);
	for (i = from; i < from + ENTRIES; i++) {
		len = snprintf(name, sizeof(name), "%08llx",
		    (unsigned long long)i);
		fake_add_entry(&page, FILE_MODE, name, (size_t)len);
	}
	return fake_send_page(played, &page);
}

static bool
answer_more(struct fake *played, const struct fake_asked *asked)
{
	return send_many(played, asked->cursor, asked->cursor + ENTRIES);
}

static void
play_more(struct fake *played)
{
	play_pages(played, answer_more);
}

static bool
answer_too_much(struct fake *played, const struct fake_asked *asked)
{
	uint8_t header[PROTOCOL_REPLY_HEADER_SIZE];

	(void)asked;
	protocol_encode_reply(PROTOCOL_OK, PROTOCOL_LIST_MAX + 1, header);
	return fake_send(played, header, sizeof(header));
}

static void
play_too_much(struct fake *played)
{
	play_pages(played, answer_too_much);
}

static const struct lie lies[] = {
    {"the same name twice", play_twice, "the same name twice"},
    {"cursors that go round", play_round, "goes round"},
    {"empty pages", play_nothing, "nothing, without end"},
    {"a folder without end", play_more, "a folder without end"},
    {"a page that is too long", play_too_much, "too long"},
};

START_TEST(impossible_folders)
{
	run(lies[_i].play, NULL, 7, lies[_i].row, HERE_LIST("-l"));
	expect_said(lies[_i].said);
	ck_assert_str_eq(program_out(&client), "");
}
END_TEST

/* If a later page fails, the entries before it and other folders are listed. */
static void
play_bad_in_tree(struct fake *played)
{
	struct fake_asked asked;

	while (fake_ask(played, &asked)) {
		if (asked.op == PROTOCOL_OP_STAT)
			fake_send_stat(played, FOLDER, asked.name[0]);
		else if (strcmp(asked.name, ".") == 0)
			fake_send_names(played, 0, HERE_LIST("a", "b"));
		else if (asked.name[0] == 'a')
			fake_send_names(played, 0, HERE_LIST("..", NULL));
		else
			fake_send_names(played, 0, HERE_LIST(NULL));
	}
}

START_TEST(a_lie_within_a_tree)
{
	run(play_bad_in_tree, NULL, 7, "within", HERE_LIST("-lr", ".", "b"));
	ck_assert_ptr_nonnull(strstr(program_out(&client), "  a\n"));
	ck_assert_ptr_nonnull(strstr(program_out(&client), "b:\n"));
	expect_said("a: the server does not speak this protocol");
	ck_assert_uint_eq(program_lines(program_err(&client)), 1);
}
END_TEST

/* ---- memory ------------------------------------------------------------- */

/* Sends a million entries and then stalls. */
static bool
answer_a_million(struct fake *played, const struct fake_asked *asked)
{
	if (asked->cursor >= MILLION) {
		fake_stall(played);
		return false;
	}
	return send_many(played, asked->cursor, asked->cursor + ENTRIES);
}

static void
play_a_million(struct fake *played)
{
	play_pages(played, answer_a_million);
}

/* Returns the maximum memory of fileget in KiB. */
static unsigned long
peak_of(pid_t pid)
{
	unsigned long peak = 0;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			peak = strtoul(line + 6, NULL, 10);
	fclose(file);
	return peak;
}

/* Waits until the next page is requested, when all earlier ones were decoded.
 */
static bool
is_at_the_end(void *argument)
{
	(void)argument;
	return atomic_load(&fake.asks) > 1 + MILLION / ENTRIES + 1;
}

START_TEST(a_million_entries)
{
	fake_start(&fake, 1, play_a_million, NULL);
	client_start(&client, fake.port, HERE_LIST("-l"), NULL);
	ck_assert(wait_until(is_at_the_end, NULL, 2 * WAIT_LIMIT));
	if (!HARNESS_SLOW)
		ck_assert_uint_lt(peak_of(client.pid), 128UL * 1024);
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "a million");
	fake_stop(&fake);
}
END_TEST

Suite *
lists_hostile_suite(void)
{
	Suite *suite = suite_create("lists_hostile");
	TCase *tcase;

	tcase = harness_case(suite, "names", 60);
	tcase_add_loop_test(tcase, invalid_names, 0,
	    (int)HARNESS_ROWS(bad_names));
	tcase_add_loop_test(tcase, patterns_that_match_invalid_names, 0,
	    (int)HARNESS_ROWS(bad_names));
	tcase_add_test(tcase, control_characters);
	tcase = harness_case(suite, "trees", 120);
	tcase_add_test(tcase, a_folder_that_lists_itself);
	tcase_add_test(tcase, levels_without_end);
	tcase_add_test(tcase, a_lie_within_a_tree);
	tcase = harness_case(suite, "folders", 240);
	tcase_add_loop_test(tcase, impossible_folders, 0,
	    (int)HARNESS_ROWS(lies));
	tcase_add_test(tcase, a_million_entries);
	return suite;
}
