/*
 * Sending: all committed bytes arrive once and in order, however few the socket
 * accepts at a time; an impossible send ends in time.
 */

#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/stream.h"
#include "tests/unit/unit.h"

#define LONG ((int64_t)UNIT_TIMEOUT * CLOCK_SEC)

enum {
	FILE_SIZE = 3 * 1024 * 1024 + 17
}; /* several calls of sendfile */

static struct stream stream;
static int pair[2];
static uint8_t content[FILE_SIZE];

static void
setup(void)
{
	unit_tcp_pair(pair);
	stream_open(&stream, pair[0], -1);
	unit_fill(content, sizeof(content), 6);
	/* As main does, since sendfile(2) has no MSG_NOSIGNAL. */
	signal(SIGPIPE, SIG_IGN);
}

static void
teardown(void)
{
	stream_rest(&stream);
	close(pair[0]);
	close(pair[1]);
	signal(SIGPIPE, SIG_DFL);
}

static void
commit(const void *bytes, size_t len)
{
	uint8_t *room = stream_reserve(&stream, len);

	ck_assert_ptr_nonnull(room);
	memcpy(room, bytes, len);
	stream_commit(&stream, len);
}

static void
limit_sending(long ms)
{
	struct timeval limit = {ms / 1000, ms % 1000 * 1000};

	ck_assert_int_eq(setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &limit,
			     sizeof(limit)),
	    0);
}

/* Small enough for partial sends, and large enough not to wait for each
 * acknowledgement. */
static void
shrink_buffers(void)
{
	int small = 16 * 1024;

	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	setsockopt(pair[1], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
}

/* Fills the socket and then the stream, whose peer does not read. */
static uint64_t
fill_up(void)
{
	uint64_t committed = 0;

	while (stream_room(&stream) > 0) {
		size_t some = stream_room(&stream);

		commit(content, some);
		committed += some;
		ck_assert_int_eq(stream_push(&stream), 0);
	}
	ck_assert_uint_gt(stream_unsent(&stream), 0);
	return committed;
}

/* A thread that reads the peer's socket to the end. */
struct reader {
	pthread_t thread;
	uint8_t *bytes;
	size_t max, got;
	int code;
};

static void *
read_all(void *argument)
{
	struct reader *reader = argument;

	reader->got =
	    unit_receive(pair[1], reader->bytes, reader->max, &reader->code);
	return NULL;
}

static void
start_reader(struct reader *reader, size_t max)
{
	reader->bytes = malloc(max);
	reader->max = max;
	ck_assert_ptr_nonnull(reader->bytes);
	ck_assert_int_eq(pthread_create(&reader->thread, NULL, read_all,
			     reader),
	    0);
}

static void
finish_reader(struct reader *reader, const char *head, const uint8_t *expected,
    size_t len)
{
	size_t head_len = strlen(head);

	shutdown(pair[0], SHUT_WR);
	pthread_join(reader->thread, NULL);
	ck_assert_int_eq(reader->code, 0);
	ck_assert_uint_eq(reader->got, head_len + len);
	ck_assert_mem_eq(reader->bytes, head, head_len);
	ck_assert(memcmp(reader->bytes + head_len, expected, len) == 0);
	free(reader->bytes);
}

START_TEST(test_commit)
{
	uint8_t got[16];
	int code;

	/* Reserved bytes do not count before they are committed. */
	ck_assert_ptr_nonnull(stream_reserve(&stream, STREAM_OUT));
	ck_assert_uint_eq(stream_unsent(&stream), 0);
	ck_assert_uint_eq(stream_room(&stream), STREAM_OUT);
	commit("abc", 3);
	commit("defg", 4);
	ck_assert_uint_eq(stream_unsent(&stream), 7);
	ck_assert_uint_eq(stream_room(&stream), STREAM_OUT - 7);
	ck_assert_int_eq(stream_flush(&stream, false), 0);
	ck_assert_uint_eq(stream_unsent(&stream), 0);
	ck_assert_uint_eq(unit_receive(pair[1], got, 7, &code), 7);
	ck_assert_mem_eq(got, "abcdefg", 7);
	/* There is nothing to send. */
	ck_assert_int_eq(stream_flush(&stream, false), 0);
	ck_assert_int_eq(stream_push(&stream), 0);
	stream_rest(&stream);
	ck_assert_int_eq(stream_flush(&stream, false), 0);
}
END_TEST

/* One send(2) may send only a part. */
START_TEST(test_partial_sends)
{
	static const size_t sizes[] = {1, 4096, 50000, STREAM_OUT};
	struct reader reader;
	size_t done = 0, some, i = 0;

	shrink_buffers();
	start_reader(&reader, FILE_SIZE + 1);
	while (done < FILE_SIZE) {
		some = sizes[i++ % UNIT_ROWS(sizes)];
		if (some > FILE_SIZE - done)
			some = FILE_SIZE - done;
		/* Sends the committed bytes when it has no room. */
		commit(content + done, some);
		done += some;
		if (i % 5 == 0)
			ck_assert_int_eq(stream_flush(&stream, false), 0);
	}
	ck_assert_int_eq(stream_flush(&stream, true), 0);
	finish_reader(&reader, "", content, FILE_SIZE);
}
END_TEST

/* A push that blocks would run into the time limit of the case. */
START_TEST(test_push_does_not_block)
{
	struct reader reader;
	uint64_t committed;
	size_t i;

	shrink_buffers();
	committed = fill_up();
	ck_assert_int_eq(stream_push(&stream), 0);
	start_reader(&reader, committed + 1);
	while (stream_unsent(&stream) > 0) {
		unit_wait(pair[0], POLLOUT);
		ck_assert_int_eq(stream_push(&stream), 0);
	}
	shutdown(pair[0], SHUT_WR);
	pthread_join(reader.thread, NULL);
	ck_assert_uint_eq(reader.got, committed);
	/* In order and without duplicates: fill_up repeats a buffer in each
	 * commit, and the first is checked. */
	for (i = 0; i < STREAM_OUT; i++)
		ck_assert_uint_eq(reader.bytes[i], content[i]);
	free(reader.bytes);
}
END_TEST

static void *
read_then_answer(void *argument)
{
	size_t left = *(uint64_t *)argument;
	static uint8_t sink[65536];
	ssize_t got;

	while (left > 0) {
		got = recv(pair[1], sink,
		    left > sizeof(sink) ? sizeof(sink) : left, 0);
		if (got <= 0)
			return NULL;
		left -= (size_t)got;
	}
	send(pair[1], "!", 1, MSG_NOSIGNAL);
	return NULL;
}

/* Both sides send at once: a thread that waits to receive sends meanwhile, so
 * there is no deadlock. */
START_TEST(test_sends_while_receiving)
{
	pthread_t thread;
	uint64_t committed;
	uint8_t answer;

	shrink_buffers();
	committed = fill_up();
	ck_assert_int_eq(pthread_create(&thread, NULL, read_then_answer,
			     &committed),
	    0);
	ck_assert_int_eq(stream_read(&stream, &answer, 1, LONG), 1);
	ck_assert_uint_eq(answer, '!');
	ck_assert_uint_eq(stream_unsent(&stream), 0);
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(test_peer_has_gone)
{
	struct linger reset = {.l_onoff = 1, .l_linger = 0};
	int fd;

	/* No SIGPIPE, even if it is not ignored. */
	signal(SIGPIPE, SIG_DFL);
	fd = dup(pair[1]);
	close(pair[1]);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
	unit_wait(pair[0], POLLIN);
	commit("abc", 3);
	ck_assert_int_eq(stream_flush(&stream, false), -1);
	ck_assert(errno == ECONNRESET || errno == EPIPE);
	ck_assert_int_eq(stream_push(&stream), -1);
	ck_assert_int_eq(errno, EPIPE);
	pair[1] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}
END_TEST

static int
open_content(const char *name)
{
	char folder[UNIT_PATH], path[UNIT_PATH];
	int fd;

	unit_folder(folder);
	unit_write(folder, name, content, sizeof(content));
	unit_path(path, folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

START_TEST(test_send_file)
{
	static const struct {
		const char *title, *head;
		off_t offset;
		uint64_t n;
	} rows[] = {
	    {"all", "header", 0, FILE_SIZE},
	    {"no header", "", 0, FILE_SIZE},
	    {"nothing", "header", 0, 0},
	    {"nothing at the end", "header", FILE_SIZE, 0},
	    {"one byte", "header", 5, 1},
	    {"the last byte", "header", FILE_SIZE - 1, 1},
	    {"the middle", "header", 1000001, 1500000},
	};
	int fd = open_content("file");
	struct reader reader;
	uint64_t sent;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		if (i > 0)
			setup();
		start_reader(&reader, FILE_SIZE + 100);
		commit(rows[i].head, strlen(rows[i].head));
		sent = 0;
		ck_assert_msg(stream_send_file(&stream, fd, rows[i].offset,
				  rows[i].n, &sent) == 0,
		    "%s", rows[i].title);
		ck_assert_uint_eq(sent, rows[i].n);
		finish_reader(&reader, rows[i].head, content + rows[i].offset,
		    rows[i].n);
		if (i < UNIT_ROWS(rows) - 1)
			teardown();
	}
	close(fd);
}
END_TEST

/* A file that has become shorter is an error. */
START_TEST(test_send_file_short)
{
	int fd = open_content("file");
	struct reader reader;
	uint64_t sent = 10; /* *sent is added to */

	start_reader(&reader, FILE_SIZE + 100);
	commit("header", 6);
	ck_assert_int_eq(stream_send_file(&stream, fd, 100, FILE_SIZE, &sent),
	    -1);
	ck_assert_int_eq(errno, ENODATA);
	ck_assert_uint_eq(sent, 10 + FILE_SIZE - 100);
	finish_reader(&reader, "header", content + 100, FILE_SIZE - 100);
	close(fd);
}
END_TEST

START_TEST(test_send_file_fails)
{
	int fd = open_content("file");
	uint64_t sent = 0;

	limit_sending(50);
	shrink_buffers();
	ck_assert_int_eq(stream_send_file(&stream, fd, 0, FILE_SIZE, &sent),
	    -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_uint_lt(sent, FILE_SIZE);
	shutdown(pair[0], SHUT_WR);
	sent = 0;
	ck_assert_int_eq(stream_send_file(&stream, fd, 0, FILE_SIZE, &sent),
	    -1);
	ck_assert_int_eq(errno, EPIPE);
	ck_assert_uint_eq(sent, 0);
	close(fd);
}
END_TEST

Suite *
stream_send_suite(void)
{
	Suite *suite = suite_create("stream_send");
	TCase *tcase = unit_case(suite, "sending");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_commit);
	tcase_add_test(tcase, test_partial_sends);
	tcase_add_test(tcase, test_push_does_not_block);
	tcase_add_test(tcase, test_sends_while_receiving);
	tcase_add_test(tcase, test_peer_has_gone);
	tcase_add_test(tcase, test_send_file);
	tcase_add_test(tcase, test_send_file_short);
	tcase_add_test(tcase, test_send_file_fails);
	return suite;
}
