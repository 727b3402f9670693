/*
 * fileget -f and servers that lie or refuse: the exit code, and that the output
 * contains only sent bytes.
 */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/fake.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/sum.h"

enum {
	SIZE = 16, /* bytes of the file */
	/* Offsets in a FETCH reply. */
	AT_LENGTH = 7,
	AT_SIZE = PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_TOKEN_SIZE,
	AT_BYTES = PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE,
};

static struct fake_file
make_file(uint64_t size)
{
	return (struct fake_file){(const uint8_t *)"0123456789abcdef", size,
	    {7, 9}, 0100644, 1};
}

static void
flip_a_bit(uint8_t *reply, size_t *len)
{
	(void)len;
	reply[AT_BYTES + 1] ^= 4;
}

static void
huge_size(uint8_t *reply, size_t *len)
{
	(void)len;
	reply[AT_SIZE] = 0x80;
}

static void
odd_length(uint8_t *reply, size_t *len)
{
	(void)len;
	reply[AT_LENGTH]++;
}

static void
too_short(uint8_t *reply, size_t *len)
{
	protocol_encode_reply(PROTOCOL_OK, PROTOCOL_ATTRIBUTES_SIZE, reply);
	*len = AT_BYTES;
}

static void
unknown_status(uint8_t *reply, size_t *len)
{
	reply[0] = PROTOCOL_STATUSES;
	*len = 1;
}

static void
long_message(uint8_t *reply, size_t *len)
{
	(void)len;
	protocol_encode_reply(PROTOCOL_NOT_FOUND, PROTOCOL_MESSAGE_MAX + 1,
	    reply);
}

static void
unknown_trailer(uint8_t *reply, size_t *len)
{
	reply[*len - PROTOCOL_TRAILER_SIZE] = PROTOCOL_BUSY;
}

static void
bad_range(uint8_t *reply, size_t *len)
{
	protocol_encode_reply(PROTOCOL_BAD_RANGE, 0, reply);
	*len = PROTOCOL_REPLY_HEADER_SIZE;
}

static void
busy(uint8_t *reply, size_t *len)
{
	protocol_encode_reply(PROTOCOL_BUSY, 0, reply);
	*len = PROTOCOL_REPLY_HEADER_SIZE;
}

static void
unreadable(uint8_t *reply, size_t *len)
{
	protocol_encode_reply(PROTOCOL_IO_ERROR, 0, reply);
	*len = PROTOCOL_REPLY_HEADER_SIZE;
}

static void
stop_short(uint8_t *reply, size_t *len)
{
	(void)reply;
	*len -= 1;
}

static const struct lie {
	const char *row;
	void (*tell)(uint8_t *reply, size_t *len);
	int code;
	size_t written; /* bytes in the output */
	bool goes_on;	/* the server is honest afterwards, else it stalls */
} lies[] = {
    {"a flipped bit", flip_a_bit, 8, 2, true},
    {"size beyond 2^63", huge_size, 7, 0, false},
    {"a length that does not fit", odd_length, 7, 0, false},
    {"no room for a trailer", too_short, 7, 0, false},
    {"an unknown status", unknown_status, 7, 0, false},
    {"a message too long", long_message, 7, 0, false},
    {"an unknown trailer", unknown_trailer, 7, 2, false},
    {"past the end of nothing", bad_range, 7, 0, false},
    {"busy", busy, 11, 0, false},
    {"unreadable", unreadable, 12, 0, false},
    {"never the last byte", stop_short, 6, 2, false},
};

static void
play_lie(struct fake *fake)
{
	const struct lie *lie = fake->argument;
	struct fake_file file = make_file(2);
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;

	if (!fake_ask(fake, &asked))
		return;
	reply = fake_build_reply(&file, 0, &len);
	lie->tell(reply, &len);
	if (fake_send(fake, reply, len)) {
		if (lie->goes_on)
			fake_serve(fake, &file);
		else
			fake_stall(fake);
	}
	free(reply);
}

START_TEST(lied_to)
{
	struct program client = {0};
	struct fake fake;
	size_t i;

	for (i = 0; i < HARNESS_ROWS(lies); i++) {
		fake_start(&fake, 1, play_lie, &lies[i]);
		here_get(&client, fake.port, lies[i].code, lies[i].row,
		    HERE_LIST("-f", "--retry", "0", "--timeout", "1", "f"));
		fake_stop(&fake);
		ck_assert_msg(strlen(program_out(&client)) == lies[i].written,
		    "%s: it wrote '%s'", lies[i].row, program_out(&client));
		ck_assert_msg(program_lines(program_err(&client)) == 1,
		    "%s: it said:\n%s", lies[i].row, program_err(&client));
	}
}
END_TEST

/* Flips a bit, which a client with --no-verify cannot notice. */
static void
play_flipped_bits(struct fake *fake)
{
	struct fake_file file = make_file(2);
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;
	bool sent = true;

	while (sent && fake_ask(fake, &asked)) {
		if (asked.op == PROTOCOL_OP_STAT) {
			sent = fake_answer(fake, &file, &asked);
			continue;
		}
		reply = fake_build_reply(&file, asked.offset, &len);
		reply[len - 1] ^= 1;
		sent = fake_send(fake, reply, len);
		free(reply);
		file.size++;
	}
}

START_TEST(unverified)
{
	struct fake_file file = make_file(SIZE);
	struct program client = {0};
	struct sum got, expected;
	struct fake fake;

	fake_start(&fake, 1, play_flipped_bits, NULL);
	client_start(&client, fake.port, HERE_LIST("-f", "--no-verify", "f"),
	    NULL);
	scratch_await_size(client.out_name, 3);
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, "--no-verify");
	fake_stop(&fake);
	ck_assert_uint_eq(fake.asked[0].flags, 0);
	sum_of(&expected, file.bytes, 3);
	sum_file(&got, client.out_name, 0, UINT64_MAX);
	sum_expect(&got, &expected, "--no-verify");
}
END_TEST

/* ---- an honest change ---------------------------------------------------- */

enum {
	LARGE = 10000, /* bytes */
};

struct change {
	const char *row;
	size_t at; /* offset of a byte that changes after sending */
	const char *says;
	size_t again; /* bytes written once more */
};

static const struct change changes[] = {
    {"far behind the start", 9000, "have changed in the file", 0},
    {"at the start", 10, "the file was rewritten", LARGE},
};

static uint8_t large[LARGE + 1];

/* A byte changes between sending and DIGEST, which the version reveals; later a
 * byte is appended. */
static void
play_change(struct fake *fake)
{
	const struct change *change = fake->argument;
	struct fake_file file = {large, LARGE, {7, 9}, 0100644, 1};
	struct fake_asked asked;
	uint8_t *reply;
	bool sent = true;
	size_t len;

	if (!fake_ask(fake, &asked))
		return;
	reply = fake_build_reply(&file, 0, &len);
	reply[AT_BYTES + change->at] ^= 1;
	sent = fake_send(fake, reply, len);
	free(reply);
	file.token.version++;
	while (sent && fake_ask(fake, &asked)) {
		if (asked.op == PROTOCOL_OP_LIST)
			sent = fake_refuse(fake, PROTOCOL_DENIED, "no lists");
		else if (asked.op == PROTOCOL_OP_FETCH && asked.offset == 0 &&
		    asked.count != PROTOCOL_TO_END) {
			struct fake_file head = file;

			/* The attributes alone contain the size. */
			head.size = asked.count;
			reply = fake_build_reply(&head, 0, &len);
			reply[AT_SIZE + 6] = LARGE >> 8;
			reply[AT_SIZE + 7] = LARGE & 255;
			sent = fake_send(fake, reply, len);
			free(reply);
		} else {
			if (asked.op == PROTOCOL_OP_FETCH)
				file.size = LARGE + 1;
			sent = fake_answer(fake, &file, &asked);
		}
	}
}

/* Regression: it ended with exit code 8, as if bytes had been damaged in
 * transit. */
START_TEST(changed_before_the_digest)
{
	const struct change *change = &changes[_i];
	struct program client = {0};
	struct fake fake;
	size_t len, again = change->again > 0 ? LARGE + 1 : 1;
	char *got;

	memset(large, 'x', LARGE);
	large[LARGE] = '!';
	fake_start(&fake, 1, play_change, change);
	client_start(&client, fake.port, HERE_LIST("-f", "f"), NULL);
	scratch_await_size(client.out_name, LARGE + again);
	program_signal(&client, SIGINT);
	here_expect_exit(&client, 130, change->row);
	fake_stop(&fake);
	ck_assert_msg(strstr(program_err(&client), change->says) != NULL,
	    "%s: it said:\n%s", change->row, program_err(&client));
	got = scratch_read(client.out_name, &len);
	ck_assert_uint_eq(len, LARGE + again);
	ck_assert_int_eq(got[change->at], 'x' ^ 1);
	ck_assert_int_eq(got[len - 1], '!');
	free(got);
}
END_TEST

/* Control characters in the server's message are escaped. */
static void
play_escapes(struct fake *fake)
{
	struct fake_asked asked;

	if (fake_ask(fake, &asked))
		fake_refuse(fake, PROTOCOL_DENIED, "\033[31m\r\302\233no");
}

START_TEST(escapes)
{
	struct program client = {0};
	struct fake fake;

	fake_start(&fake, 1, play_escapes, NULL);
	here_get(&client, fake.port, 5, "escapes", HERE_LIST("-f", "f"));
	fake_stop(&fake);
	here_expect_harmless(program_err(&client), "escapes");
	ck_assert_ptr_nonnull(strstr(program_err(&client), "\\033[31m"));
}
END_TEST

Suite *
follow_lies_suite(void)
{
	Suite *suite = suite_create("follow_lies");
	TCase *tcase;

	tcase = harness_case(suite, "follow_lies", 90);
	tcase_add_test(tcase, lied_to);
	tcase_add_test(tcase, unverified);
	tcase_add_loop_test(tcase, changed_before_the_digest, 0,
	    HARNESS_ROWS(changes));
	tcase_add_test(tcase, escapes);
	return suite;
}
