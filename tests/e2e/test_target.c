/*
 * The written files: their names, times and modes, files that must not be
 * replaced, and folders that cannot be written to.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/fake.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

static const struct {
	const char *row;
	const char *const args[4]; /* arguments with the name */
	const char *path;	   /* path below the scratch folder */
} targets[] = {
    {"as it is", {"x/f"}, "here/newf"},
    {"-k", {"-k", "x/f"}, "here/f"},
    {"-P", {"-P", "sub", "x/f"}, "here/sub/newf"},
    {"-P with a slash", {"-Psub/", "x/f"}, "here/sub/newf"},
    {"-P above", {"--directory-prefix=../outside", "x/f"}, "outside/newf"},
    {"-P and -k", {"-kP", "sub", "x/f"}, "here/sub/f"},
    {"-o", {"-o", "mine", "x/f"}, "here/mine"},
    {"-o in a folder", {"x/f", "-o", "sub/mine"}, "here/sub/mine"},
    {"-o above", {"x/f", "-o", "../outside/mine"}, "outside/mine"},
};

/* Each runs twice: the second time an older file is replaced. */
START_TEST(every_target)
{
	struct program client;
	struct server server;
	size_t i;
	int times;

	scratch_mkdir("served/x");
	scratch_fill("served/x/f", 100000, 1);
	scratch_mkdir("here/sub");
	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(targets); i++) {
		for (times = 0; times < 2; times++) {
			here_get(&client, server.port, 0, targets[i].row,
			    targets[i].args);
			sum_expect_files(targets[i].path, "served/x/f");
			scratch_text(targets[i].path, "older");
		}
		scratch_remove(targets[i].path);
		here_expect_names("here", targets[i].row, HERE_LIST("sub"));
		here_expect_names("here/sub", targets[i].row, HERE_LIST(NULL));
		here_expect_names("outside", targets[i].row, HERE_LIST(NULL));
	}
	server_stop(&server);
}
END_TEST

START_TEST(standard_output)
{
	struct program client;
	struct server server;

	scratch_fill("served/f", 3000000, 1);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "-o -", HERE_LIST("-o", "-", "f"));
	sum_expect_files(client.out_name, "served/f");
	here_get(&client, server.port, 0, "-o - --no-verify",
	    HERE_LIST("-o-", "--no-verify", "f"));
	sum_expect_files(client.out_name, "served/f");
	here_get(&client, server.port, 4, "-o - of nothing",
	    HERE_LIST("-o-", "missing"));
	ck_assert_str_eq(program_out(&client), "");
	here_expect_names("here", "-o -", HERE_LIST(NULL));
	server_stop(&server);
}
END_TEST

/* ---- time and mode ------------------------------------------------------ */

static const struct {
	const char *row;
	mode_t mode;
	mode_t mask;
	mode_t wanted;
	struct timespec time;
} kept[] = {
    {"plain", 0644, 022, 0644, {1600000000, 123456789}},
    {"umask", 0666, 027, 0640, {1600000000, 999999999}},
    {"strict umask", 0777, 0177, 0600, {1, 0}},
    {"no umask", 0777, 0, 0777, {0, 1}},
    {"read-only", 0444, 022, 0444, {4000000000, 5}},
    {"set-user-id", 04755, 022, 0755, {1600000000, 0}},
    {"set-group-id", 02755, 022, 0755, {1600000000, 0}},
    {"sticky", 01755, 022, 0755, {1600000000, 0}},
    {"all of it", 07777, 0, 0777, {1600000000, 0}},
    {"before 1970", 0644, 022, 0644, {-2, 500000000}},
};

static mode_t mask_wanted;

static void
set_mask(void)
{
	umask(mask_wanted);
}

START_TEST(time_and_mode_are_kept)
{
	struct timespec times[2] = {{0, UTIME_NOW}, {0, 0}};
	struct program client;
	struct server server;
	struct stat st;
	size_t i;

	scratch_fill("served/f", 1000, 1);
	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(kept); i++) {
		times[1] = kept[i].time;
		ck_assert_int_eq(fchmodat(scratch_fd(), "served/f",
				     kept[i].mode, 0),
		    0);
		ck_assert_int_eq(utimensat(scratch_fd(), "served/f", times, 0),
		    0);
		mask_wanted = kept[i].mask;
		here_start_after(&client, server.port, HERE_LIST("f"),
		    set_mask);
		here_expect_exit(&client, 0, kept[i].row);
		ck_assert_int_eq(fstatat(scratch_fd(), "here/newf", &st, 0), 0);
		ck_assert_msg((st.st_mode & 07777) == kept[i].wanted,
		    "%s: mode %o", kept[i].row, (unsigned)st.st_mode & 07777);
		ck_assert_msg(st.st_mtim.tv_sec == times[1].tv_sec &&
			st.st_mtim.tv_nsec == times[1].tv_nsec,
		    "%s: time %lld.%09ld", kept[i].row,
		    (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
		sum_expect_files("here/newf", "served/f");
	}
	server_stop(&server);
}
END_TEST

/* ---- what must be so, and what must not be replaced --------------------- */

/* SHA-256 of the text "abc" (FIPS 180-4, appendix). */
#define SUM_ABC \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SUM_ABC_UPPER \
	"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"
#define SUM_OTHER \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ae"

static const struct {
	const char *row;
	const char *const args[4];
	int code;
} demands[] = {
    {"right sum", {"--sha256", SUM_ABC, "abc"}, 0},
    {"right sum, not verified", {"--sha256=" SUM_ABC, "--no-verify", "abc"}, 0},
    {"right sum, upper case", {"--sha256", SUM_ABC_UPPER, "abc"}, 0},
    {"wrong sum", {"--sha256", SUM_OTHER, "abc"}, 8},
    {"wrong sum, not verified", {"--sha256=" SUM_OTHER, "--no-verify", "abc"},
	8},
    {"max-size met", {"--max-size=3", "abc"}, 0},
    {"max-size passed", {"--max-size=2", "abc"}, 10},
    {"max-size 0", {"--max-size=0", "abc"}, 10},
    {"max-size k", {"--max-size", "1k", "abc"}, 0},
    {"no-clobber", {"-n", "abc"}, 10},
};

START_TEST(requirements_are_met_or_nothing_is_written)
{
	struct program client;
	struct server server;
	size_t i, len;
	char *text;

	scratch_text("served/abc", "abc");
	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(demands); i++) {
		scratch_text("here/newabc", "older");
		here_get(&client, server.port, demands[i].code, demands[i].row,
		    demands[i].args);
		text = scratch_read("here/newabc", &len);
		ck_assert_msg(strcmp(text,
				  demands[i].code == 0 ? "abc" : "older") == 0,
		    "%s: '%s'", demands[i].row, text);
		free(text);
		here_expect_names("here", demands[i].row, HERE_LIST("newabc"));
	}
	scratch_remove("here/newabc");
	here_get(&client, server.port, 0, "-n", HERE_LIST("-n", "abc"));
	sum_expect_files("here/newabc", "served/abc");
	server_stop(&server);
}
END_TEST

struct race {
	struct fake_file file;
	atomic_bool *go;
};

static bool
may_go(void *go)
{
	return atomic_load((atomic_bool *)go);
}

/* Sends everything but the trailer, and that when both clients have got so far.
 */
static void
play_race(struct fake *fake)
{
	const struct race *race = fake->argument;
	struct fake_asked asked;
	uint8_t *reply;
	size_t len;

	if (!fake_ask(fake, &asked))
		return;
	reply = fake_build_reply(&race->file, 0, &len);
	if (fake_send(fake, reply, len - PROTOCOL_TRAILER_SIZE) &&
	    wait_until(may_go, race->go, WAIT_LIMIT))
		fake_send(fake, reply + len - PROTOCOL_TRAILER_SIZE,
		    PROTOCOL_TRAILER_SIZE);
	free(reply);
}

static bool
has_two_parts(void *argument)
{
	char name[NAME_MAX + 1];

	(void)argument;
	return here_find_part("here", name) == 2;
}

/* Neither client finds a file when it begins; only one may publish it. */
START_TEST(no_clobber_is_no_race)
{
	static const uint8_t contents[2][4] = {"one", "two"};
	struct program clients[2];
	struct race races[2];
	struct fake fakes[2];
	atomic_bool go;
	char *text;
	size_t len;
	int i, codes[2];

	atomic_init(&go, false);
	for (i = 0; i < 2; i++) {
		races[i] = (struct race){.file = {contents[i], 3,
					     {1, (uint64_t)i + 1}, 0644, 0},
		    .go = &go};
		fake_start(&fakes[i], 1, play_race, &races[i]);
		client_start(&clients[i], fakes[i].port, HERE_LIST("-n", "f"),
		    NULL);
	}
	ck_assert(wait_until(has_two_parts, NULL, WAIT_LIMIT));
	atomic_store(&go, true);
	for (i = 0; i < 2; i++) {
		codes[i] = program_wait(&clients[i], WAIT_LIMIT);
		fake_stop(&fakes[i]);
	}
	ck_assert_msg((codes[0] == 0 && codes[1] == 10) ||
		(codes[0] == 10 && codes[1] == 0),
	    "exits %d and %d", codes[0], codes[1]);
	text = scratch_read("here/newf", &len);
	ck_assert_str_eq(text, codes[0] == 0 ? "one" : "two");
	free(text);
	here_expect_names("here", "-n", HERE_LIST("newf"));
}
END_TEST

Suite *
target_suite(void)
{
	Suite *suite = suite_create("target");
	TCase *tcase;

	tcase = harness_case(suite, "names", 120);
	tcase_add_test(tcase, every_target);
	tcase_add_test(tcase, standard_output);
	tcase_add_test(tcase, time_and_mode_are_kept);
	tcase = harness_case(suite, "demands", 120);
	tcase_add_test(tcase, requirements_are_met_or_nothing_is_written);
	tcase_add_test(tcase, no_clobber_is_no_race);
	return suite;
}
