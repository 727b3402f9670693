/*
 * fileget -f and logs rotated in all usual ways: each written line arrives once
 * and in order. The test writes the lines and knows them.
 */

#include <sys/resource.h>
#include <sys/stat.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/wait.h"

enum {
	ROUNDS = 3,
	PHASES = 4,
	LINES = 30,	   /* between two rotations */
	TRUTH = 64 * 1024, /* bytes of a log in all */
	MORE = 3,	   /* lines where a few are enough */
};

#define PACE  (10 * CLOCK_MS)  /* between two lines */
#define PHASE (400 * CLOCK_MS) /* of a rotation */

/* A log and all lines ever written to it. */
struct log {
	const char *kind;
	char path[64]; /* "served/KIND/log" */
	unsigned line;
	char truth[TRUTH];
	size_t len;
	struct program client;
};

/* Writes the name of a file in the log's folder. Returns path. */
static const char *
beside(const struct log *log, const char *name, unsigned round, char path[96])
{
	snprintf(path, 96, "served/%s/%s%u", log->kind, name, round);
	return path;
}

/* Writes the next line to the log, or to the file that it was moved to. */
static void
write_line_to(struct log *log, const char *path)
{
	char line[64];

	snprintf(line, sizeof(line), "%s %u\n", log->kind, ++log->line);
	ck_assert_uint_lt(log->len + strlen(line), TRUTH);
	memcpy(log->truth + log->len, line, strlen(line));
	log->len += strlen(line);
	if (scratch_exists(path))
		scratch_append(path, line);
	else
		scratch_text(path, line);
}

static void
write_lines(struct log *log, unsigned n)
{
	while (n-- > 0)
		write_line_to(log, log->path);
}

static void
move(struct log *log, unsigned round)
{
	char path[96];

	scratch_rename(log->path, beside(log, "log.", round, path));
}

static void
copy(struct log *log, unsigned round)
{
	char path[96];
	size_t len;
	char *bytes = scratch_read(log->path, &len);

	ck_assert_ptr_nonnull(bytes);
	scratch_write(beside(log, "log.", round, path), bytes, len);
	free(bytes);
}

/* ---- the kinds ---------------------------------------------------------- */

/* Each kind has PHASES phases at intervals of PHASE. If a phase returns false,
 * the log is not written to before the next one. */

/* logrotate with "create". */
static bool
create(struct log *log, unsigned round, unsigned phase)
{
	if (phase > 0)
		return true;
	move(log, round);
	scratch_text(log->path, "");
	return true;
}

/* The name does not exist until the next line is written. */
static bool
create_later(struct log *log, unsigned round, unsigned phase)
{
	if (phase == 0)
		move(log, round);
	return phase == PHASES - 1;
}

/* The writer still has the old file open when the new one exists, and switches
 * later (postrotate). */
static bool
told_late(struct log *log, unsigned round, unsigned phase)
{
	char path[96];

	create(log, round, phase);
	write_line_to(log, beside(log, "log.", round, path));
	return phase == PHASES - 1;
}

/* The writer still has the old file open, and makes the new one later. */
static bool
told_late_alone(struct log *log, unsigned round, unsigned phase)
{
	char path[96];

	if (phase == 0)
		move(log, round);
	write_line_to(log, beside(log, "log.", round, path));
	return phase == PHASES - 1;
}

static bool
copy_and_truncate(struct log *log, unsigned round, unsigned phase)
{
	if (phase > 0)
		return true;
	copy(log, round);
	scratch_sparse(log->path, 0);
	return true;
}

/* The new file is longer than the old one when the client looks. */
static bool
copy_and_outgrow(struct log *log, unsigned round, unsigned phase)
{
	copy_and_truncate(log, round, phase);
	if (phase == 0)
		write_lines(log, 10 * LINES);
	return true;
}

static bool
replace_at_once(struct log *log, unsigned round, unsigned phase)
{
	char path[96];

	if (phase > 0)
		return true;
	copy(log, round);
	scratch_text(beside(log, "fresh", 0, path), "");
	scratch_rename(path, log->path);
	return true;
}

static bool
remove_and_create(struct log *log, unsigned round, unsigned phase)
{
	(void)round;
	if (phase > 0)
		return true;
	scratch_remove(log->path);
	scratch_text(log->path, "");
	return true;
}

static bool
remove_and_wait(struct log *log, unsigned round, unsigned phase)
{
	(void)round;
	if (phase == 0)
		scratch_remove(log->path);
	return phase == PHASES - 1;
}

/* Three rotations in a moment. */
static bool
thrice(struct log *log, unsigned round, unsigned phase)
{
	unsigned i;

	for (i = 1; i <= 3 && phase == 0; i++) {
		create(log, 10 * round + i, 0);
		write_lines(log, MORE);
	}
	return true;
}

/* "log.1" is always the newest. */
static bool
renumber(struct log *log, unsigned round, unsigned phase)
{
	char from[96], to[96];

	if (phase > 0)
		return true;
	for (; round > 1; round--)
		scratch_rename(beside(log, "log.", round - 1, from),
		    beside(log, "log.", round, to));
	return create(log, 1, 0);
}

/* The name is a link that leads to another file each time. */
static bool
switch_link(struct log *log, unsigned round, unsigned phase)
{
	char path[96], data[32];

	if (phase > 0)
		return true;
	scratch_text(beside(log, "data", round, path), "");
	snprintf(data, sizeof(data), "data%u", round);
	scratch_symlink(data, beside(log, "link", 0, path));
	scratch_rename(path, log->path);
	return true;
}

/* The new file stays empty for a while, and is rotated as soon as it is written
 * to, to a name without a pattern. */
static bool
burst(struct log *log, unsigned round, unsigned phase)
{
	char path[96];

	create(log, round, phase);
	if (phase < PHASES - 1)
		return false;
	write_lines(log, MORE);
	scratch_rename(log->path, beside(log, "other", round, path));
	scratch_text(log->path, "");
	return true;
}

/* The old file is moved to a place that fileget does not search. */
static bool
archive(struct log *log, unsigned round, unsigned phase)
{
	char path[96];

	if (phase > 0)
		return true;
	scratch_rename(log->path, beside(log, "old/log.", round, path));
	scratch_text(log->path, "");
	return true;
}

static bool
become_folder(struct log *log, unsigned round, unsigned phase)
{
	char path[SCRATCH_PATH];

	if (phase == 0) {
		move(log, round);
		scratch_mkdir(log->path);
	}
	if (phase < PHASES - 1)
		return false;
	ck_assert_int_eq(rmdir(scratch_path(path, log->path)), 0);
	return true;
}

static bool
be_unreadable(struct log *log, unsigned round, unsigned phase)
{
	char path[SCRATCH_PATH];

	create(log, round, phase);
	ck_assert_int_eq(chmod(scratch_path(path, log->path),
			     phase < PHASES - 1 ? 0 : 0644),
	    0);
	return phase == PHASES - 1;
}

static const struct kind {
	const char *kind;
	bool (*rotate)(struct log *log, unsigned round, unsigned phase);
	bool needs_kept; /* only a kept file has the old lines */
} kinds[] = {
    {"create", create, false},
    {"create_later", create_later, false},
    {"told_late", told_late, false},
    {"told_late_alone", told_late_alone, false},
    {"copy_and_truncate", copy_and_truncate, false},
    {"copy_and_outgrow", copy_and_outgrow, false},
    {"replace_at_once", replace_at_once, false},
    {"remove_and_create", remove_and_create, true},
    {"remove_and_wait", remove_and_wait, true},
    {"thrice", thrice, false},
    {"renumber", renumber, false},
    {"switch_link", switch_link, false},
    {"burst", burst, false},
    {"archive", archive, true},
    {"become_folder", become_folder, false},
    {"be_unreadable", be_unreadable, false},
};

/* ---- all of them at once ------------------------------------------------- */

static struct log logs[HARNESS_ROWS(kinds)];

static void
make_logs(void)
{
	char path[96];

	for (size_t i = 0; i < HARNESS_ROWS(kinds); i++) {
		logs[i].kind = kinds[i].kind;
		snprintf(path, sizeof(path), "served/%s", kinds[i].kind);
		scratch_mkdir(path);
		snprintf(path, sizeof(path), "served/%s/old", kinds[i].kind);
		scratch_mkdir(path);
		snprintf(logs[i].path, sizeof(logs[i].path), "served/%s/log",
		    kinds[i].kind);
		/* Lines of others in that file are not part of the log. */
		scratch_text(beside(&logs[i], "log.", 99, path), "before\n");
		scratch_age(path);
		if (kinds[i].rotate == switch_link)
			switch_link(&logs[i], 0, 0);
		write_lines(&logs[i], MORE);
	}
}

static void
start_clients(const struct server *server)
{
	for (size_t i = 0; i < HARNESS_ROWS(kinds); i++)
		client_start(&logs[i].client, server->port,
		    HERE_LIST("-f", "--retry", "20",
			logs[i].path + strlen("served/")),
		    NULL);
	for (size_t i = 0; i < HARNESS_ROWS(kinds); i++)
		program_await_out(&logs[i].client, logs[i].truth);
}

static void
write_all(unsigned n)
{
	for (; n > 0; n--) {
		for (size_t i = 0; i < HARNESS_ROWS(kinds); i++)
			write_line_to(&logs[i], logs[i].path);
		clock_sleep(PACE);
	}
}

static void
rotate_all(unsigned round)
{
	for (unsigned phase = 0; phase < PHASES; phase++) {
		for (size_t i = 0; i < HARNESS_ROWS(kinds); i++)
			if (kinds[i].rotate(&logs[i], round, phase))
				write_line_to(&logs[i], logs[i].path);
		clock_sleep(PHASE);
	}
}

/* Returns whether all written bytes have arrived. */
static bool
has_arrived(void *argument)
{
	const struct log *log = argument;
	struct stat stat;

	return fstatat(scratch_fd(), log->client.out_name, &stat, 0) == 0 &&
	    (size_t)stat.st_size >= log->len;
}

/* Fails the test and shows the first difference. */
static void
expect_truth(struct log *log)
{
	size_t len, at = 0;
	char *got;

	/* The comparison below reports a failure. */
	(void)wait_until(has_arrived, log, WAIT_LIMIT);
	program_signal(&log->client, SIGINT);
	here_expect_exit(&log->client, 130, log->kind);
	got = scratch_read(log->client.out_name, &len);
	ck_assert_ptr_nonnull(got);
	while (at < len && at < log->len && got[at] == log->truth[at])
		at++;
	ck_assert_msg(at == len && at == log->len,
	    "%s: from byte %zu on, instead of '%.40s': '%.40s'; it said:\n%s",
	    log->kind, at, log->truth + at, got + at,
	    program_err(&log->client));
	free(got);
}

static void
end_clients(void)
{
	for (size_t i = 0; i < HARNESS_ROWS(kinds); i++)
		if (logs[i].client.pid > 0)
			program_kill(&logs[i].client);
}

/* Lines written just before a rotation arrive, for each kind. */
START_TEST(nothing_is_lost)
{
	struct server server;

	make_logs();
	server_start(&server, NULL);
	start_clients(&server);
	for (unsigned round = 1; round <= ROUNDS; round++) {
		write_all(LINES);
		rotate_all(round);
	}
	write_all(1);
	for (size_t i = 0; i < HARNESS_ROWS(kinds); i++) {
		expect_truth(&logs[i]);
		ck_assert_msg(strstr(program_err(&logs[i].client), "missing") ==
			NULL,
		    "%s: it said:\n%s", logs[i].kind,
		    program_err(&logs[i].client));
	}
	server_stop(&server);
}
END_TEST

static void
allow_few_descriptors(void)
{
	const struct rlimit few = {192, 192};

	if (setrlimit(RLIMIT_NOFILE, &few) != 0)
		_exit(126);
}

/* A server that keeps no files: fileget finds the old file by its id or bytes
 * next to the new one, or reports the loss. */
START_TEST(a_server_that_keeps_no_files)
{
	struct server server;

	make_logs();
	server_start_after(&server, HERE_LIST("--max-per-address", "49"),
	    allow_few_descriptors);
	start_clients(&server);
	for (unsigned round = 1; round <= ROUNDS; round++) {
		write_all(LINES);
		rotate_all(round);
	}
	write_all(1);
	for (size_t i = 0; i < HARNESS_ROWS(kinds); i++) {
		if (kinds[i].needs_kept)
			program_await_err(&logs[i].client, "may be missing");
		else
			expect_truth(&logs[i]);
	}
	end_clients();
	server_stop(&server);
}
END_TEST

/* Rotations while the server is down: all files that still exist arrive. */
START_TEST(while_the_server_is_away)
{
	struct server server;
	char port[8];

	make_logs();
	server_start(&server, NULL);
	snprintf(port, sizeof(port), "%u", server.port);
	start_clients(&server);
	write_all(LINES);
	program_kill(&server.program);
	for (unsigned round = 1; round <= ROUNDS; round++) {
		write_all(MORE);
		rotate_all(round);
	}
	write_all(1);
	server_start(&server, HERE_LIST("-p", port));
	for (size_t i = 0; i < HARNESS_ROWS(kinds); i++) {
		if (kinds[i].needs_kept)
			program_await_err(&logs[i].client, "may be missing");
		else if (kinds[i].rotate != switch_link &&
		    kinds[i].rotate != burst)
			expect_truth(&logs[i]);
	}
	end_clients();
	server_stop(&server);
}
END_TEST

/* A rotation so fast that a file between is removed before fileget looks is
 * reported. */
START_TEST(too_fast_is_reported)
{
	static struct log log = {.kind = "fast", .path = "served/log"};
	struct server server;
	unsigned i;

	write_lines(&log, MORE);
	server_start(&server, NULL);
	client_start(&log.client, server.port, HERE_LIST("-f", "log"), NULL);
	program_await_out(&log.client, log.truth);
	for (i = 0; i < 3; i++) {
		write_lines(&log, MORE);
		scratch_rename("served/log", "served/log.1");
		scratch_text("served/log", "");
	}
	write_line_to(&log, log.path);
	program_await_err(&log.client, "may be missing");
	program_await_out(&log.client, "fast 13\n");
	program_kill(&log.client);
	server_stop(&server);
}
END_TEST

Suite *
rotation_suite(void)
{
	Suite *suite = suite_create("rotation");
	TCase *tcase;

	tcase = harness_case(suite, "rotation", 120);
	tcase_add_test(tcase, nothing_is_lost);
	tcase_add_test(tcase, a_server_that_keeps_no_files);
	tcase_add_test(tcase, while_the_server_is_away);
	tcase_add_test(tcase, too_fast_is_reported);
	return suite;
}
