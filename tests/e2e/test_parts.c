/*
 * Part files that belong to another user, or that are more than the open
 * descriptors.
 */

#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"
#include "tests/harness/attempt.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/talk.h"
#include "tests/harness/wire.h"

/* The token of the files in attempt.h. */
#define TOKEN "00112233445566778899aabbccddeeff"

static struct attempt attempt;
static struct program client;
static struct server server;

static void
play_honest(struct fake *honest)
{
	fake_serve(honest, &((const struct attempt *)honest->argument)->file);
}

/* ---- somebody else's ---------------------------------------------------- */

enum {
	OTHERS_SIZE = 1000, /* bytes of the part file */
	OTHERS_USER = 4711,
};

static int
make_hard_link(const char *part)
{
	return linkat(scratch_fd(), part, scratch_fd(), "outside/victim", 0);
}

static int
give_away(const char *part)
{
	if (fchownat(scratch_fd(), part, OTHERS_USER, OTHERS_USER, 0) != 0)
		return -1;
	return fchmodat(scratch_fd(), part, 0666, 0);
}

static const struct {
	const char *row;
	int (*make)(const char *part); /* returns -1 if only root can do it */
} others[] = {
    {"hard link", make_hard_link},
    {"another owner", give_away},
};

/* Regression: fileget continued a part file with the right bytes although it
 * was a link or another user's file: the rest went into the target of the link,
 * or into a file that the user could change after the proof. */
START_TEST(parts_that_are_not_ours)
{
	struct stat before, after;
	struct sum had, has;
	char part[128];

	attempt_leave_part(&attempt, ATTEMPT_OLD, OTHERS_SIZE);
	snprintf(part, sizeof(part), "%s/newf." TOKEN ".part", attempt.folder);
	if (others[_i].make(part) != 0) {
		harness_skip("parts_that_are_not_ours", others[_i].row);
		return;
	}
	ck_assert_int_eq(fstatat(scratch_fd(), part, &before, 0), 0);
	sum_file(&had, part, 0, UINT64_MAX);
	attempt_start(&attempt, others[_i].row, ATTEMPT_OLD, play_honest, NULL,
	    HERE_LIST("-v"));
	here_expect_exit(&attempt.client, 0, others[_i].row);
	fake_stop(&attempt.fake);
	/* No proof of it was requested. */
	ck_assert_int_eq(attempt.fake.asked[0].op, PROTOCOL_OP_FETCH);
	ck_assert_uint_eq(attempt.fake.asked[0].offset, 0);
	ck_assert_int_eq(fstatat(scratch_fd(), part, &after, 0), 0);
	ck_assert_uint_eq(after.st_ino, before.st_ino);
	ck_assert_uint_eq(after.st_mode, before.st_mode);
	ck_assert_int_eq(after.st_size, OTHERS_SIZE);
	sum_file(&has, part, 0, UINT64_MAX);
	sum_expect(&has, &had, others[_i].row);
	scratch_remove(part);
	attempt_expect_new(&attempt);
}
END_TEST

/* Positive control: fileget continues a part file of its own. */
START_TEST(a_part_that_is_ours)
{
	attempt_leave_part(&attempt, ATTEMPT_OLD, OTHERS_SIZE);
	attempt_start(&attempt, "ours", ATTEMPT_OLD, play_honest, NULL,
	    HERE_LIST("-v"));
	attempt_finish(&attempt, 0, ATTEMPT_NO_PART);
	ck_assert_int_eq(attempt.fake.asked[0].op, PROTOCOL_OP_DIGEST);
	ck_assert_uint_eq(attempt.fake.asked[1].offset, OTHERS_SIZE);
}
END_TEST

/* ---- many --------------------------------------------------------------- */

enum {
	MANY_PARTS = 250,
	MANY_SIZE = 2000,	/* bytes of a file; its first half is here */
	MANY_DESCRIPTORS = 128, /* limit of open descriptors */
};

static void
limit_descriptors(void)
{
	struct rlimit limit = {MANY_DESCRIPTORS, MANY_DESCRIPTORS};

	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Serves a file, and leaves its first half here as an earlier run would. */
static void
leave_half(int fd, int number)
{
	struct protocol_attributes attributes;
	uint8_t token[PROTOCOL_TOKEN_SIZE];
	char hex[2 * PROTOCOL_TOKEN_SIZE + 1], name[32], path[128], *bytes;
	size_t len;

	snprintf(path, sizeof(path), "served/f%d", number);
	scratch_fill(path, MANY_SIZE, (uint64_t)number);
	bytes = scratch_read(path, &len);
	snprintf(name, sizeof(name), "f%d", number);
	talk_ask(fd, PROTOCOL_OP_STAT, name);
	talk_read_attributes(fd, &attributes);
	protocol_encode_token(attributes.token, token);
	text_hex(token, sizeof(token), hex);
	snprintf(path, sizeof(path), "here/newf%d.%s.part", number, hex);
	scratch_write(path, bytes, len / 2);
	free(bytes);
}

static unsigned
count(const char *text, const char *sought)
{
	unsigned n = 0;

	for (; (text = strstr(text, sought)) != NULL; text += strlen(sought))
		n++;
	return n;
}

/* Regression: each part file took a descriptor when its name was requested, and
 * none was left for the files. */
START_TEST(many_parts_and_few_descriptors)
{
	char got[32], wanted[32], names[MANY_PARTS * 8];
	size_t len = 0;
	int fd, i;

	server_start(&server, HERE_LIST("-q"));
	fd = wire_connect(server.port);
	for (i = 0; i < MANY_PARTS; i++) {
		leave_half(fd, i);
		len += (size_t)snprintf(names + len, sizeof(names) - len,
		    "f%d\n", i);
	}
	close(fd);
	scratch_write("here/names", names, len);
	here_start_after(&client, server.port, HERE_LIST("-v", "-i", "names"),
	    limit_descriptors);
	here_expect_exit(&client, 0, "few descriptors");
	ck_assert_uint_eq(count(program_err(&client), "goes on from byte 1000"),
	    MANY_PARTS);
	for (i = 0; i < MANY_PARTS; i++) {
		snprintf(got, sizeof(got), "here/newf%d", i);
		snprintf(wanted, sizeof(wanted), "served/f%d", i);
		sum_expect_files(got, wanted);
		scratch_remove(got);
	}
	here_expect_names("here", "few descriptors", HERE_LIST("names"));
	server_stop(&server);
}
END_TEST

Suite *
parts_suite(void)
{
	Suite *suite = suite_create("parts");
	TCase *tcase;

	tcase = harness_case(suite, "whose", 60);
	tcase_add_loop_test(tcase, parts_that_are_not_ours, 0,
	    (int)HARNESS_ROWS(others));
	tcase_add_test(tcase, a_part_that_is_ours);
	tcase = harness_case(suite, "many", 60);
	tcase_add_test(tcase, many_parts_and_few_descriptors);
	return suite;
}
