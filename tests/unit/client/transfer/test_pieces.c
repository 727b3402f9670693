/*
 * Files in pieces: the part file with its map, which of an earlier run is
 * gone on with, and what becomes of it. Part files are sparse, so that sizes
 * cost nothing.
 */

#include <sys/endian.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/transfer/named_jobs.h"
#include "client/transfer/pieces.h"
#include "common/clock.h"
#include "tests/unit/child.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

enum {
	PIECE = 8 * 1024 * 1024, /* bytes */
	LAST = 5,		 /* bytes of the last one */
	N = 4,			 /* pieces of the file, with that */
	SIZE = (N - 1) * PIECE + LAST,
	HEAD = 16, /* bytes between file and map */
};

#define PART   target_part_of("newf", &attributes, ".map")
#define A_PART "newf.00000000000000010000000000000002.map.part"

static const struct protocol_attributes attributes = {{1, 2}, SIZE,
    7 * CLOCK_SEC, 0100640};
static struct target target;
static struct job_queue *queue;
static struct job *job;
static struct failure failure;

static void
begin_jobs(void)
{
	queue = job_queue_new(&target.settings, &target.folder);
	ck_assert_ptr_nonnull(queue);
	ck_assert_int_eq(named_jobs_add(queue, "f", 1, NULL, NULL, &failure),
	    0);
	job = job_queue_take_file(queue);
	ck_assert_ptr_nonnull(job);
}

static void
setup(void)
{
	target_open(&target);
	target.settings.jobs = 2;
	begin_jobs();
}

static void
teardown(void)
{
	job_queue_remove(queue, job);
	job_queue_free(queue);
	target_close(&target);
}

/* Another run, with what this one has left. */
static void
begin_anew(void)
{
	job_queue_remove(queue, job);
	job_queue_free(queue);
	target_reopen(&target);
	begin_jobs();
}

static struct pieces *
begin(void)
{
	struct pieces *pieces = NULL;

	ck_assert_int_eq(pieces_begin(&target.settings, &target.folder, job,
			     &attributes, &pieces, &failure),
	    1);
	ck_assert_ptr_nonnull(pieces);
	ck_assert_str_eq(pieces->part, PART);
	ck_assert_uint_eq(pieces->map.n, N);
	ck_assert_uint_eq(pieces->left, N);
	return pieces;
}

static void
end(struct pieces *pieces)
{
	ck_assert_ptr_eq(pieces_free(pieces), job);
}

static int
open_part(void)
{
	int fd = openat(target.folder.fd, PART, O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* The part file as it is to be: its size, head and these marks. */
static void
expect_part(const char *marks)
{
	static const char magic[8] = "pieces1";
	uint8_t got[HEAD + N];
	struct stat stat;
	int fd = open_part();
	size_t i;

	ck_assert_int_eq(fstat(fd, &stat), 0);
	ck_assert_int_eq(stat.st_size, SIZE + HEAD + N);
	ck_assert_int_eq(pread(fd, got, sizeof(got), SIZE), HEAD + N);
	ck_assert_mem_eq(got, magic, 8);
	ck_assert_uint_eq(be64dec(got + 8), PIECE);
	for (i = 0; i < N; i++)
		ck_assert_msg(got[HEAD + i] == (marks[i] == '1'), "%s, %zu",
		    marks, i);
	close(fd);
}

START_TEST(test_suits)
{
	static const struct {
		const char *row;
		int jobs;
		bool resume, to_stdout;
		const char *here;
		uint64_t size;
		bool suits;
	} rows[] = {
	    {"large", 2, true, false, NULL, 64 << 20, true},
	    {"a byte less", 2, true, false, NULL, (64 << 20) - 1, false},
	    {"one connection", 1, true, false, NULL, 64 << 20, false},
	    {"largest", 2, true, false, NULL, INT64_MAX, true},
	    {"begun whole", 2, true, false,
		"newf.00000000000000010000000000000002.part", 64 << 20, false},
	    {"not gone on with", 2, false, false,
		"newf.00000000000000010000000000000002.part", 64 << 20, true},
	    {"begun in pieces", 1, true, false, A_PART, 5, true},
	    {"in pieces, not gone on with", 1, false, false, A_PART, 64 << 20,
		false},
	    {"pieces of another", 1, true, false, "x" A_PART, 64 << 20, false},
	    {"empty now", 2, true, false, A_PART, 0, false},
	    {"to standard output", 2, true, true, NULL, 64 << 20, false},
	};
	struct job some = {.final = NULL};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		target.settings.jobs = rows[i].jobs;
		target.settings.store.resume = rows[i].resume;
		some.final = rows[i].to_stdout ? NULL : job->final;
		if (rows[i].here != NULL)
			target_write(&target, rows[i].here, "x");
		target_reopen(&target);
		ck_assert_msg(pieces_suits(&target.settings, &target.folder,
				  &some, rows[i].size) == rows[i].suits,
		    "%s", rows[i].row);
		if (rows[i].here != NULL)
			ck_assert_int_eq(unlinkat(target.folder.fd,
					     rows[i].here, 0),
			    0);
	}
}
END_TEST

/* How a file falls into pieces. */
START_TEST(test_pieces)
{
	static const struct {
		uint64_t size;
		size_t n;
		uint64_t last;
	} rows[] = {
	    {1, 1, 1},
	    {PIECE - 1, 1, PIECE - 1},
	    {PIECE, 1, PIECE},
	    {PIECE + 1, 2, 1},
	    {3 * (uint64_t)PIECE, 3, PIECE},
	    {600 * (uint64_t)PIECE + 7, 601, 7},
	};
	struct protocol_attributes some = attributes;
	struct pieces *pieces;
	uint64_t sum;
	size_t i, piece;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		some.size = rows[i].size;
		ck_assert_int_eq(pieces_begin(&target.settings, &target.folder,
				     job, &some, &pieces, &failure),
		    1);
		ck_assert_uint_eq(pieces->map.n, rows[i].n);
		sum = 0;
		for (piece = 0; piece < pieces->map.n; piece++) {
			ck_assert_uint_eq(pieces_offset(pieces, piece), sum);
			sum += pieces_length(pieces, piece);
		}
		ck_assert_uint_eq(sum, rows[i].size);
		ck_assert_uint_eq(pieces_length(pieces, pieces->map.n - 1),
		    rows[i].last);
		ck_assert_uint_eq(pieces_here(pieces), 0);
		pieces_discard(pieces);
		end(pieces);
	}
}
END_TEST

/* Marks survive the run; a later one proves what is marked, and fetches the
 * rest. */
START_TEST(test_marks)
{
	struct pieces *pieces = begin();
	struct job *piece;
	size_t i;

	expect_part("0000");
	ck_assert_int_eq(pieces_mark(pieces, 1), 0);
	ck_assert_int_eq(pieces_mark(pieces, 3), 0);
	ck_assert_uint_eq(pieces->left, 2);
	ck_assert_uint_eq(pieces_here(pieces), PIECE + LAST);
	expect_part("0101");
	end(pieces);
	expect_part("0101");

	/* In the same run, the folder not read again, and in another. */
	if (_i == 1)
		begin_anew();
	pieces = begin();
	ck_assert_uint_eq(pieces_here(pieces), PIECE + LAST);
	for (i = 0; i < N; i++) {
		piece = pieces_take_next(pieces);
		ck_assert_uint_eq(piece->piece.number, i);
		ck_assert_int_eq(piece->stage,
		    i % 2 == 1 ? JOB_PIECE_PROOF : JOB_PIECE);
		ck_assert_str_eq(piece->name, "f");
		ck_assert_ptr_eq(piece->piece.pieces, pieces);
		ck_assert_ptr_null(piece->final);
		ck_assert_uint_eq(pieces->out, 1);
		job_queue_remove(queue, piece);
		ck_assert_uint_eq(pieces->out, 0);
	}
	ck_assert_ptr_null(pieces_take_next(pieces));
	pieces_unmark(pieces, 1);
	ck_assert_uint_eq(pieces->left, N);
	ck_assert_uint_eq(pieces_here(pieces), LAST);
	expect_part("0001");
	end(pieces);
}
END_TEST

/* Returned pieces are asked for first; after a failure none is. */
START_TEST(test_returned)
{
	struct pieces *pieces = begin();
	struct job *first, *second;

	first = pieces_take_next(pieces);
	second = pieces_take_next(pieces);
	ck_assert_uint_eq(pieces->out, 2);
	/* Pieces do not count: the file does. */
	ck_assert_uint_eq(job_queue_count(queue), 1);
	job_queue_put(queue, second, JOB_PLACE_LAST);
	job_queue_put(queue, first, JOB_PLACE_LAST);
	ck_assert_ptr_null(job_queue_take_file(queue));
	ck_assert_ptr_eq(pieces_take_next(pieces), second);
	ck_assert_ptr_eq(pieces_take_next(pieces), first);
	ck_assert_uint_eq(pieces->out, 2);
	job_queue_put(queue, second, JOB_PLACE_NEXT);
	job_queue_put(queue, first, JOB_PLACE_NEXT);
	pieces->is_over = true;
	ck_assert_ptr_null(pieces_take_next(pieces));
	pieces->is_over = false;
	job_queue_remove(queue, pieces_take_next(pieces));
	job_queue_remove(queue, pieces_take_next(pieces));
	ck_assert_uint_eq(pieces->out, 0);
	ck_assert_uint_eq(job_queue_count(queue), 1);
	first = pieces_take_next(pieces);
	ck_assert_uint_eq(first->piece.number, 2);
	job_queue_remove(queue, first);
	end(pieces);
}
END_TEST

/* One thing about the part file that is wrong: it is not believed. */
static const char *const wrongs[] = {"nothing", "magic", "length of a piece",
    "shorter", "longer", "without a map", "empty", "another file",
    "not gone on with"};

static void
spoil(int row)
{
	int fd = open_part();

	switch (row) {
	case 1:
		ck_assert_int_eq(pwrite(fd, "P", 1, SIZE), 1);
		break;
	case 2:
		ck_assert_int_eq(pwrite(fd, "x", 1, SIZE + HEAD - 1), 1);
		break;
	case 3:
		ck_assert_int_eq(ftruncate(fd, SIZE + HEAD + N - 1), 0);
		break;
	case 4:
		ck_assert_int_eq(ftruncate(fd, SIZE + HEAD + N + 1), 0);
		break;
	case 5:
		ck_assert_int_eq(ftruncate(fd, SIZE), 0);
		break;
	case 6:
		ck_assert_int_eq(ftruncate(fd, 0), 0);
		break;
	case 7:
		ck_assert_int_eq(renameat(target.folder.fd, PART,
				     target.folder.fd,
				     "newf.00000000000000030000000000000002"
				     ".map.part"),
		    0);
		break;
	case 8:
		target.settings.store.resume = false;
		break;
	}
	close(fd);
}

START_TEST(test_wrong)
{
	struct pieces *pieces = begin();
	const char *map = "0000";
	uint64_t here = 0;

	ck_assert_int_eq(pieces_mark(pieces, 0), 0);
	ck_assert_int_eq(pieces_mark(pieces, 2), 0);
	end(pieces);
	spoil(_i);
	begin_anew();
	pieces = begin();
	if (_i == 0) {
		map = "1010";
		here = 2 * PIECE;
	}
	/* The map is cut off when all is there: it is to be proved. */
	if (_i == 5) {
		map = "1111";
		here = SIZE;
	}
	ck_assert_msg(pieces_here(pieces) == here, "%s", wrongs[_i]);
	expect_part(map);
	/* The useless part file is gone. */
	ck_assert_msg(target_count(&target) == 1, "%s", wrongs[_i]);
	end(pieces);
}
END_TEST

/*
 * The file is of another version by now: what is here of it is kept, to be
 * proved, but for pieces that have another length now.
 */
START_TEST(test_other_version)
{
	static const struct {
		const char *row;
		uint64_t size; /* then, with its last byte here */
		uint64_t size_now;
		const char *map; /* now */
	} rows[] = {
	    {"rewritten", SIZE, SIZE, "1011"},
	    {"grown", SIZE, SIZE + 1, "1010"},
	    {"grown by pieces", SIZE, 5 * PIECE, "10100"},
	    {"grown from a whole piece", 3 * PIECE, SIZE, "1010"},
	    {"shorter", SIZE, SIZE - 1, "1011"},
	    {"shorter by a piece", SIZE, 3 * PIECE, "101"},
	    {"far shorter", SIZE, 1, "1"},
	};
	struct protocol_attributes some = attributes;
	struct pieces *pieces;
	size_t i;

	some.size = rows[_i].size;
	ck_assert_int_eq(pieces_begin(&target.settings, &target.folder, job,
			     &some, &pieces, &failure),
	    1);
	for (i = 0; i < pieces->map.n; i++)
		if (i == 0 || i == 2 || i == 3)
			ck_assert_int_eq(pieces_mark(pieces, i), 0);
	end(pieces);
	begin_anew();
	some.token.version++;
	some.size = rows[_i].size_now;
	ck_assert_int_eq(pieces_begin(&target.settings, &target.folder, job,
			     &some, &pieces, &failure),
	    1);
	ck_assert_uint_eq(pieces->map.n, strlen(rows[_i].map));
	for (i = 0; i < pieces->map.n; i++)
		ck_assert_msg((pieces->map.marks[i] != 0) ==
			(rows[_i].map[i] == '1'),
		    "%s: %zu", rows[_i].row, i);
	end(pieces);
	/* As it stands in the file. */
	begin_anew();
	ck_assert_int_eq(pieces_begin(&target.settings, &target.folder, job,
			     &some, &pieces, &failure),
	    1);
	for (i = 0; i < pieces->map.n; i++)
		ck_assert_int_eq(pieces->map.marks[i] != 0,
		    rows[_i].map[i] == '1');
	ck_assert_int_eq(target_count(&target), 1);
	end(pieces);
}
END_TEST

/* Another process works on it: this one leaves it alone. */
START_TEST(test_locked)
{
	struct pieces *pieces = begin(), *second = NULL;
	struct job *other;

	ck_assert_int_eq(pieces_mark(pieces, 1), 0);
	ck_assert_int_eq(named_jobs_add(queue, "a/f2", 4, NULL, NULL, &failure),
	    0);
	other = job_queue_take_file(queue);
	free(other->final);
	other->final = strdup("newf");
	ck_assert_int_eq(pieces_begin(&target.settings, &target.folder, other,
			     &attributes, &second, &failure),
	    0);
	ck_assert_ptr_null(second);
	expect_part("0100");
	free(other->final);
	other->final = strdup("newf2");
	job_queue_remove(queue, other);
	end(pieces);
}
END_TEST

START_TEST(test_refused)
{
	struct protocol_attributes huge = attributes;
	struct pieces *pieces = NULL;

	target.settings.store.max_size = SIZE - 1;
	ck_assert_int_eq(pieces_begin(&target.settings, &target.folder, job,
			     &attributes, &pieces, &failure),
	    -1);
	ck_assert_ptr_nonnull(strstr(failure.text, "--max-size"));
	target.settings.store.max_size = UINT64_MAX;
	huge.size = (uint64_t)1 << 53;
	ck_assert_int_eq(pieces_begin(&target.settings, &target.folder, job,
			     &huge, &pieces, &failure),
	    -1);
	ck_assert_ptr_nonnull(strstr(failure.text, "no room here"));
	ck_assert_int_eq(mkdirat(target.folder.fd, "newf", 0755), 0);
	ck_assert_int_eq(pieces_begin(&target.settings, &target.folder, job,
			     &attributes, &pieces, &failure),
	    -1);
	ck_assert_ptr_nonnull(strstr(failure.text, "is a folder here"));
	ck_assert_int_eq(failure.code, EXIT_LOCAL);
	ck_assert_ptr_null(pieces);
	ck_assert_int_eq(target_count(&target), 1);
}
END_TEST

/* A size that no file has does not make a map of as many pieces, with a part
 * file that would be gone on with or without. */
START_TEST(test_beyond)
{
	struct protocol_attributes beyond = attributes;
	struct pieces *pieces = NULL;

	if (_i == 1) {
		end(begin());
		begin_anew();
	}
	beyond.size = INT64_MAX;
	ck_assert_int_eq(pieces_begin(&target.settings, &target.folder, job,
			     &beyond, &pieces, &failure),
	    -1);
	ck_assert_ptr_null(pieces);
	ck_assert_ptr_nonnull(strstr(failure.text, "no room here"));
	ck_assert_int_eq(target_count(&target), 0);
}
END_TEST

/* The map is cut off, time and mode are the server's, and parts of other
 * versions go. */
START_TEST(test_finish)
{
	struct pieces *pieces = begin();
	struct stat stat;
	size_t i;

	target.folder.umask = 0;
	target_write(&target, "newf", "old");
	target_write(&target, "newf.00000000000000070000000000000008.part",
	    "x");
	part_remember(&target.folder,
	    "newf.00000000000000070000000000000008.part");
	ck_assert_int_eq(pwrite(pieces->fd, "end", 3, SIZE - 3), 3);
	for (i = 0; i < N; i++)
		ck_assert_int_eq(pieces_mark(pieces, i), 0);
	ck_assert_uint_eq(pieces->left, 0);
	ck_assert_uint_eq(pieces_here(pieces), SIZE);
	ck_assert_int_eq(pieces_finish(pieces, &failure), 0);
	end(pieces);
	ck_assert_int_eq(target_count(&target), 1);
	ck_assert_int_eq(fstatat(target.folder.fd, "newf", &stat, 0), 0);
	ck_assert_int_eq(stat.st_size, SIZE);
	ck_assert_int_eq(stat.st_mtim.tv_sec, 7);
	ck_assert_uint_eq(stat.st_mode, 0100640);
}
END_TEST

/* It cannot get its name: told, and the part file is gone. In a folder that
 * is this run's what is there came from it. */
START_TEST(test_finish_fails)
{
	struct pieces *pieces = begin();

	target.folder.is_new = _i == 1;
	if (_i == 0)
		ck_assert_int_eq(mkdirat(target.folder.fd, "newf", 0755), 0);
	else
		target_write(&target, "newf", "other");
	ck_assert_int_eq(pieces_finish(pieces, &failure), -1);
	ck_assert_int_eq(failure.code, EXIT_LOCAL);
	ck_assert_ptr_nonnull(strstr(failure.text,
	    _i == 0 ? "newf here: there is a folder" :
		      "newf here: there is one by now: another name of"));
	ck_assert_int_eq(target_count(&target), 1);
	ck_assert_int_eq(pieces->fd, -1);
	/* Twice does no harm. */
	pieces_discard(pieces);
	end(pieces);
}
END_TEST

/* Regression: where no file can be made longer than what was written (rclone
 * without a cache), the file failed. One connection can fetch it. */
START_TEST(test_no_pieces)
{
	static const struct {
		int error, result;
	} rows[] = {
	    {EPERM, 0},
	    {EINVAL, 0},
	    {EOPNOTSUPP, 0},
	    {ENOSPC, -1},
	};
	struct pieces *pieces = NULL;

	if (child_refuse(SYS_ftruncate, rows[_i].error) != 0)
		return;
	ck_assert_int_eq(pieces_begin(&target.settings, &target.folder, job,
			     &attributes, &pieces, &failure),
	    rows[_i].result);
	ck_assert_ptr_null(pieces);
	ck_assert_int_eq(target_count(&target), 0);
}
END_TEST

Suite *
pieces_suite(void)
{
	Suite *suite = suite_create("pieces");
	TCase *tcase = unit_case(suite, "split");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_suits);
	tcase_add_test(tcase, test_pieces);
	tcase_add_loop_test(tcase, test_marks, 0, 2);
	tcase_add_test(tcase, test_returned);
	tcase_add_loop_test(tcase, test_wrong, 0, UNIT_ROWS(wrongs));
	tcase_add_loop_test(tcase, test_other_version, 0, 7);
	tcase_add_test(tcase, test_locked);
	tcase_add_test(tcase, test_refused);
	tcase_add_loop_test(tcase, test_beyond, 0, 2);
	tcase_add_loop_test(tcase, test_no_pieces, 0, 4);
	tcase_add_test(tcase, test_finish);
	tcase_add_loop_test(tcase, test_finish_fails, 0, 2);
	return suite;
}
