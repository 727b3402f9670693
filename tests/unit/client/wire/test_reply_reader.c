/*
 * The parts of a reply: right ones, every truncation and every limit, peers
 * of another kind, and what becomes of the lock while bytes are waited for.
 */

#include <sys/socket.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client/wire/reply_reader.h"
#include "client/ui/interrupt.h"
#include "tests/unit/child.h"
#include "tests/unit/client/wire/reading.h"
#include "tests/unit/unit.h"

enum {
	MARK = 0xee, /* stands behind what is to be taken */
};

static struct reading reading;
static uint8_t said[PROTOCOL_REPLY_HEADER_SIZE + 1024];
static size_t len; /* of it */

static void
setup(void)
{
	reading_open(&reading);
	len = 0;
}

static void
teardown(void)
{
	reading_close(&reading);
}

static void
say_header(unsigned status, uint64_t length)
{
	int i;

	said[len++] = (uint8_t)status;
	for (i = 6; i >= 0; i--)
		said[len++] = (uint8_t)(length >> 8 * i);
}

static void
say_attributes(uint64_t size)
{
	struct protocol_attributes attributes = {.token = {5, 6},
	    .size = size,
	    .mode = 0100644};

	protocol_encode_attributes(&attributes, said + len);
	len += PROTOCOL_ATTRIBUTES_SIZE;
}

static void
say(const char *text)
{
	memcpy(said + len, text, strlen(text));
	len += strlen(text);
}

static void
send_said(void)
{
	unit_send(reading.server, said, len);
}

static void
expect_mark(const char *row)
{
	uint8_t mark = MARK;

	unit_send(reading.server, &mark, 1);
	mark = 0;
	ck_assert_int_eq(stream_read(&reading.stream, &mark, 1, READING_LONG),
	    1);
	ck_assert_msg(mark == MARK, "%s", row);
}

/* ---- the header ---------------------------------------------------------- */

static const struct {
	const char *row;
	unsigned status;
	uint64_t length;
	bool good;
} headers[] = {
    {"nothing", PROTOCOL_OK, 0, true},
    {"longest", PROTOCOL_OK, PROTOCOL_LENGTH_MAX, true},
    {"silent refusal", PROTOCOL_DENIED, 0, true},
    {"longest refusal", PROTOCOL_IO_ERROR, PROTOCOL_MESSAGE_MAX, true},
    {"refusal too long", PROTOCOL_IO_ERROR, PROTOCOL_MESSAGE_MAX + 1, false},
    {"far too long", PROTOCOL_BUSY, PROTOCOL_LENGTH_MAX, false},
};

START_TEST(test_header)
{
	const char *row = headers[_i].row;
	int result;

	say_header(headers[_i].status, headers[_i].length);
	send_said();
	result = reply_reader_begin(&reading.reader, READING_LONG);
	ck_assert_msg(result == (headers[_i].good ? 0 : -1), "%s", row);
	if (headers[_i].good) {
		ck_assert_uint_eq(reading.reader.status, headers[_i].status);
		ck_assert_uint_eq(reading.reader.length, headers[_i].length);
		ck_assert_int_eq(reading.failure.code, EXIT_OK);
	} else {
		reading_expect_violation(&reading, row, "an unknown reply");
	}
	expect_mark(row);
}
END_TEST

/* A peer of another kind may say no more than one byte, which stays. */
START_TEST(test_first_byte)
{
	static const uint8_t values[] = {PROTOCOL_STATUSES, 'H', 127, 255};
	uint8_t byte;
	size_t i;

	for (i = 0; i < UNIT_ROWS(values); i++) {
		byte = values[i];
		unit_send(reading.server, &byte, 1);
		ck_assert_int_eq(reply_reader_begin(&reading.reader,
				     READING_LONG),
		    -1);
		reading_expect_violation(&reading, "first byte",
		    "an unknown reply");
		byte = 0;
		ck_assert_int_eq(stream_read(&reading.stream, &byte, 1,
				     READING_LONG),
		    1);
		ck_assert_uint_eq(byte, values[i]);
	}
}
END_TEST

START_TEST(test_header_cut_off)
{
	size_t came;

	say_header(PROTOCOL_OK, 1);
	for (came = 0; came < PROTOCOL_REPLY_HEADER_SIZE; came++) {
		unit_send(reading.server, said, came);
		reading_end(&reading);
		ck_assert_int_eq(reply_reader_begin(&reading.reader,
				     READING_LONG),
		    -1);
		reading_expect_lost(&reading,
		    came == 0 ? OUTCOME_CLOSED : OUTCOME_LOST,
		    "the server closed the connection");
		teardown();
		setup();
		say_header(PROTOCOL_OK, 1);
	}
}
END_TEST

/* Which is no end: a server resets a reply that it cannot finish. */
START_TEST(test_reset)
{
	const struct linger reset = {.l_onoff = 1};

	say_header(PROTOCOL_OK, 1);
	len = _i == 0 ? 0 : PROTOCOL_REPLY_HEADER_SIZE;
	send_said();
	if (_i == 1)
		ck_assert_int_eq(reply_reader_begin(&reading.reader,
				     READING_LONG),
		    0);
	ck_assert_int_eq(setsockopt(reading.server, SOL_SOCKET, SO_LINGER,
			     &reset, sizeof(reset)),
	    0);
	close(reading.server);
	ck_assert_int_eq(_i == 0 ?
		reply_reader_begin(&reading.reader, READING_LONG) :
		reply_reader_read(&reading.reader, said, 1),
	    -1);
	reading_expect_lost(&reading, _i == 0 ? OUTCOME_CLOSED : OUTCOME_LOST,
	    "the connection broke: Connection reset by peer");
	reading.server = -1;
}
END_TEST

/* The first byte may take longer than any other, and no other so long. */
START_TEST(test_stalled)
{
	reading.reader.stall = 1;
	if (_i > 0) {
		say_header(PROTOCOL_OK, 1);
		len = _i == 1 ? 1 : PROTOCOL_REPLY_HEADER_SIZE;
		send_said();
	}
	if (_i < 2) {
		ck_assert_int_eq(reply_reader_begin(&reading.reader, CLOCK_SEC),
		    -1);
		reading_expect_lost(&reading, OUTCOME_LOST,
		    _i == 0 ? "no reply for 1 s (--timeout)" :
			      "nothing received for 0 s (--timeout)");
		return;
	}
	ck_assert_int_eq(reply_reader_begin(&reading.reader, CLOCK_SEC), 0);
	ck_assert_int_eq(reply_reader_read(&reading.reader, NULL, 1), -1);
	reading_expect_lost(&reading, OUTCOME_LOST,
	    "nothing received for 0 s (--timeout)");
}
END_TEST

static void
interrupt_and_read(void *argument)
{
	int before, *which = argument;

	if (interrupt_open() != 0)
		return;
	raise(SIGINT);
	before = *which == 0 ? reply_reader_begin(&reading.reader, 1) :
			       reply_reader_read(&reading.reader, said, 1);
	exit(before == -1 && reading.reader.end == OUTCOME_FATAL ?
		(int)reading.failure.code :
		CHILD_ALIVE);
}

/* Whatever broke, whoever interrupts wants to hear no more of it. */
START_TEST(test_interrupted)
{
	struct child child;

	reading.reader.stall = 1;
	child_run(&child, interrupt_and_read, &_i);
	ck_assert_int_eq(child.code, EXIT_INTERRUPTED);
}
END_TEST

/* ---- the body ------------------------------------------------------------ */

START_TEST(test_refusal)
{
	static const struct {
		enum protocol_status status;
		const char *message;
		enum exit_code code;
		const char *text;
	} rows[] = {
	    {PROTOCOL_NOT_FOUND, "why", EXIT_NOT_FOUND,
		"the server says: why (NOT_FOUND)"},
	    {PROTOCOL_NOT_FOUND, "", EXIT_NOT_FOUND,
		"the server says: no (NOT_FOUND)"},
	    {PROTOCOL_IO_ERROR, "%s", EXIT_IO_ERROR,
		"the server says: %s (IO_ERROR)"},
	    {PROTOCOL_BUSY, "64 of 64", EXIT_BUSY,
		"the server is busy: 64 of 64"},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		len = 0;
		say_header(rows[i].status, strlen(rows[i].message));
		say(rows[i].message);
		send_said();
		ck_assert_int_eq(reply_reader_begin(&reading.reader,
				     READING_LONG),
		    0);
		ck_assert_int_eq(reply_reader_read_refusal(&reading.reader), 0);
		ck_assert_int_eq(reading.failure.code, rows[i].code);
		ck_assert_str_eq(reading.failure.text, rows[i].text);
		expect_mark(rows[i].text);
	}
}
END_TEST

static int
read_refusal(void)
{
	return reply_reader_read_refusal(&reading.reader);
}

static int
read_state(void)
{
	struct protocol_attributes attributes = {.size = 0};
	int result = reply_reader_read_state(&reading.reader, &attributes);

	ck_assert(result != 0 || attributes.token.id == 5);
	return result;
}

static int
read_attributes(void)
{
	struct protocol_attributes attributes = {.size = 0};
	int result = reply_reader_read_attributes(&reading.reader, &attributes);

	ck_assert(result != 0 || attributes.token.version == 6);
	return result;
}

static int
read_trailer(void)
{
	struct protocol_trailer trailer = {.size = 0};
	int result = reply_reader_read_trailer(&reading.reader, &trailer);

	ck_assert(result != 0 || trailer.size == 9);
	return result;
}

static int
read_digest(void)
{
	struct protocol_attributes attributes = {.size = 0};
	uint8_t digest[PROTOCOL_DIGEST_SIZE];
	int result =
	    reply_reader_read_digest(&reading.reader, &attributes, digest);

	ck_assert(result != 0 ||
	    (attributes.token.id == 5 && memcmp(digest, "0123", 4) == 0));
	return result;
}

/* Bytes behind a header: the bytes of a header serve as a trailer. */
static const struct {
	const char *row;
	int (*read)(void);
	uint64_t length; /* as announced */
	uint64_t size;	 /* of the file, where attributes are said */
	int status;	 /* of a trailer, if one is said; -1: attributes are */
	const char *violation;
} parts[] = {
    {"state", read_state, 40, 7, -1, NULL},
    {"largest file", read_state, 40, INT64_MAX, -1, NULL},
    {"impossible file", read_state, 40, UINT64_C(1) << 63, -1,
	"an impossible file size"},
    {"no state", read_state, 0, 7, -1, "a state of the wrong length"},
    {"short state", read_state, 39, 7, -1, "a state of the wrong length"},
    {"long state", read_state, 41, 7, -1, "a state of the wrong length"},
    {"attributes", read_attributes, 64, 7, -1, NULL},
    {"longest", read_attributes, PROTOCOL_LENGTH_MAX, 7, -1, NULL},
    {"of no file", read_attributes, 64, UINT64_MAX, -1,
	"an impossible file size"},
    {"no room", read_attributes, 63, 7, -1, "a reply that is too short"},
    {"digest", read_digest, 56, 7, -1, NULL},
    {"of no file", read_digest, 56, UINT64_MAX, -1, "an impossible file size"},
    {"short", read_digest, 55, 7, -1, "a digest of the wrong length"},
    {"long", read_digest, 57, 7, -1, "a digest of the wrong length"},
    {"trailer", read_trailer, 64, 0, PROTOCOL_OK, NULL},
    {"changed", read_trailer, 64, 0, PROTOCOL_CHANGED, NULL},
    {"not found", read_trailer, 64, 0, PROTOCOL_NOT_FOUND,
	"an unknown trailer"},
    {"no status", read_trailer, 64, 0, 255, "an unknown trailer"},
    {"refusal", read_refusal, 40, 7, -1, NULL},
};

/* Says the part, and returns how many bytes are its own. */
static size_t
say_part(int i)
{
	len = 0;
	if (parts[i].status >= 0)
		say_header((unsigned)parts[i].status, 9);
	else
		say_attributes(parts[i].size);
	if (parts[i].read == read_digest || parts[i].read == read_trailer)
		say("0123456789abcdef");
	reading.reader.status = PROTOCOL_DENIED;
	reading.reader.length = parts[i].length;
	return len;
}

START_TEST(test_part)
{
	const char *row = parts[_i].row, *violation = parts[_i].violation;

	say_part(_i);
	send_said();
	ck_assert_msg(parts[_i].read() == (violation == NULL ? 0 : -1), "%s",
	    row);
	if (violation == NULL)
		expect_mark(row);
	else
		reading_expect_violation(&reading, row, violation);
}
END_TEST

/* However much of it came before the connection ended. */
START_TEST(test_part_cut_off)
{
	int (*const reads[])(void) = {read_state, read_attributes, read_digest,
	    read_trailer, read_refusal};
	size_t came, whole;
	int i;

	for (i = 0; parts[i].read != reads[_i]; i++)
		continue;
	whole = say_part(i);
	for (came = 0; came < whole; came++) {
		say_part(i);
		unit_send(reading.server, said, came);
		reading_end(&reading);
		ck_assert_msg(parts[i].read() == -1, "%s", parts[i].row);
		reading_expect_lost(&reading, OUTCOME_LOST,
		    "the server closed the connection");
		teardown();
		setup();
	}
}
END_TEST

START_TEST(test_has)
{
	ck_assert(reply_reader_has(&reading.reader, 0));
	ck_assert(!reply_reader_has(&reading.reader, 1));
	say("abc");
	send_said();
	ck_assert_int_eq(reply_reader_read(&reading.reader, said, 1), 0);
	ck_assert(reply_reader_has(&reading.reader, 2));
	ck_assert(!reply_reader_has(&reading.reader, 3));
	ck_assert_int_eq(reply_reader_read(&reading.reader, NULL, 1), 0);
	ck_assert_int_eq(reply_reader_read(&reading.reader, NULL, 0), 0);
	ck_assert(!reply_reader_has(&reading.reader, 2));
	ck_assert_int_eq(reply_reader_read(&reading.reader, said, 1), 0);
	ck_assert_uint_eq(said[0], 'c');
	expect_mark("has");
}
END_TEST

/* ---- the lock ------------------------------------------------------------ */

static pthread_mutex_t lock;

/* Says what is waited for, once whoever waits has given up the lock. */
static void *
say_with_lock(void *argument)
{
	(void)argument;
	pthread_mutex_lock(&lock);
	send(reading.server, said, len, MSG_NOSIGNAL);
	pthread_mutex_unlock(&lock);
	return NULL;
}

/* The first byte, the rest of a header, bytes, bytes to be dropped. */
static int
take_step(int i)
{
	char bytes[4];

	if (i <= 1)
		return reply_reader_begin(&reading.reader, READING_LONG);
	return i == 2 ?
	    reply_reader_read(&reading.reader, bytes, sizeof(bytes)) :
	    reply_reader_read(&reading.reader, NULL, sizeof(bytes));
}

static void
open_lock(void)
{
	pthread_mutexattr_t attr;

	ck_assert_int_eq(pthread_mutexattr_init(&attr), 0);
	ck_assert_int_eq(pthread_mutexattr_settype(&attr,
			     PTHREAD_MUTEX_ERRORCHECK),
	    0);
	ck_assert_int_eq(pthread_mutex_init(&lock, &attr), 0);
	pthread_mutexattr_destroy(&attr);
	reading.reader.lock = &lock;
}

START_TEST(test_lock_while_waiting)
{
	pthread_t thread;

	open_lock();
	say_header(PROTOCOL_OK, 4);
	if (_i == 1) {
		unit_send(reading.server, said, 1);
		memmove(said, said + 1, --len);
		ck_assert_int_eq(stream_fill(&reading.stream, CLOCK_NEVER), 1);
	}
	ck_assert_int_eq(pthread_mutex_lock(&lock), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, say_with_lock, NULL), 0);
	ck_assert_int_eq(take_step(_i), 0);
	/* It is this thread's again. */
	ck_assert_int_eq(pthread_mutex_unlock(&lock), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

/* Nobody holds it, so that to give it up would fail, and to take it back
 * would show. */
START_TEST(test_lock_of_what_is_here)
{
	open_lock();
	say_header(PROTOCOL_OK, 4);
	send_said();
	while (!reply_reader_has(&reading.reader, PROTOCOL_REPLY_HEADER_SIZE))
		ck_assert_int_eq(stream_fill(&reading.stream, CLOCK_NEVER), 1);
	ck_assert_int_eq(take_step(_i), 0);
	ck_assert_int_eq(pthread_mutex_trylock(&lock), 0);
}
END_TEST

Suite *
reply_reader_suite(void)
{
	Suite *suite = suite_create("reply_reader");
	TCase *tcase;

	tcase = unit_case(suite, "header");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_header, 0, (int)UNIT_ROWS(headers));
	tcase_add_test(tcase, test_first_byte);
	tcase_add_test(tcase, test_header_cut_off);
	tcase_add_loop_test(tcase, test_reset, 0, 2);
	tcase_add_loop_test(tcase, test_stalled, 0, 3);
	tcase_add_loop_test(tcase, test_interrupted, 0, 2);
	tcase = unit_case(suite, "body");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_refusal);
	tcase_add_loop_test(tcase, test_part, 0, (int)UNIT_ROWS(parts));
	tcase_add_loop_test(tcase, test_part_cut_off, 0, 5);
	tcase_add_test(tcase, test_has);
	tcase = unit_case(suite, "lock");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_lock_while_waiting, 0, 4);
	tcase_add_loop_test(tcase, test_lock_of_what_is_here, 0, 4);
	return suite;
}
