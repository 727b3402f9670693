/*
 * A file writer takes all bytes from the stream and no others, by each of its
 * ways, and says what has happened when the server leaves or the disk is full.
 */

#include <sys/mman.h>
#include <sys/resource.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "client/store/file_writer.h"
#include "common/clock.h"
#include "tests/unit/feed.h"
#include "tests/unit/unit.h"

enum {
	SIZE = 100000, /* more than a stream's buffer */
	SMALL = 30000, /* received with what follows */
	LIMIT = 4096,  /* bytes of the file, where there is one */
};

static struct file_writer writer;
static struct feed feed;
static uint8_t bytes[SIZE];

/* The ways that bytes take. */
static const struct {
	const char *row;
	bool digests, splices;
	size_t n;
} ways[] = {
    {"small, digested", true, true, SMALL},
    {"small", false, true, SMALL},
    {"copied, digested", true, true, SIZE},
    {"spliced", false, true, SIZE},
    {"not spliced", false, false, SIZE},
};

static void
setup(void)
{
	feed_open(&feed);
	unit_fill(bytes, SIZE, 1);
}

static void
teardown(void)
{
	file_writer_close(&writer);
	feed_close(&feed);
}

/* Opens a writer that takes bytes by one of these ways, of a file that has the
 * first here bytes already. */
static void
open_writer(int way, size_t here)
{
	int fd = memfd_create("writer", MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, here), (ssize_t)here);
	/* Some file systems cannot be spliced to. */
	if (!ways[way].splices)
		ck_assert_int_eq(fcntl(fd, F_SETFL, O_APPEND), 0);
	file_writer_open(&writer, ways[way].digests, false);
	file_writer_set_file(&writer, fd, here);
}

static enum outcome
receive(uint64_t n, int64_t stall, uint64_t *taken)
{
	return file_writer_receive(&writer, &feed.stream, n, stall, taken);
}

static void
receive_all(size_t n)
{
	uint64_t taken;

	for (; n > 0; n -= (size_t)taken)
		ck_assert_int_eq(receive(n, UNIT_TIMEOUT * CLOCK_SEC, &taken),
		    OUTCOME_OK);
}

/* The file has the first n bytes, and the writer their digest. */
static void
expect(size_t n)
{
	uint8_t got[SIZE + 1], digest[DIGEST_LENGTH], wanted[DIGEST_LENGTH];

	ck_assert_uint_eq(writer.size, n);
	ck_assert_int_eq(pread(writer.fd, got, sizeof(got), 0), (ssize_t)n);
	ck_assert(memcmp(got, bytes, n) == 0);
	digest_of(bytes, n, wanted);
	ck_assert_int_eq(file_writer_digest(&writer, digest), 0);
	ck_assert_mem_eq(digest, wanted, sizeof(digest));
}

START_TEST(test_ways)
{
	const size_t n = ways[_i].n - 5;
	uint8_t behind[5];

	open_writer(_i, 0);
	expect(0);
	unit_send(feed.server, bytes, n + sizeof(behind));
	receive_all(n);
	expect(n);
	ck_assert_int_eq(stream_read(&feed.stream, behind, sizeof(behind),
			     CLOCK_SEC),
	    1);
	ck_assert_mem_eq(behind, bytes + n, sizeof(behind));
	file_writer_reset(&writer);
	ck_assert_uint_eq(writer.size, 0);
	ck_assert_int_eq(writer.fd, -1);
}
END_TEST

/* The writer closes its file, unless it has given it back or it is standard
 * output. */
START_TEST(test_owner)
{
	int fd;

	open_writer(_i, 10);
	fd = file_writer_release_file(&writer);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(writer.fd, -1);
	ck_assert_uint_eq(writer.size, 0);
	file_writer_set_file(&writer, fd, 10);
	file_writer_close(&writer);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);

	file_writer_open(&writer, false, false);
	file_writer_set_file(&writer, STDOUT_FILENO, 0);
	file_writer_reset(&writer);
	ck_assert_int_eq(writer.fd, STDOUT_FILENO);
	file_writer_close(&writer);
	ck_assert_int_ge(fcntl(STDOUT_FILENO, F_GETFD), 0);
}
END_TEST

/* Bytes that were there before are in the digest of the whole, not in that of
 * the body. */
START_TEST(test_resumed)
{
	const size_t here = ways[_i].n / 2;
	uint8_t wanted[PROTOCOL_DIGEST_SIZE];

	open_writer(_i, here);
	expect(here);
	file_writer_begin_body(&writer);
	unit_send(feed.server, bytes + here, ways[_i].n - here);
	receive_all(ways[_i].n - here);
	if (ways[_i].digests) {
		digest_of(bytes + here, ways[_i].n - here, wanted);
		ck_assert(file_writer_matches(&writer, wanted));
		digest_of(bytes, ways[_i].n, wanted);
		ck_assert(!file_writer_matches(&writer, wanted));
	}
	expect(ways[_i].n);
}
END_TEST

/* Ways for the server to leave, with outcome and errno (0: any). */
static const struct {
	const char *row;
	enum outcome step;
	int code;
} leaving[] = {
    {"ends", OUTCOME_CLOSED, 0},
    {"resets", OUTCOME_LOST, ECONNRESET},
    {"stalls", OUTCOME_LOST, ETIMEDOUT},
};

static void
leave(int code)
{
	if (code == ETIMEDOUT)
		return;
	/* Bytes that the peer has not read turn its close into a reset. */
	if (code == ECONNRESET)
		unit_send(feed.stream.transport.fd, "x", 1);
	feed_end(&feed);
}

START_TEST(test_left)
{
	int row = _i % (int)UNIT_ROWS(leaving);
	int way = _i / (int)UNIT_ROWS(leaving);
	int64_t stall =
	    leaving[row].code == ETIMEDOUT ? 1 : UNIT_TIMEOUT * CLOCK_SEC;
	uint64_t taken = 99;

	open_writer(way, 0);
	unit_send(feed.server, bytes, 10);
	receive_all(10);
	leave(leaving[row].code);
	errno = 0;
	ck_assert_msg(receive(ways[way].n - 10, stall, &taken) ==
		leaving[row].step,
	    "%s, %s", ways[way].row, leaving[row].row);
	if (leaving[row].code != 0)
		ck_assert_int_eq(errno, leaving[row].code);
	ck_assert_uint_eq(taken, 0);
	expect(10);
}
END_TEST

/* A write that takes some bytes and then fails: *taken counts those that have
 * left the stream. */
START_TEST(test_full)
{
	struct rlimit before, limit;
	uint64_t taken = 0, n = ways[_i].n;

	open_writer(_i, 0);
	unit_send(feed.server, bytes, n);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = LIMIT;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(receive(n, CLOCK_SEC, &taken), OUTCOME_FAILED);
	ck_assert_int_eq(errno, EFBIG);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	ck_assert_uint_gt(taken, LIMIT);
	ck_assert_int_eq(stream_read(&feed.stream, NULL, n - taken, CLOCK_SEC),
	    1);
}
END_TEST

/* Somebody else cuts the file before it is read again. */
START_TEST(test_cut)
{
	uint8_t digest[DIGEST_LENGTH];

	open_writer(_i, 10);
	ck_assert_int_eq(ftruncate(writer.fd, 9), 0);
	ck_assert_int_eq(file_writer_digest(&writer, digest), -1);
	ck_assert_int_eq(errno, ENODATA);
	/* The second time fails too. */
	ck_assert_int_eq(file_writer_digest(&writer, digest), -1);
}
END_TEST

Suite *
file_writer_suite(void)
{
	const int n = (int)UNIT_ROWS(ways);
	Suite *suite = suite_create("file_writer");
	TCase *tcase = unit_case(suite, "writer");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_ways, 0, n);
	tcase_add_loop_test(tcase, test_resumed, 0, n);
	tcase_add_loop_test(tcase, test_left, 0, n * (int)UNIT_ROWS(leaving));
	tcase_add_loop_test(tcase, test_full, 0, n);
	tcase_add_test(tcase, test_owner);
	tcase_add_test(tcase, test_cut);
	return suite;
}
