/*
 * fileget -f and servers that break off inside a reply, lie, or keep it busy
 * without progress. The play functions are those of fake.h; the file is a
 * growing log.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/fake.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

enum {
	HALF = 100 * 1000, /* bytes that arrive before the break */
	LAST = 1024,	   /* bytes that are requested again each time */
	SIZE = 300 * 1000,
};

/* Offsets in a FETCH reply. */
enum {
	AT_SIZE = PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_TOKEN_SIZE,
	AT_BYTES = PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE,
};

static struct fake_file
make_file(uint64_t size)
{
	static uint8_t bytes[SIZE];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)('a' + i % 23 + i / 1009 % 3);
	return (struct fake_file){bytes, size, {7, 9}, 0100644, 1};
}

/* Checks that the output is the first n bytes of the file. */
static void
expect_written(struct program *client, const struct fake_file *file, size_t n,
    const char *what)
{
	struct sum got, expected;

	sum_of(&expected, file->bytes, n);
	sum_file(&got, client->out_name, 0, UINT64_MAX);
	sum_expect(&got, &expected, what);
}

/* ---- broken off -------------------------------------------------------- */

/* Sends a reply that is reset after HALF bytes; flips one of them if flip is
 * set. */
static void
break_off(struct fake *fake, const struct fake_file *file, bool flip)
{
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;

	if (!fake_ask(fake, &asked))
		return;
	reply = fake_build_reply(file, asked.offset, &len);
	reply[AT_BYTES + 5] ^= flip ? 1 : 0;
	fake_send(fake, reply, AT_BYTES + HALF);
	free(reply);
	/* Ends orderly, so that all sent bytes arrive. */
	fake_end(fake);
}

static void
play_break(struct fake *fake)
{
	const struct fake_file *file = fake->argument;

	if (fake->connection == 0)
		break_off(fake, file, false);
	else
		fake_serve(fake, file);
}

static void
play_flip_and_break(struct fake *fake)
{
	const struct fake_file *file = fake->argument;

	if (fake->connection == 0)
		break_off(fake, file, true);
	else
		fake_serve(fake, file);
}

/* The file is written to all the time: DIGEST of it always fails. */
static void
serve_busy_file(struct fake *fake, const struct fake_file *file)
{
	struct fake_file part = *file;
	struct fake_asked asked;
	uint8_t *reply;
	bool goes_on = true;
	size_t len;

	while (goes_on && fake_ask(fake, &asked)) {
		if (asked.op == PROTOCOL_OP_DIGEST) {
			goes_on = fake_refuse(fake, PROTOCOL_CHANGED, "now");
			continue;
		}
		if (asked.op == PROTOCOL_OP_STAT ||
		    asked.count == PROTOCOL_TO_END) {
			goes_on = fake_answer(fake, file, &asked);
			continue;
		}
		/* A range, with the size of the whole file. */
		part.size = asked.offset + asked.count;
		reply = fake_build_reply(&part, asked.offset, &len);
		memcpy(reply + AT_SIZE,
		    (uint8_t[8]){0, 0, 0, 0, 0, SIZE >> 16, SIZE >> 8 & 255,
			SIZE & 255},
		    8);
		goes_on = fake_send(fake, reply, len);
		free(reply);
	}
}

static void
play_break_busy(struct fake *fake)
{
	if (fake->connection == 0)
		break_off(fake, fake->argument, false);
	else
		serve_busy_file(fake, fake->argument);
}

static void
play_flip_and_break_busy(struct fake *fake)
{
	if (fake->connection == 0)
		break_off(fake, fake->argument, true);
	else
		serve_busy_file(fake, fake->argument);
}

static const struct {
	const char *row;
	void (*play)(struct fake *);
	bool mismatch;
	bool reread;
} breaks[] = {
    {"broken off", play_break, false, false},
    {"broken off, a bit flipped", play_flip_and_break, true, false},
    {"broken off, and written to", play_break_busy, false, true},
    {"the same, a bit flipped", play_flip_and_break_busy, true, true},
};

/* The bytes before the break are proved before fileget continues. */
START_TEST(broken_off)
{
	const char *row = breaks[_i].row;
	struct fake_file file = make_file(SIZE);
	struct program client = {0};
	const struct fake_asked *asked;
	struct fake fake;

	fake_start(&fake, 2, breaks[_i].play, &file);
	client_start(&client, fake.port, HERE_LIST("-f", "f"), NULL);
	if (!breaks[_i].mismatch) {
		scratch_await_size(client.out_name, SIZE);
		program_signal(&client, SIGINT);
	}
	here_expect_exit(&client, breaks[_i].mismatch ? 8 : 130, row);
	fake_stop(&fake);
	asked = fake.asked + 1;
	ck_assert_msg(asked[0].op == PROTOCOL_OP_DIGEST, "%s", row);
	ck_assert_msg(asked[0].offset == 0 && asked[0].count == HALF, "%s",
	    row);
	ck_assert_msg(asked[0].token.id == 7 && asked[0].token.version == 0,
	    "%s", row);
	if (breaks[_i].reread) {
		asked++;
		ck_assert_msg(asked[0].op == PROTOCOL_OP_FETCH &&
			asked[0].offset == 0 && asked[0].count == HALF,
		    "%s", row);
	}
	if (breaks[_i].mismatch)
		return;
	expect_written(&client, &file, SIZE, row);
	ck_assert_msg(asked[1].op == PROTOCOL_OP_FETCH &&
		asked[1].offset == HALF - LAST &&
		asked[1].count == PROTOCOL_TO_END,
	    "%s", row);
}
END_TEST

/* ---- ended while nothing was asked ------------------------------------- */

/* Sends one reply on each connection; the file grows each time. */
static void
play_one_reply_each(struct fake *fake)
{
	struct fake_file file = *(const struct fake_file *)fake->argument;
	struct fake_asked asked;

	file.size = (fake->connection + 1) * 100;
	if (fake_ask(fake, &asked) && fake_answer(fake, &file, &asked) &&
	    fake_ask(fake, &asked))
		fake_answer(fake, &file, &asked);
}

/* A server may end a quiet connection: fileget reconnects without a message,
 * also with --retry 0. */
START_TEST(ended_while_quiet)
{
	struct fake_file file = make_file(SIZE);
	struct program client = {0};
	struct fake fake;

	fake_start(&fake, 10, play_one_reply_each, &file);
	client_start(&client, fake.port, HERE_LIST("-f", "--retry", "0", "f"),
	    NULL);
	scratch_await_size(client.out_name, 300);
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "ended while quiet");
	ck_assert_str_eq(program_err(&client), "");
	fake_stop(&fake);
	expect_written(&client, &file, 300, "ended while quiet");
}
END_TEST

/* ---- busy for nothing -------------------------------------------------- */

enum {
	ROUNDS = 12, /* requests other than STAT */
};

struct rounds {
	const char *row;
	/* Sends reply n, from 0. Returns false to end the connection. */
	bool (*answer)(struct fake *fake, const struct fake_asked *asked,
	    unsigned n);
	unsigned n; /* replies so far */
	int64_t first, last;
	int64_t least; /* minimum seconds between first and last */
};

static bool
always_changed(struct fake *fake, const struct fake_asked *asked, unsigned n)
{
	struct fake_file file = make_file(5);

	if (n == 0)
		return fake_answer(fake, &file, asked);
	return fake_refuse(fake, PROTOCOL_CHANGED, "again");
}

/* Sends another file each time, with a trailer that announces more bytes. */
static bool
always_another(struct fake *fake, const struct fake_asked *asked, unsigned n)
{
	struct fake_file file = make_file(5);
	uint8_t *reply;
	size_t len;
	bool sent;

	file.token.id = n + 1;
	if (asked->token.id != 0)
		return fake_refuse(fake, PROTOCOL_CHANGED, "again");
	reply = fake_build_reply(&file, 0, &len);
	reply[len - PROTOCOL_TRAILER_SIZE + 2] = 1;
	sent = fake_send(fake, reply, len);
	free(reply);
	return sent;
}

static bool
always_shorter(struct fake *fake, const struct fake_asked *asked, unsigned n)
{
	static bool whole; /* used by the thread of this fake only */
	struct fake_file file = make_file(5);

	(void)n;
	whole = !whole;
	return whole ? fake_answer(fake, &file, asked) :
		       fake_refuse(fake, PROTOCOL_BAD_RANGE, "shorter");
}

/* Sends no bytes, with a trailer that announces more. */
static bool
always_more(struct fake *fake, const struct fake_asked *asked, unsigned n)
{
	struct fake_file file = make_file(0);
	uint8_t *reply;
	size_t len;
	bool sent;

	(void)n;
	reply = fake_build_reply(&file, asked->offset, &len);
	reply[len - PROTOCOL_TRAILER_SIZE + 2] = 1;
	sent = fake_send(fake, reply, len);
	free(reply);
	return sent;
}

static bool
always_gone(struct fake *fake, const struct fake_asked *asked, unsigned n)
{
	struct fake_file file = make_file(5);

	if (n % 2 == 0)
		return fake_answer(fake, &file, asked);
	return fake_refuse(fake, PROTOCOL_NOT_FOUND, "gone");
}

static bool
always_ended(struct fake *fake, const struct fake_asked *asked, unsigned n)
{
	struct fake_file file = make_file(5);
	struct fake_asked state;

	(void)n;
	if (fake_answer(fake, &file, asked) && fake_ask(fake, &state))
		(void)fake_answer(fake, &file, &state);
	return false;
}

static void
play_rounds(struct fake *fake)
{
	struct rounds *rounds = (struct rounds *)(uintptr_t)fake->argument;
	struct fake_file file = make_file(5);
	struct fake_asked asked;
	bool goes_on = true;

	while (goes_on && rounds->n < ROUNDS && fake_ask(fake, &asked)) {
		if (asked.op == PROTOCOL_OP_STAT) {
			goes_on = fake_answer(fake, &file, &asked);
			continue;
		}
		rounds->last = clock_now();
		if (rounds->n == 0)
			rounds->first = rounds->last;
		goes_on = asked.op == PROTOCOL_OP_FETCH ?
		    rounds->answer(fake, &asked, rounds->n) :
		    fake_refuse(fake, PROTOCOL_CHANGED, "only FETCH");
		rounds->n++;
	}
	if (rounds->n == ROUNDS)
		fake_refuse(fake, PROTOCOL_UNSUPPORTED, "enough");
}

/* Requests that bring no bytes are on average a second apart, at most five at
 * once. */
START_TEST(replies_without_bytes)
{
	static struct rounds rows[] = {
	    {.row = "always changed", .answer = always_changed, .least = 1},
	    {.row = "always another", .answer = always_another, .least = 1},
	    {.row = "always shorter", .answer = always_shorter, .least = 2},
	    {.row = "always promised more", .answer = always_more, .least = 9},
	    {.row = "gone every other time", .answer = always_gone, .least = 3},
	    {.row = "ended each time", .answer = always_ended, .least = 9},
	};
	static struct program clients[HARNESS_ROWS(rows)];
	static struct fake fakes[HARNESS_ROWS(rows)];
	int64_t elapsed;
	size_t i;

	for (i = 0; i < HARNESS_ROWS(rows); i++) {
		fake_start(&fakes[i], 2 * ROUNDS, play_rounds, &rows[i]);
		client_start(&clients[i], fakes[i].port, HERE_LIST("-f", "f"),
		    NULL);
	}
	for (i = 0; i < HARNESS_ROWS(rows); i++) {
		here_expect_exit(&clients[i], 7, rows[i].row);
		fake_stop(&fakes[i]);
		elapsed = rows[i].last - rows[i].first;
		ck_assert_uint_eq(rows[i].n, ROUNDS);
		ck_assert_msg(elapsed >= rows[i].least * CLOCK_SEC,
		    "%s: %d requests in %lld ms", rows[i].row, ROUNDS,
		    (long long)(elapsed / CLOCK_MS));
	}
}
END_TEST

Suite *
follow_breaks_suite(void)
{
	Suite *suite = suite_create("follow_breaks");
	TCase *tcase = harness_case(suite, "follow_breaks", 90);

	tcase_add_loop_test(tcase, broken_off, 0, HARNESS_ROWS(breaks));
	tcase_add_test(tcase, ended_while_quiet);
	tcase_add_test(tcase, replies_without_bytes);
	return suite;
}
