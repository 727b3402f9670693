/*
 * Files here are read again: their sums, and their fate after a STAT or by a
 * file of sums.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/transfer/named_jobs.h"
#include "client/transfer/recv_proof.h"
#include "client/transfer/pieces.h"
#include "common/clock.h"
#include "tests/unit/peer.h"
#include "tests/unit/queued.h"
#include "tests/unit/unit.h"

enum {
	SIZE = 200000, /* more than is read at once, thrice */
	READ = 64 * 1024,
};

static struct peer peer;
static uint8_t bytes[SIZE];

static void
setup(void)
{
	peer_open(&peer);
	unit_fill(bytes, SIZE, 1);
}

static void
teardown(void)
{
	peer_close(&peer);
}

static int
open_file(void)
{
	int fd;

	unit_write(peer.target.path, "file", bytes, SIZE);
	fd = openat(peer.target.folder.fd, "file", O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void
sum_of(const void *text, size_t len, uint8_t sum[SHA256SUM_LENGTH])
{
	SHA2_CTX context;

	SHA256Init(&context);
	SHA256Update(&context, text, len);
	SHA256Final(sum, &context);
}

static const uint64_t sizes[] = {0, 1, READ - 1, READ, READ + 1, 2 * READ,
    SIZE - 1, SIZE};

START_TEST(test_sum)
{
	uint8_t got[SHA256SUM_LENGTH], wanted[SHA256SUM_LENGTH];
	int fd = open_file();
	size_t i;

	for (i = 0; i < UNIT_ROWS(sizes); i++) {
		sum_of(bytes, sizes[i], wanted);
		memset(got, 0, sizeof(got));
		ck_assert_int_eq(recv_proof_sum(fd, sizes[i], got), 0);
		ck_assert_mem_eq(got, wanted, sizeof(got));
	}
	/* Wherever it stands, it is read from the start and stands there. */
	ck_assert_int_eq(lseek(fd, 0, SEEK_CUR), 0);
	/* Shorter than it was said to be. */
	ck_assert_int_eq(recv_proof_sum(fd, SIZE + 1, got), -1);
	close(fd);
	ck_assert_int_eq(recv_proof_sum(fd, 1, got), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

static void
say_state(uint64_t size, int64_t mtime_ns, uint32_t mode)
{
	const struct protocol_attributes attributes = {{1, 2}, size, mtime_ns,
	    mode};
	uint8_t state[PROTOCOL_ATTRIBUTES_SIZE];

	protocol_encode_attributes(&attributes, state);
	peer_say_header(&peer, PROTOCOL_OK, sizeof(state));
	peer_say(&peer, state, sizeof(state));
}

/* -u: the same by size and time is done with, without a byte. */
START_TEST(test_state)
{
	static const struct {
		const char *row;
		bool update;
		uint64_t size;
		int64_t mtime_ns;
		enum outcome outcome;
	} rows[] = {
	    {"the same", true, 3, 5 * CLOCK_SEC, OUTCOME_SAME},
	    {"without -u", false, 3, 5 * CLOCK_SEC, OUTCOME_OK},
	    {"larger", true, 4, 5 * CLOCK_SEC, OUTCOME_OK},
	    {"another time", true, 3, 6 * CLOCK_SEC, OUTCOME_OK},
	};
	const struct timespec times[2] = {{.tv_sec = 5}, {.tv_sec = 5}};

	peer.target.settings.store.update = rows[_i].update;
	peer.job->stage = JOB_STAT;
	target_write(&peer.target, "newf", "old");
	ck_assert_int_eq(utimensat(peer.target.folder.fd, "newf", times, 0), 0);
	say_state(rows[_i].size, rows[_i].mtime_ns, S_IFREG | 0644);
	ck_assert_msg(peer_receive(&peer) == rows[_i].outcome, "%s",
	    rows[_i].row);
	ck_assert(peer_in_frame(&peer));
	ck_assert_uint_eq(peer.report.skipped,
	    rows[_i].outcome == OUTCOME_SAME ? 1 : 0);
	ck_assert(peer.job->file.knows_state);
	ck_assert_uint_eq(peer.job->file.size, rows[_i].size);
	ck_assert_int_eq(peer.job->stage,
	    rows[_i].outcome == OUTCOME_SAME ? JOB_STAT : JOB_START);
	target_expect(&peer.target, "newf", "old");
}
END_TEST

/* -j: so large that it goes on in pieces, unless it is no file. */
START_TEST(test_split)
{
	static const struct {
		uint64_t size;
		uint32_t mode;
		enum outcome outcome;
	} rows[] = {
	    {64 << 20, S_IFREG | 0644, OUTCOME_LARGE},
	    {(64 << 20) - 1, S_IFREG | 0644, OUTCOME_OK},
	    {64 << 20, S_IFDIR | 0755, OUTCOME_OK},
	};
	struct pieces *pieces;

	peer.target.settings.jobs = 2;
	peer.job->stage = JOB_STAT;
	say_state(rows[_i].size, 0, rows[_i].mode);
	ck_assert_int_eq(peer_receive(&peer), rows[_i].outcome);
	pieces = job_queue_first_pieces(peer.queue);
	ck_assert((pieces != NULL) == (rows[_i].outcome == OUTCOME_LARGE));
	if (pieces == NULL)
		return;
	ck_assert_ptr_eq(pieces->whole, peer.job);
	pieces_discard(pieces);
	job_queue_remove_pieces(peer.queue, pieces);
	ck_assert_ptr_eq(pieces_free(pieces), peer.job);
	ck_assert_int_eq(target_count(&peer.target), 0);
}
END_TEST

START_TEST(test_state_truncated)
{
	size_t len;

	for (len = 0;
	     len < PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE;
	     len++) {
		if (len > 0)
			setup();
		peer.job->stage = JOB_STAT;
		say_state(3, 0, S_IFREG);
		peer.len = len;
		peer_end(&peer);
		ck_assert_int_eq(peer_receive(&peer), OUTCOME_LOST);
		ck_assert_int_eq(peer.reply.failure.code, EXIT_STALLED);
		ck_assert(!peer.job->file.knows_state);
		ck_assert_int_eq(peer.job->stage, JOB_STAT);
		if (len <
		    PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE - 1)
			teardown();
	}
}
END_TEST

START_TEST(test_state_wrong)
{
	static const uint64_t lengths[] = {0, 39, 41, PROTOCOL_LENGTH_MAX, 40};

	peer.job->stage = JOB_STAT;
	say_state(UINT64_MAX, 0, S_IFREG);
	peer.len = 0;
	peer_say_header(&peer, PROTOCOL_OK, lengths[_i]);
	peer.len += 40;
	ck_assert_int_eq(peer_receive(&peer), OUTCOME_FATAL);
	ck_assert_int_eq(peer.reply.failure.code, EXIT_PROTOCOL);
	ck_assert_ptr_nonnull(strstr(peer.reply.failure.text,
	    lengths[_i] == 40 ? "an impossible file size" :
				"a state of the wrong length"));
}
END_TEST

/* -c: those that are here with their sums need no server. */
START_TEST(test_pass_over)
{
	uint8_t sum[SHA256SUM_LENGTH];
	struct failure failure;
	struct job *job;
	int fd = peer.target.folder.fd;
	struct stat stat;

	sum_of("text", 4, sum);
	ck_assert_int_eq(named_jobs_add(peer.queue, "right", 5, NULL, sum,
			     &failure),
	    0);
	ck_assert_int_eq(named_jobs_add(peer.queue, "wrong", 5, NULL, sum,
			     &failure),
	    0);
	ck_assert_int_eq(named_jobs_add(peer.queue, "link", 4, NULL, sum,
			     &failure),
	    0);
	ck_assert_int_eq(named_jobs_add(peer.queue, "fifo", 4, NULL, sum,
			     &failure),
	    0);
	ck_assert_int_eq(named_jobs_add(peer.queue, "none", 4, NULL, sum,
			     &failure),
	    0);
	ck_assert_int_eq(named_jobs_add(peer.queue, "other", 5, NULL, sum,
			     &failure),
	    0);
	target_write(&peer.target, "newright", "text");
	target_write(&peer.target, "newwrong", "texT");
	target_write(&peer.target, "newother", "text");
	ck_assert_int_eq(symlinkat("newright", fd, "newlink"), 0);
	ck_assert_int_eq(mkfifoat(fd, "newfifo", 0600), 0);
	recv_proof_pass_over(peer.queue, &peer.report);
	/* No other name that is one with it here may be written to it. */
	ck_assert_int_eq(fstatat(fd, "newright", &stat, 0), 0);
	ck_assert(
	    inode_set_find(&peer.target.folder.written->files, &stat) != NULL);
	ck_assert_int_eq(fstatat(fd, "newwrong", &stat, 0), 0);
	ck_assert(
	    inode_set_find(&peer.target.folder.written->files, &stat) == NULL);
	ck_assert_uint_eq(peer.report.skipped, 2);
	queued_expect(peer.queue, "wrong link fifo none ");
	job = job_queue_take_file(peer.queue);
	ck_assert(job->file.has_sum);
	ck_assert_mem_eq(job->file.sum, sum, sizeof(sum));
	job_queue_put(peer.queue, job, JOB_PLACE_NEXT);
	/* The name of what is gone may be given anew. */
	ck_assert_int_eq(named_jobs_add(peer.queue, "right", 5, NULL, sum,
			     &failure),
	    0);
}
END_TEST

Suite *
recv_proof_suite(void)
{
	Suite *suite = suite_create("recv_proof");
	TCase *tcase = unit_case(suite, "proof");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_sum);
	tcase_add_loop_test(tcase, test_state, 0, 4);
	tcase_add_loop_test(tcase, test_split, 0, 3);
	tcase_add_test(tcase, test_state_truncated);
	tcase_add_loop_test(tcase, test_state_wrong, 0, 5);
	tcase_add_test(tcase, test_pass_over);
	return suite;
}
