/*
 * Creates part files by hand, as an earlier run would have left them, so that
 * no test depends on the moment of an interruption.
 */

#include <sys/endian.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "common/protocol.h"
#include "common/text.h"
#include "tests/faults/scenario.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/pieces.h"
#include "tests/harness/scratch.h"
#include "tests/harness/sum.h"
#include "tests/harness/talk.h"
#include "tests/harness/tree.h"
#include "tests/harness/wire.h"

enum {
	SMALL = 20000,
	FRESH = 3000,
	LARGE = 1500000,       /* bytes; more than a piece of the server's */
	HERE = 700000,	       /* bytes of it in a part file */
	BIG = 9 * 1024 * 1024, /* in two pieces, of which one is here */
	BLOCK = 1024 * 1024,   /* compared with an older copy */
	IMAGE = 2 * BLOCK + 1000,
};

/* ---- what is served ----------------------------------------------------- */

static void
serve_big(void)
{
	scratch_fill("served/big", BIG, 4);
	scratch_age("served/big");
}

/* Its older copy is not where new files are. */
static void
serve_image(void)
{
	scratch_fill("served/image", IMAGE, 5);
	scratch_age("served/image");
	scratch_fill("outside/image", IMAGE, 5);
	scratch_overwrite("outside/image", BLOCK + 7, 1, 6);
}

void
scenario_serve(const struct scenario *scenario)
{
	static const struct {
		const char *name;
		uint64_t size;
	} files[] = {
	    {"served/small", SMALL},
	    {"served/fresh", FRESH},
	    {"served/large", LARGE},
	    {"served/tree/a", 5000},
	    {"served/tree/sub/b", 70000},
	    {"served/tree/sub/c", 100},
	};
	size_t i;

	for (i = 0; i < HARNESS_ROWS(files); i++) {
		tree_fill(files[i].name, files[i].size, i);
		scratch_age(files[i].name);
	}
	scratch_age("served/tree/sub");
	scratch_age("served/tree");
	if (scenario->serve != NULL)
		scenario->serve();
}

/* ---- files before a run ------------------------------------------------ */

/* The version of a served file, in hexadecimal as in part files' names. */
static void
print_version(uint16_t port, const char *name, char hex[33])
{
	struct protocol_attributes attributes;
	uint8_t token[PROTOCOL_TOKEN_SIZE];
	int fd = wire_connect(port);

	talk_ask(fd, PROTOCOL_OP_STAT, name);
	talk_read_attributes(fd, &attributes);
	close(fd);
	protocol_encode_token(attributes.token, token);
	text_hex(token, sizeof(token), hex);
}

static void
leave_part(uint16_t port)
{
	char path[128], hex[33], *bytes;
	size_t len;

	print_version(port, "large", hex);
	snprintf(path, sizeof(path), "here/newlarge.%s.part", hex);
	bytes = scratch_read("served/large", &len);
	scratch_write(path, bytes, HERE);
	free(bytes);
}

/* A part file with its first piece marked as received. */
static void
leave_map(uint16_t port)
{
	char path[128], hex[33], *bytes;
	uint8_t map[PIECES_HEAD + 2] = "pieces1";
	size_t len;
	int fd;

	print_version(port, "big", hex);
	snprintf(path, sizeof(path), "here/newbig.%s.map.part", hex);
	bytes = scratch_read("served/big", &len);
	scratch_write(path, bytes, PIECES_ONE);
	free(bytes);
	be64enc(map + 8, PIECES_ONE);
	map[PIECES_HEAD] = 1;
	fd = openat(scratch_fd(), path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, map, sizeof(map), BIG), sizeof(map));
	close(fd);
}

/* A part file of another version, which cannot be resumed; it still makes the
 * file be fetched in pieces. */
static void
leave_other_map(uint16_t port)
{
	(void)port;
	scratch_text("here/newbig.00000000000000010000000000000001.map.part",
	    "another");
}

/* The file of names, and a part file of another version. */
static void
leave_names(uint16_t port)
{
	(void)port;
	scratch_text("here/names", "small\nfresh\n");
	scratch_text("here/newfresh.00000000000000010000000000000001.part",
	    "another");
}

static void
leave_sums(uint16_t port)
{
	static const char *const names[] = {"small", "large"};
	char text[256] = "", path[32], hex[65];
	struct sum sum;
	size_t i;

	(void)port;
	for (i = 0; i < HARNESS_ROWS(names); i++) {
		snprintf(path, sizeof(path), "served/%s", names[i]);
		sum_file(&sum, path, 0, UINT64_MAX);
		text_hex(sum.bytes, sizeof(sum.bytes), hex);
		strlcat(text, hex, sizeof(text));
		strlcat(text, "  ", sizeof(text));
		strlcat(text, names[i], sizeof(text));
		strlcat(text, "\n", sizeof(text));
	}
	scratch_text("here/sums", text);
}

void
scenario_prepare(const struct scenario *scenario, uint16_t port)
{
	const struct scenario_file *file;
	char path[64];

	scratch_clear("here");
	for (file = scenario->files; file->final != NULL; file++) {
		if (!file->was_here)
			continue;
		snprintf(path, sizeof(path), "here/%s", file->final);
		tree_make_way(path);
		scratch_text(path, "older");
	}
	if (scenario->leave != NULL)
		scenario->leave(port);
}

/* ---- files after a run -------------------------------------------------- */

static bool
is_older(const char *path)
{
	size_t len;
	char *text = scratch_read(path, &len);
	bool same = strcmp(text, "older") == 0;

	free(text);
	return same;
}

/* Returns whether a file has the contents of a served one. */
static bool
is_new(const char *path, const char *served)
{
	size_t a_len, b_len;
	char *a = scratch_read(path, &a_len), *b = scratch_read(served, &b_len);
	bool same = a_len == b_len && memcmp(a, b, a_len) == 0;

	free(a);
	free(b);
	return same;
}

bool scenario_is_undressed;

/* Returns whether its time and mode match too. */
static bool
is_dressed(const char *path, const char *served)
{
	struct stat a, b;

	ck_assert_int_eq(fstatat(scratch_fd(), path, &a, 0), 0);
	ck_assert_int_eq(fstatat(scratch_fd(), served, &b, 0), 0);
	return a.st_mode == b.st_mode && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
	    a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

static void
judge_file(const struct scenario_file *file, bool whole, const char *fault)
{
	char path[64], served[64];

	snprintf(path, sizeof(path), "here/%s", file->final);
	snprintf(served, sizeof(served), "served/%s", file->served);
	if (!scratch_exists(path)) {
		ck_assert_msg(!whole && !file->was_here, "%s: no %s", fault,
		    file->final);
		return;
	}
	if (file->was_here && !whole && is_older(path))
		return;
	ck_assert_msg(is_new(path, served), "%s: %s is not what is served",
	    fault, file->final);
	ck_assert_msg(!whole || scenario_is_undressed ||
		is_dressed(path, served),
	    "%s: %s has another time or mode", fault, file->final);
}

/* Returns how many of the names below "here" are expected. */
static unsigned
count_known(const struct scenario *scenario)
{
	static const char *const others[] = {"here/names", "here/sums",
	    "here/newtree", "here/newtree/sub"};
	const struct scenario_file *file;
	unsigned n = 0;
	char path[64];
	size_t i;

	for (file = scenario->files; file->final != NULL; file++) {
		snprintf(path, sizeof(path), "here/%s", file->final);
		n += scratch_exists(path) != 0;
	}
	for (i = 0; i < HARNESS_ROWS(others); i++)
		n += scratch_exists(others[i]) != 0;
	return n;
}

bool
scenario_judge(const struct scenario *scenario, bool whole, const char *fault)
{
	const struct scenario_file *file;
	unsigned parts, all;

	for (file = scenario->files; file->final != NULL; file++)
		judge_file(file, whole, fault);
	parts = tree_count_ending("here", ".part");
	all = tree_count_ending("here", "");
	ck_assert_msg(all == count_known(scenario) + parts,
	    "%s: something is left that is no part file", fault);
	return parts > 0;
}

/* ---- the scenarios ------------------------------------------------------ */

#define ARGS(...) ((const char *const[]){__VA_ARGS__, "--retry", "0", NULL})
#define FILES(...) \
	((const struct scenario_file[]){__VA_ARGS__, {NULL, NULL, false}})
#define NO_FILES ((const struct scenario_file[]){{NULL, NULL, false}})

const struct scenario scenarios[] = {
    {.name = "fetch",
	.args = ARGS("small", "fresh", "large"),
	.files = FILES({"newsmall", "small", true},
	    {"newfresh", "fresh", false}, {"newlarge", "large", true})},
    {.name = "splice",
	.args = ARGS("--no-verify", "large"),
	.files = FILES({"newlarge", "large", true})},
    {.name = "fsync",
	.args = ARGS("--fsync", "small", "fresh"),
	.files =
	    FILES({"newsmall", "small", true}, {"newfresh", "fresh", false})},
    {.name = "unreplaced",
	.args = ARGS("-n", "fresh", "large"),
	.files =
	    FILES({"newfresh", "fresh", false}, {"newlarge", "large", false}),
	.is_long = true,
	.once = true},
    {.name = "tree",
	.args = ARGS("-r", "tree"),
	.files = FILES({"newtree/a", "tree/a", true},
	    {"newtree/sub/b", "tree/sub/b", false},
	    {"newtree/sub/c", "tree/sub/c", false})},
    {.name = "tree_fsync",
	.args = ARGS("-r", "-u", "--fsync", "tree"),
	.files = FILES({"newtree/a", "tree/a", true},
	    {"newtree/sub/b", "tree/sub/b", true},
	    {"newtree/sub/c", "tree/sub/c", false})},
    {.name = "pieces",
	.args = ARGS("-j", "2", "big"),
	.files = FILES({"newbig", "big", true}),
	.serve = serve_big,
	.leave = leave_map,
	.shares = true},
    {.name = "pieces_anew",
	.args = ARGS("-j", "2", "--no-verify", "big"),
	.files = FILES({"newbig", "big", false}),
	.serve = serve_big,
	.leave = leave_other_map,
	.is_long = true,
	.shares = true},
    {.name = "reuse",
	.args = ARGS("--reuse=../outside/image", "image"),
	.files = FILES({"newimage", "image", true}),
	.serve = serve_image},
    {.name = "resume",
	.args = ARGS("large", "--sums"),
	.files = FILES({"newlarge", "large", true}),
	.leave = leave_part},
    {.name = "list", .args = ARGS("-lr", "."), .files = NO_FILES},
    {.name = "glob",
	.args = ARGS("s*l", "tree/?", "*/sub/c"),
	.files = FILES({"newsmall", "small", true}, {"newa", "tree/a", false},
	    {"newc", "tree/sub/c", false})},
    {.name = "names",
	.args = ARGS("-i", "names"),
	.files =
	    FILES({"newsmall", "small", true}, {"newfresh", "fresh", false}),
	.leave = leave_names},
    {.name = "prompt",
	.args = ARGS("-v"),
	.files =
	    FILES({"newsmall", "small", true}, {"newfresh", "fresh", false}),
	.leave = leave_names,
	.prompts = true},
    {.name = "sums",
	.args = ARGS("-c", "sums"),
	.files =
	    FILES({"newsmall", "small", true}, {"newlarge", "large", false}),
	.leave = leave_sums,
	.is_long = true},
    {.name = "stdout", .args = ARGS("-o", "-", "small"), .files = NO_FILES},
};

const size_t scenarios_n = HARNESS_ROWS(scenarios);
