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

#define PART "newf.00000000000000010000000000000002.map.part"

static const struct protocol_attributes attributes = {{1, 2}, SIZE,
    7 * CLOCK_SEC, 0100640};
static struct target target;
static struct jobs jobs;
static struct job *job;
static struct failure failure;

static void
begin_jobs(void)
{
	jobs_open(&jobs, &target.options, &target.folder);
	ck_assert_int_eq(jobs_add(&jobs, "f", 1, NULL, &failure), 0);
	job = jobs_take(&jobs, &jobs.files);
	ck_assert_ptr_nonnull(job);
}

static void
setup(void)
{
	target_open(&target);
	target.options.jobs = 2;
	begin_jobs();
}

static void
teardown(void)
{
	jobs_remove(&jobs, job);
	jobs_close(&jobs);
	target_close(&target);
}

/* Another run, with what this one has left. */
static void
begin_anew(void)
{
	jobs_remove(&jobs, job);
	jobs_close(&jobs);
	target_reopen(&target);
	begin_jobs();
}

static struct split *
begin(void)
{
	struct split *split = NULL;

	ck_assert_int_eq(split_begin(&jobs, job, &attributes, &split, &failure),
	    1);
	ck_assert_ptr_nonnull(split);
	ck_assert_ptr_eq(STAILQ_FIRST(&jobs.splits), split);
	ck_assert_str_eq(split->part, PART);
	ck_assert_uint_eq(split->n, N);
	ck_assert_uint_eq(split->left, N);
	return split;
}

static void
end(struct split *split)
{
	ck_assert_ptr_eq(split_free(&jobs, split), job);
	ck_assert(STAILQ_EMPTY(&jobs.splits));
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
	    {"begun in pieces", 1, true, false, PART, 5, true},
	    {"in pieces, not gone on with", 1, false, false, PART, 64 << 20,
		false},
	    {"pieces of another", 1, true, false, "x" PART, 64 << 20, false},
	    {"empty now", 2, true, false, PART, 0, false},
	    {"to standard output", 2, true, true, NULL, 64 << 20, false},
	};
	struct job some = {.final = NULL};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		target.options.jobs = rows[i].jobs;
		target.options.resume = rows[i].resume;
		some.final = rows[i].to_stdout ? NULL : job->final;
		if (rows[i].here != NULL)
			target_write(&target, rows[i].here, "x");
		target_reopen(&target);
		ck_assert_msg(split_suits(&target.options, &target.folder,
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
	struct split *split;
	uint64_t sum;
	size_t i, piece;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		some.size = rows[i].size;
		ck_assert_int_eq(split_begin(&jobs, job, &some, &split,
				     &failure),
		    1);
		ck_assert_uint_eq(split->n, rows[i].n);
		sum = 0;
		for (piece = 0; piece < split->n; piece++) {
			ck_assert_uint_eq(split_offset(piece), sum);
			sum += split_length(split, piece);
		}
		ck_assert_uint_eq(sum, rows[i].size);
		ck_assert_uint_eq(split_length(split, split->n - 1),
		    rows[i].last);
		ck_assert_uint_eq(split_here(split), 0);
		split_discard(split);
		end(split);
	}
}
END_TEST

/* Marks survive the run; a later one proves what is marked, and fetches the
 * rest. */
START_TEST(test_marks)
{
	struct split *split = begin();
	struct job *piece;
	size_t i;

	expect_part("0000");
	ck_assert_int_eq(split_mark(split, 1), 0);
	ck_assert_int_eq(split_mark(split, 3), 0);
	ck_assert_uint_eq(split->left, 2);
	ck_assert_uint_eq(split_here(split), PIECE + LAST);
	expect_part("0101");
	end(split);
	expect_part("0101");

	/* In the same run, the folder not read again, and in another. */
	if (_i == 1)
		begin_anew();
	split = begin();
	ck_assert_uint_eq(split_here(split), PIECE + LAST);
	for (i = 0; i < N; i++) {
		piece = split_next(&jobs, split);
		ck_assert_uint_eq(piece->piece, i);
		ck_assert_int_eq(piece->stage,
		    i % 2 == 1 ? JOB_PIECE_PROOF : JOB_PIECE);
		ck_assert_str_eq(piece->name, "f");
		ck_assert_ptr_eq(piece->split, split);
		ck_assert_ptr_null(piece->final);
		ck_assert_uint_eq(split->out, 1);
		jobs_remove(&jobs, piece);
		ck_assert_uint_eq(split->out, 0);
	}
	ck_assert_ptr_null(split_next(&jobs, split));
	split_unmark(split, 1);
	ck_assert_uint_eq(split->left, N);
	ck_assert_uint_eq(split_here(split), LAST);
	expect_part("0001");
	end(split);
}
END_TEST

/* What comes back is asked for first; after a failure nothing is. */
START_TEST(test_returned)
{
	struct split *split = begin();
	struct job *first, *second;

	first = split_next(&jobs, split);
	second = split_next(&jobs, split);
	ck_assert_uint_eq(split->out, 2);
	/* Pieces do not count: the file does. */
	ck_assert_uint_eq(jobs.n, 1);
	jobs_put_last(&jobs, second);
	jobs_put_last(&jobs, first);
	ck_assert_uint_eq(jobs.n_files, 0);
	ck_assert_ptr_eq(split_next(&jobs, split), second);
	ck_assert_ptr_eq(split_next(&jobs, split), first);
	ck_assert_uint_eq(split->out, 2);
	jobs_put_first(&jobs, second);
	jobs_put_first(&jobs, first);
	split->is_over = true;
	ck_assert_ptr_null(split_next(&jobs, split));
	split_drop(&jobs, split);
	ck_assert_uint_eq(split->out, 0);
	ck_assert_uint_eq(jobs.n, 1);
	split->is_over = false;
	first = split_next(&jobs, split);
	ck_assert_uint_eq(first->piece, 2);
	jobs_remove(&jobs, first);
	end(split);
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
		target.options.resume = false;
		break;
	}
	close(fd);
}

START_TEST(test_wrong)
{
	struct split *split = begin();
	const char *map = "0000";
	uint64_t here = 0;

	ck_assert_int_eq(split_mark(split, 0), 0);
	ck_assert_int_eq(split_mark(split, 2), 0);
	end(split);
	spoil(_i);
	begin_anew();
	split = begin();
	if (_i == 0) {
		map = "1010";
		here = 2 * PIECE;
	}
	/* The map is cut off when all is there: it is to be proved. */
	if (_i == 5) {
		map = "1111";
		here = SIZE;
	}
	ck_assert_msg(split_here(split) == here, "%s", wrongs[_i]);
	expect_part(map);
	/* What was of no use is gone. */
	ck_assert_msg(target_count(&target) == 1, "%s", wrongs[_i]);
	end(split);
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
	struct split *split;
	size_t i;

	some.size = rows[_i].size;
	ck_assert_int_eq(split_begin(&jobs, job, &some, &split, &failure), 1);
	for (i = 0; i < split->n; i++)
		if (i == 0 || i == 2 || i == 3)
			ck_assert_int_eq(split_mark(split, i), 0);
	end(split);
	begin_anew();
	some.token.version++;
	some.size = rows[_i].size_now;
	ck_assert_int_eq(split_begin(&jobs, job, &some, &split, &failure), 1);
	ck_assert_uint_eq(split->n, strlen(rows[_i].map));
	for (i = 0; i < split->n; i++)
		ck_assert_msg((split->map[i] != 0) == (rows[_i].map[i] == '1'),
		    "%s: %zu", rows[_i].row, i);
	end(split);
	/* As it stands in the file. */
	begin_anew();
	ck_assert_int_eq(split_begin(&jobs, job, &some, &split, &failure), 1);
	for (i = 0; i < split->n; i++)
		ck_assert_int_eq(split->map[i] != 0, rows[_i].map[i] == '1');
	ck_assert_int_eq(target_count(&target), 1);
	end(split);
}
END_TEST

/* Another process works on it: this one leaves it alone. */
START_TEST(test_locked)
{
	struct split *split = begin(), *second = NULL;
	struct job *other;

	ck_assert_int_eq(split_mark(split, 1), 0);
	ck_assert_int_eq(jobs_add(&jobs, "a/f2", 4, NULL, &failure), 0);
	other = jobs_take(&jobs, &jobs.files);
	free(other->final);
	other->final = strdup("newf");
	ck_assert_int_eq(split_begin(&jobs, other, &attributes, &second,
			     &failure),
	    0);
	ck_assert_ptr_null(second);
	expect_part("0100");
	free(other->final);
	other->final = strdup("newf2");
	jobs_remove(&jobs, other);
	end(split);
}
END_TEST

START_TEST(test_refused)
{
	struct protocol_attributes huge = attributes;
	struct split *split = NULL;

	target.options.max_size = SIZE - 1;
	ck_assert_int_eq(split_begin(&jobs, job, &attributes, &split, &failure),
	    -1);
	ck_assert_ptr_nonnull(strstr(failure.text, "--max-size"));
	target.options.max_size = UINT64_MAX;
	huge.size = (uint64_t)1 << 53;
	ck_assert_int_eq(split_begin(&jobs, job, &huge, &split, &failure), -1);
	ck_assert_ptr_nonnull(strstr(failure.text, "no room here"));
	ck_assert_int_eq(mkdirat(target.folder.fd, "newf", 0755), 0);
	ck_assert_int_eq(split_begin(&jobs, job, &attributes, &split, &failure),
	    -1);
	ck_assert_ptr_nonnull(strstr(failure.text, "is a folder here"));
	ck_assert_int_eq(failure.code, EXITS_LOCAL);
	ck_assert_ptr_null(split);
	ck_assert(STAILQ_EMPTY(&jobs.splits));
	ck_assert_int_eq(target_count(&target), 1);
}
END_TEST

/* A size that no file has does not make a map of as many pieces, with a part
 * file that would be gone on with or without. */
START_TEST(test_beyond)
{
	struct protocol_attributes beyond = attributes;
	struct split *split = NULL;

	if (_i == 1) {
		end(begin());
		begin_anew();
	}
	beyond.size = INT64_MAX;
	ck_assert_int_eq(split_begin(&jobs, job, &beyond, &split, &failure),
	    -1);
	ck_assert_ptr_null(split);
	ck_assert_ptr_nonnull(strstr(failure.text, "no room here"));
	ck_assert_int_eq(target_count(&target), 0);
}
END_TEST

/* The map is cut off, time and mode are the server's, and parts of other
 * versions go. */
START_TEST(test_finish)
{
	struct split *split = begin();
	struct stat stat;
	size_t i;

	target.folder.umask = 0;
	target_write(&target, "newf", "old");
	target_write(&target, "newf.00000000000000070000000000000008.part",
	    "x");
	part_remember(&target.folder,
	    "newf.00000000000000070000000000000008.part");
	ck_assert_int_eq(pwrite(split->fd, "end", 3, SIZE - 3), 3);
	for (i = 0; i < N; i++)
		ck_assert_int_eq(split_mark(split, i), 0);
	ck_assert_uint_eq(split->left, 0);
	ck_assert_uint_eq(split_here(split), SIZE);
	ck_assert_int_eq(split_finish(split, &failure), 0);
	end(split);
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
	struct split *split = begin();

	target.folder.is_new = _i == 1;
	if (_i == 0)
		ck_assert_int_eq(mkdirat(target.folder.fd, "newf", 0755), 0);
	else
		target_write(&target, "newf", "other");
	ck_assert_int_eq(split_finish(split, &failure), -1);
	ck_assert_int_eq(failure.code, EXITS_LOCAL);
	ck_assert_ptr_nonnull(strstr(failure.text,
	    _i == 0 ? "newf here: there is a folder" :
		      "newf here: " FOLDER_TWICE));
	ck_assert_int_eq(target_count(&target), 1);
	ck_assert_int_eq(split->fd, -1);
	/* Twice does no harm. */
	split_discard(split);
	end(split);
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
	struct split *split = NULL;

	if (child_refuse(SYS_ftruncate, rows[_i].error) != 0)
		return;
	ck_assert_int_eq(split_begin(&jobs, job, &attributes, &split, &failure),
	    rows[_i].result);
	ck_assert_ptr_null(split);
	ck_assert_int_eq(target_count(&target), 0);
}
END_TEST

Suite *
split_suite(void)
{
	Suite *suite = suite_create("split");
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
