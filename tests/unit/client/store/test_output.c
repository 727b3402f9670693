/*
 * One file on its way from a stream into the folder: all sizes, part files of
 * earlier runs, and the names in the folder before and after.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client/store/output.h"
#include "client/store/part.h"
#include "common/clock.h"
#include "tests/unit/feed.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

#define TOKEN "00000000000000010000000000000002"

enum {
	SIZE = 300000,	   /* more than any buffer on the way */
	PIECE = 50000,	   /* what the socket takes at once */
	SMALL = 34 * 1024, /* from here on bodies take another way */
};

static struct target target;
static struct feed feed;
static struct failure failure;
static uint8_t bytes[SIZE];

static void
setup(void)
{
	target_open(&target);
	feed_open(&feed);
	unit_fill(bytes, SIZE, 1);
}

static void
teardown(void)
{
	feed_close(&feed);
	target_close(&target);
}

static struct output *
new_output(const char *final)
{
	struct output *output = output_new(NULL, &target.settings.store,
	    &target.folder, final, false);

	ck_assert_ptr_nonnull(output);
	return output;
}

static struct protocol_attributes
attributes_of(uint64_t size)
{
	return (struct protocol_attributes){{1, 2}, size, CLOCK_SEC, 0644};
}

static int
begin(struct output *output, uint64_t size)
{
	const struct protocol_attributes attributes = attributes_of(size);

	return output_begin(output, &attributes, false, &failure);
}

static int
finish(struct output *output, uint64_t size)
{
	const struct protocol_attributes attributes = attributes_of(size);

	return output_finish(output, &attributes, &failure);
}

/* The output receives the bytes from at to end. */
static void
pass(struct output *output, size_t at, size_t end)
{
	feed_output(&feed, output, bytes + at, end - at);
	ck_assert_uint_eq(output_size(output), end);
}

static void
expect_digest(struct output *output, size_t size)
{
	uint8_t got[DIGEST_LENGTH], wanted[DIGEST_LENGTH];

	ck_assert_int_eq(file_writer_digest(output_writer(output), got), 0);
	digest_of(bytes, size, wanted);
	ck_assert_mem_eq(got, wanted, sizeof(got));
}

static bool
matches(struct output *output, size_t from, size_t to)
{
	uint8_t wanted[PROTOCOL_DIGEST_SIZE];

	digest_of(bytes + from, to - from, wanted);
	return file_writer_matches(output_writer(output), wanted);
}

/* The file has the first size bytes, and no more. */
static void
expect_file(const char *name, size_t size)
{
	target_expect_bytes(&target, name, bytes, size);
}

/* So has the part file of "f". */
static void
expect_part(size_t size)
{
	const struct protocol_attributes attributes = attributes_of(size);

	expect_file(target_part_of("f", &attributes, ""), size);
}

static const struct {
	size_t size;
	bool verify;
} ways[] = {
    {0, true},
    {0, false},
    {1, true},
    {1, false},
    {SMALL - 1, true},
    {SMALL - 1, false},
    {SMALL, true},
    {SMALL, false},
    {SIZE, true},
    {SIZE, false},
};

START_TEST(test_whole)
{
	size_t size = ways[_i].size;
	struct output *output;

	target.settings.store.verify = ways[_i].verify;
	output = new_output("f");
	ck_assert_uint_eq(output_size(output), 0);
	ck_assert_uint_eq(output_attributes(output)->token.id, 0);
	ck_assert_uint_eq(output_attributes(output)->token.version, 0);
	expect_digest(output, 0);
	ck_assert_int_eq(target_count(&target), 0);

	ck_assert_int_eq(begin(output, size), 0);
	ck_assert_uint_eq(output_attributes(output)->token.id, 1);
	ck_assert_uint_eq(output_attributes(output)->token.version, 2);
	pass(output, 0, size);
	ck_assert_int_eq(target_count(&target), 1);
	expect_part(size);
	if (ways[_i].verify) {
		ck_assert(matches(output, 0, size));
		ck_assert(!matches(output, 0, size + 1));
	}
	expect_digest(output, size);
	ck_assert_int_eq(finish(output, size), 0);
	output_free(output);
	expect_file("f", size);
	ck_assert_int_eq(target_count(&target), 1);
}
END_TEST

/* Bytes that follow the file stay in the stream. */
START_TEST(test_not_beyond)
{
	const size_t sizes[] = {1, SMALL - 1, SMALL, PIECE};
	size_t size = sizes[_i / 2];
	struct output *output;
	uint8_t behind[5];
	uint64_t taken;

	target.settings.store.verify = _i % 2 == 0;
	output = new_output("f");
	ck_assert_int_eq(begin(output, size), 0);
	unit_send(feed.server, bytes, size + sizeof(behind));
	while (output_size(output) < size)
		ck_assert_int_eq(file_writer_receive(output_writer(output),
				     &feed.stream, size - output_size(output),
				     CLOCK_SEC, &taken),
		    OUTCOME_OK);
	ck_assert_int_eq(finish(output, size), 0);
	expect_file("f", size);
	ck_assert_int_eq(stream_read(&feed.stream, behind, sizeof(behind),
			     CLOCK_SEC),
	    1);
	ck_assert_mem_eq(behind, bytes + size, sizeof(behind));
	output_free(output);
}
END_TEST

/* A run receives some of the file. The next one continues, whether the folder
 * was opened anew or not. */
START_TEST(test_resumed)
{
	const struct protocol_attributes attributes = attributes_of(SIZE);
	const size_t here = _i % 2 == 0 ? 10 : SMALL + 1;
	struct output *output;

	target.settings.store.verify = _i < 4;
	output = new_output("f");
	ck_assert_int_eq(begin(output, SIZE), 0);
	pass(output, 0, here);
	output_free(output);
	if (_i % 4 < 2)
		target_reopen(&target);
	ck_assert_int_eq(target_count(&target), 1);

	output = new_output("f");
	ck_assert_uint_eq(output_size(output), here);
	ck_assert(protocol_token_equal(output_wanted(output),
	    protocol_content_token(&attributes)));
	expect_digest(output, here);
	ck_assert_int_eq(begin(output, SIZE), 0);
	pass(output, here, SIZE);
	if (target.settings.store.verify) {
		ck_assert(matches(output, here, SIZE));
		ck_assert(!matches(output, 0, SIZE));
	}
	expect_digest(output, SIZE);
	ck_assert_int_eq(finish(output, SIZE), 0);
	output_free(output);
	expect_file("f", SIZE);
	ck_assert_int_eq(target_count(&target), 1);
}
END_TEST

/* Two outputs of one run do not share a part file. */
START_TEST(test_taken_once)
{
	struct output *first, *second;

	target_write(&target, "f." TOKEN ".part", "left");
	target_reopen(&target);
	target.settings.store.resume = false;
	first = new_output("f");
	ck_assert_uint_eq(output_size(first), 0);
	output_free(first);
	target.settings.store.resume = true;
	first = new_output("f");
	second = new_output("f");
	ck_assert_uint_eq(output_size(first), 4);
	ck_assert_uint_eq(output_size(second), 0);
	ck_assert_int_eq(begin(second, 5), 0);
	ck_assert_int_eq(target_count(&target), 2);
	/* An output without bytes leaves no part file. */
	output_free(second);
	output_free(first);
	ck_assert_int_eq(target_count(&target), 1);
	target_expect(&target, "f." TOKEN ".part", "left");
}
END_TEST

/* A part file is proved and continued by the content version in its name; one
 * that an earlier release named, by the token of one file in one state. */
START_TEST(test_wanted)
{
	const struct protocol_attributes old = attributes_of(9),
					 new = {{5, 6}, 9, CLOCK_SEC, 0644};
	struct output *output;

	target_write(&target,
	    _i == 0 ? target_part_of("f", &old, "") : "f." TOKEN ".part",
	    "left");
	target_reopen(&target);
	output = new_output("f");
	ck_assert_uint_eq(output_size(output), 4);
	ck_assert(protocol_token_equal(output_wanted(output),
	    _i == 0 ? protocol_content_token(&old) : old.token));
	output_set_proved(output, &new);
	ck_assert(
	    protocol_token_equal(output_attributes(output)->token, new.token));
	ck_assert(protocol_token_equal(output_wanted(output),
	    _i == 0 ? protocol_content_token(&new) : new.token));
	ck_assert_int_eq(output_discard(output), 0);
	ck_assert_uint_eq(output_wanted(output).version, 0);
	output_free(output);
}
END_TEST

/* An empty part file is not continued: its token may be of an old version. */
START_TEST(test_empty_part)
{
	struct output *output;
	char name[UNIT_PATH];

	target_part_name(name, "f", (struct protocol_token){7, 8});
	target_write(&target, name, "");
	target_reopen(&target);
	output = new_output("f");
	ck_assert_uint_eq(output_size(output), 0);
	ck_assert_int_eq(begin(output, 5), 0);
	ck_assert(!target_has(&target, name));
	pass(output, 0, 5);
	output_free(output);
	expect_part(5);
}
END_TEST

/* Part files of other versions are removed when the file is complete. */
START_TEST(test_stale)
{
	struct output *output;
	char name[UNIT_PATH];

	target_part_name(name, "f", (struct protocol_token){7, 8});
	target_write(&target, name, "stale");
	target_part_name(name, "g", (struct protocol_token){7, 8});
	target_write(&target, name, "another's");
	target.settings.store.resume = false;
	target_reopen(&target);
	output = new_output("f");
	ck_assert_int_eq(begin(output, 5), 0);
	pass(output, 0, 5);
	ck_assert_int_eq(finish(output, 5), 0);
	output_free(output);
	expect_file("f", 5);
	ck_assert_int_eq(target_count(&target), 2);
	target_expect(&target, name, "another's");
}
END_TEST

START_TEST(test_discard)
{
	struct output *output = new_output("f");

	ck_assert_int_eq(output_discard(output), 0);
	ck_assert_int_eq(begin(output, 9), 0);
	pass(output, 0, 9);
	ck_assert_int_eq(output_discard(output), 0);
	ck_assert_uint_eq(output_size(output), 0);
	ck_assert_uint_eq(output_attributes(output)->token.version, 0);
	expect_digest(output, 0);
	ck_assert_int_eq(target_count(&target), 0);

	ck_assert_int_eq(begin(output, 7), 0);
	pass(output, 0, 7);
	ck_assert(matches(output, 0, 7));
	ck_assert_int_eq(finish(output, 7), 0);
	output_free(output);
	expect_file("f", 7);
	output_free(NULL);
}
END_TEST

/* Bytes on standard output cannot be discarded: output_discard tells. */
START_TEST(test_stdout)
{
	int saved = dup(STDOUT_FILENO), fd;
	struct output *output;
	uint8_t got[SMALL + 1];

	fd =
	    openat(target.folder.fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(dup2(fd, STDOUT_FILENO), 0);
	target.settings.store.verify = _i == 0;
	output = output_new(NULL, &target.settings.store, NULL, NULL, false);
	ck_assert_ptr_nonnull(output);
	ck_assert_int_eq(output_discard(output), 0);
	ck_assert_int_eq(begin(output, SMALL), 0);
	pass(output, 0, SMALL);
	/* Digested in any case, since it cannot be read again. */
	expect_digest(output, SMALL);
	ck_assert_int_eq(finish(output, SMALL), 0);
	ck_assert_int_eq(output_discard(output), -1);
	output_free(output);
	ck_assert_int_eq(fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE, O_RDWR);
	ck_assert_int_ge(dup2(saved, STDOUT_FILENO), 0);
	close(saved);
	ck_assert_int_eq(pread(fd, got, sizeof(got), 0), SMALL);
	ck_assert(memcmp(got, bytes, SMALL) == 0);
	close(fd);
}
END_TEST

Suite *
output_suite(void)
{
	Suite *suite = suite_create("output");
	TCase *tcase = unit_case(suite, "output");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_whole, 0, UNIT_ROWS(ways));
	tcase_add_loop_test(tcase, test_not_beyond, 0, 8);
	tcase_add_loop_test(tcase, test_resumed, 0, 8);
	tcase_add_test(tcase, test_taken_once);
	tcase_add_loop_test(tcase, test_wanted, 0, 2);
	tcase_add_test(tcase, test_empty_part);
	tcase_add_test(tcase, test_stale);
	tcase_add_test(tcase, test_discard);
	tcase_add_loop_test(tcase, test_stdout, 0, 2);
	return suite;
}
