/*
 * Zero bytes become holes: which runs are found, and what a sparse writer
 * leaves in the file, however the bytes arrive and whatever was there.
 */

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/store/file_writer.h"
#include "client/store/holes.h"
#include "common/clock.h"
#include "tests/unit/child.h"
#include "tests/unit/feed.h"
#include "tests/unit/unit.h"

enum {
	KIB = 1024,
	BLOCK = 64 * KIB,
	SIZE = 40 * BLOCK, /* several buffers of the writer */
	MOST = 128 * KIB,  /* sent before any is received */
};

static uint8_t bytes[SIZE + 1];
static struct file_writer writer;
static struct feed feed;

/* Runs end at multiples of 64 KiB of the file, not of the bytes. */
static const struct {
	const char *row;
	uint64_t offset;
	size_t n, data, end; /* bytes; data is not zero from here to end */
	size_t run;
	bool is_zero;
} runs[] = {
    {"one zero byte", 0, 1, 0, 0, 1, true},
    {"one byte", 0, 1, 0, 1, 1, false},
    {"a zero block", 0, BLOCK, 0, 0, BLOCK, true},
    {"zero blocks", 0, 4 * BLOCK, 0, 0, 4 * BLOCK, true},
    {"its first byte", 0, BLOCK, 0, 1, BLOCK, false},
    {"its last byte", 0, BLOCK, BLOCK - 1, BLOCK, BLOCK, false},
    {"data behind it", 0, 2 * BLOCK, BLOCK, BLOCK + 1, BLOCK, true},
    {"zero behind data", 0, 3 * BLOCK, 5, 6, BLOCK, false},
    {"data in each block", 0, 3 * BLOCK, 5, 3 * BLOCK, 3 * BLOCK, false},
    {"inside a block", 10, BLOCK, BLOCK - 10, BLOCK, BLOCK - 10, true},
    {"inside, data first", BLOCK - 10, BLOCK, 9, 10, 10, false},
    {"behind 4 GiB", (UINT64_C(5) << 32) + BLOCK - 1, BLOCK, 1, 2, 1, true},
    {"the end of a file", BLOCK, 100, 0, 0, 100, true},
};

START_TEST(test_runs)
{
	bool is_zero;
	size_t run;

	memset(bytes, 0, sizeof(bytes));
	memset(bytes + runs[_i].data, 'x', runs[_i].end - runs[_i].data);
	run = holes_find_run(runs[_i].offset, bytes, runs[_i].n, &is_zero);
	ck_assert_msg(run == runs[_i].run && is_zero == runs[_i].is_zero,
	    "%s: %zu, %d", runs[_i].row, run, is_zero);
}
END_TEST

static void
setup(void)
{
	feed_open(&feed);
}

static void
teardown(void)
{
	file_writer_close(&writer);
	feed_close(&feed);
}

/* Fills bytes with data but for the blocks from, from + 1 to before. */
static void
make_bytes(size_t from, size_t before)
{
	unit_fill(bytes, SIZE, 1);
	memset(bytes + from * BLOCK, 0, (before - from) * BLOCK);
}

/* Receives n bytes of a body that has left more, sent some at a time. */
static void
receive(const uint8_t *from, size_t n, size_t left, size_t some)
{
	size_t sent = 0, got = 0;
	uint64_t taken;

	while (got < n) {
		if (sent == got) {
			some = some < n - sent ? some : n - sent;
			unit_send(feed.server, from + sent, some);
			sent += some;
		}
		ck_assert_int_eq(file_writer_receive(&writer, &feed.stream,
				     n + left - got, UNIT_TIMEOUT * CLOCK_SEC,
				     &taken),
		    OUTCOME_OK);
		got += (size_t)taken;
	}
}

/* The file has the first n bytes and no others, and at most this many KiB. */
static void
expect(int fd, size_t n, size_t kib)
{
	uint8_t *got = malloc(SIZE + 1);
	struct stat stat;

	ck_assert_int_eq(pread(fd, got, SIZE + 1, 0), (ssize_t)n);
	ck_assert(memcmp(got, bytes, n) == 0);
	free(got);
	ck_assert_int_eq(fstat(fd, &stat), 0);
	/* tmpfs, which memfd_create(2) uses, has holes. */
	ck_assert_msg((size_t)stat.st_blocks / 2 <= kib,
	    "%zu KiB instead of %zu", (size_t)stat.st_blocks / 2, kib);
}

static void
open_writer(bool digests)
{
	file_writer_open(&writer, digests, false);
	file_writer_make_holes(&writer);
	file_writer_set_file(&writer, memfd_create("holes", MFD_CLOEXEC), 0);
}

/* Whole blocks become holes wherever they are, and however the bytes arrive. */
static const struct {
	const char *row;
	size_t from, before; /* blocks */
} places[] = {
    {"at the beginning", 0, 10},
    {"in the middle", 3, 30},
    {"one block", 5, 6},
    {"at the end", 20, 40},
    {"all", 0, 40},
    {"none", 0, 0},
};
static const size_t portions[] = {MOST, 100 * KIB + 1, 30000};

START_TEST(test_places)
{
	size_t place = (size_t)_i % UNIT_ROWS(places);
	size_t portion = (size_t)_i / UNIT_ROWS(places);
	size_t kib =
	    (SIZE - (places[place].before - places[place].from) * BLOCK) / KIB;
	uint8_t digest[DIGEST_LENGTH], wanted[DIGEST_LENGTH];

	make_bytes(places[place].from, places[place].before);
	open_writer(_i % 2 == 0);
	receive(bytes, SIZE, 0, portions[portion]);
	ck_assert_uint_eq(writer.size, SIZE);
	expect(writer.fd, SIZE, kib);
	digest_of(bytes, SIZE, wanted);
	ck_assert_int_eq(file_writer_digest(&writer, digest), 0);
	ck_assert_mem_eq(digest, wanted, sizeof(digest));
}
END_TEST

/* Sizes that are no multiple of a block, of zero bytes alone. */
START_TEST(test_sizes)
{
	static const size_t sizes[] = {1, 4095, 4096, 4097, BLOCK - 1, BLOCK,
	    BLOCK + 1, 3 * BLOCK - 7};
	size_t i;

	memset(bytes, 0, sizeof(bytes));
	for (i = 0; i < UNIT_ROWS(sizes); i++) {
		open_writer(true);
		receive(bytes, sizes[i], 0, MOST);
		expect(writer.fd, sizes[i], 0);
		file_writer_close(&writer);
	}
	open_writer(true);
}
END_TEST

/* A body that breaks off inside a hole leaves a file of its size, which is then
 * continued. */
START_TEST(test_broken)
{
	const size_t cut = 25 * BLOCK + 777;
	uint64_t taken;

	make_bytes(20, 30);
	open_writer(true);
	receive(bytes, cut, SIZE - cut, MOST);
	feed_end(&feed);
	ck_assert_int_eq(file_writer_receive(&writer, &feed.stream, SIZE - cut,
			     CLOCK_SEC, &taken),
	    OUTCOME_CLOSED);
	expect(writer.fd, cut, 20 * BLOCK / KIB);

	feed_close(&feed);
	feed_open(&feed);
	file_writer_begin_body(&writer);
	receive(bytes + cut, SIZE - cut, 0, MOST);
	expect(writer.fd, SIZE, 30 * BLOCK / KIB);
}
END_TEST

/* A piece takes the place of other bytes: zero bytes must replace them. */
START_TEST(test_piece)
{
	const size_t start = (size_t)(_i / 2) * 12345 + 8 * BLOCK,
		     n = 20 * BLOCK;
	uint8_t *old = malloc(SIZE);
	int fd = memfd_create("holes", MFD_CLOEXEC);

	make_bytes(10, 25);
	memcpy(old, bytes, SIZE);
	memset(old + start, 'o', n);
	ck_assert_int_eq(write(fd, old, SIZE), SIZE);
	free(old);
	ck_assert_int_eq(lseek(fd, (off_t)start, SEEK_SET), (off_t)start);
	/* Some file systems cannot make holes. */
	if (_i % 2 == 1)
		ck_assert_int_eq(child_refuse(SYS_fallocate, EOPNOTSUPP), 0);
	file_writer_open(&writer, true, false);
	file_writer_make_holes(&writer);
	file_writer_set_piece(&writer, fd, start);
	receive(bytes + start, n, 0, MOST - 3);
	ck_assert_uint_eq(writer.size, n);
	/* A page that two receptions share is zero, and not a hole. */
	expect(fd, SIZE, (_i % 2 == 1 ? SIZE : 25 * BLOCK + 64 * KIB) / KIB);
}
END_TEST

/* A file that cannot be made longer by ftruncate(2) ends in a written byte. */
START_TEST(test_no_truncate)
{
	make_bytes(20, 40);
	open_writer(true);
	ck_assert_int_eq(child_refuse(SYS_ftruncate, EPERM), 0);
	receive(bytes, SIZE, 0, MOST);
	expect(writer.fd, SIZE, 20 * BLOCK / KIB + 4);
}
END_TEST

/* The limit on a file's size counts holes too. */
START_TEST(test_full)
{
	const struct rlimit limit = {10 * BLOCK, RLIM_INFINITY};
	enum outcome outcome = OUTCOME_OK;
	uint64_t taken;

	make_bytes(0, 40);
	open_writer(true);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	while (outcome == OUTCOME_OK && writer.size < SIZE) {
		unit_send(feed.server, bytes, KIB);
		outcome = file_writer_receive(&writer, &feed.stream,
		    SIZE - writer.size, CLOCK_SEC, &taken);
	}
	ck_assert_int_eq(outcome, OUTCOME_FAILED);
	ck_assert_int_eq(errno, EFBIG);
}
END_TEST

Suite *
holes_suite(void)
{
	Suite *suite = suite_create("holes");
	TCase *tcase = unit_case(suite, "runs");

	tcase_add_loop_test(tcase, test_runs, 0, (int)UNIT_ROWS(runs));
	tcase = unit_case(suite, "writer");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_places, 0,
	    (int)(UNIT_ROWS(places) * UNIT_ROWS(portions)));
	tcase_add_test(tcase, test_sizes);
	tcase_add_test(tcase, test_broken);
	tcase_add_loop_test(tcase, test_piece, 0, 4);
	tcase_add_test(tcase, test_no_truncate);
	tcase_add_test(tcase, test_full);
	return suite;
}
