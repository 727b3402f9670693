/* Judges a fileget by its exit code, output, memory and files. */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "common/text.h"
#include "tests/attack/siege.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/sum.h"
#include "tests/harness/wait.h"

enum {
	SIEGE_CONNECTIONS = 1000,
	SIEGE_PEAK = HARNESS_SLOW ? 1024 * 1024 : 64 * 1024, /* KiB */
	SIEGE_ARGS = 16,
	SIEGE_BLOCKS = 64 * 1024, /* bytes lost to rounding up, on disk */
	SIEGE_DEPTH = 16,
	SIEGE_INTERRUPTED = 130,
};

/* Time of an endless way before it is interrupted; time limit of any other way,
 * on a slow machine too, and of its end after an interrupt. */
#define SIEGE_SPAN  CLOCK_SEC
#define SIEGE_LIMIT (60 * CLOCK_SEC)

/* Exit code after --timeout without a byte. */
#define STALLED LIES_BIT(6)

static const char old_text[] = "the older file";

const struct siege_way siege_ways[] = {
    {"fetch", .args = {"f"}},
    {"verbose", .args = {"-v", "f", "g"}},
    {"unverified", .args = {"--no-verify", "f"}, .is_blind = true},
    {"json", .args = {"--json", "f"}},
    {"tree", .args = {"-r", "t"}},
    {"hidden tree", .args = {"-r", "--hidden", "t"}},
    {"update", .args = {"-r", "-u", "-v", "t"}},
    {"list", .args = {"-l", "t"}, .is_exact = true, .is_listing = true},
    {"whole list", .args = {"-lr"}, .is_exact = true, .is_listing = true},
    {"list, json", .args = {"-lr", "--json"}, .is_listing = true},
    {"follow", .args = {"-f", "f"}, .codes = STALLED, .is_endless = true},
    {"last lines", .args = {"-f", "--lines", "2", "f"}, .codes = STALLED,
	.is_endless = true},
    {"several connections", .args = {"-j3", "f", "g", "h"}},
    {"pieces", .args = {"-j3", "f"}, .is_large = true},
    {"pieces, with a part", .args = {"-j3", "f"}, .is_large = true,
	.has_part = true},
    {"sums", .args = {"-c", "../../SUMS"}},
    {"pattern", .args = {"t/*"}, .codes = LIES_BIT(4), .is_listing = true},
    {"progress", .args = {"--progress", "plain", "f"}},
};

const size_t siege_ways_n = HARNESS_ROWS(siege_ways);

const struct siege_way *
siege_find_way(const char *row)
{
	size_t i;

	for (i = 0; i < siege_ways_n; i++)
		if (strcmp(siege_ways[i].row, row) == 0)
			return &siege_ways[i];
	ck_abort_msg("there is no way '%s'", row);
	return NULL;
}

/* The sum of what the truth is about f. */
void
siege_prepare(void)
{
	char hex[2 * SHA256_DIGEST_LENGTH + 1], line[sizeof(hex) + 8];
	char *bytes = malloc(TRUTH_SIZE);
	struct sum sum;
	size_t i;

	ck_assert_ptr_nonnull(bytes);
	for (i = 0; i < TRUTH_SIZE; i++)
		bytes[i] = (char)('a' + i % 26);
	ck_assert(truth_has(bytes, TRUTH_SIZE));
	sum_of(&sum, bytes, TRUTH_SIZE);
	free(bytes);
	text_hex(sum.bytes, SHA256_DIGEST_LENGTH, hex);
	snprintf(line, sizeof(line), "%s  f\n", hex);
	scratch_text("SUMS", line);
}

/* ---- the server --------------------------------------------------------- */

void
siege_play(struct fake *fake)
{
	const struct siege *siege = fake->argument;
	const struct lie *lie = siege->lie;
	uint64_t size = siege->way->is_large ? TRUTH_LARGE : TRUTH_SIZE;
	struct fake_asked asked;
	bool goes_on = true;

	fake->keeps_first = true;
	while (goes_on && fake_ask(fake, &asked)) {
		if ((lie->ops & LIES_BIT(asked.op)) == 0)
			goes_on = truth_tell(fake, &asked, size, NULL);
		else if (lie->tell != NULL)
			goes_on = lie->tell(fake, &asked, lie);
		else
			goes_on = truth_tell(fake, &asked, size, &lie->change);
	}
}

/* "fileget 127.0.0.1 PORT ...", in its folder. */
static void
start_client(struct siege *siege)
{
	const char *args[SIEGE_ARGS] = {"127.0.0.1"};
	const char *const *arg;
	char port[8], retry[16];
	size_t n = 1;

	snprintf(port, sizeof(port), "%u", siege->fake.port);
	snprintf(retry, sizeof(retry), "--retry=%u", siege->lie->tries);
	args[n++] = port;
	args[n++] = "--timeout=3";
	args[n++] = retry;
	for (arg = siege->way->args; *arg != NULL; arg++)
		args[n++] = *arg;
	program_start(&siege->client,
	    &(struct program_options){.path = harness_fileget,
		.args = args,
		.cwd = siege->folder});
}

/* Creates a part file of the true version, but with wrong bytes. */
static void
leave_part(const struct siege *siege)
{
	char name[128];

	snprintf(name, sizeof(name),
	    "%s/newf.00000000000000070000000000000001.map.part", siege->folder);
	scratch_text(name, "no map");
}

void
siege_begin(struct siege *siege, const struct lie *lie,
    const struct siege_way *way)
{
	static unsigned number;
	char name[64];

	siege->lie = lie;
	siege->way = way;
	siege->limit = SIEGE_LIMIT;
	siege->began = clock_now();
	verdict_begin(&siege->verdict);
	snprintf(siege->folder, sizeof(siege->folder), "here/%u", number++);
	scratch_mkdir(siege->folder);
	snprintf(name, sizeof(name), "%s/newf", siege->folder);
	scratch_text(name, old_text);
	if (way->has_part)
		leave_part(siege);
	fake_start(&siege->fake, SIEGE_CONNECTIONS, siege_play, siege);
	start_client(siege);
}

/* ---- what is left of it ------------------------------------------------- */

/* Findings below the folder: global, since nftw(3) passes no argument. */
static struct {
	struct siege *siege;
	uint64_t bytes;
	unsigned parts;
	unsigned fresh; /* files that are not the older one */
} found;

static bool
is_right(const char *path, const struct stat *stat)
{
	char bytes[4096];
	bool right = true;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (stat->st_size == (off_t)strlen(old_text))
		right = read(fd, bytes, sizeof(bytes)) == stat->st_size &&
		    memcmp(bytes, old_text, strlen(old_text)) == 0;
	else
		/* Multiples of the 26 letters that the file repeats. */
		while (right && (n = read(fd, bytes, 26 * 150)) > 0)
			right = truth_has(bytes, (size_t)n);
	close(fd);
	return right;
}

static bool
ends_with(const char *path, const char *end)
{
	size_t len = strlen(path), n = strlen(end);

	return len >= n && strcmp(path + len - n, end) == 0;
}

static int
see_found_file(const char *path, const struct stat *stat, int type,
    struct FTW *ftw)
{
	struct siege *siege = found.siege;
	struct verdict *verdict = &siege->verdict;
	const char *name = path + ftw->base;

	verdict_expect(verdict, type == FTW_F || type == FTW_D,
	    "%s is neither file nor folder", name);
	if (type != FTW_F)
		return 0;
	found.bytes += (uint64_t)stat->st_blocks * 512;
	if (ends_with(name, ".part")) {
		found.parts++;
		return 0;
	}
	verdict_expect(verdict, ftw->level > 1 || strncmp(name, "new", 3) == 0,
	    "%s is here", name);
	found.fresh += stat->st_size != (off_t)strlen(old_text);
	/* No other file has these lengths, so the contents must be complete. */
	verdict_expect(verdict,
	    stat->st_size == (off_t)strlen(old_text) ||
		stat->st_size == TRUTH_SIZE || stat->st_size == TRUTH_LARGE,
	    "%s has %lld bytes", name, (long long)stat->st_size);
	if (!siege->way->is_blind || !siege->lie->only_verified)
		verdict_expect(verdict, is_right(path, stat),
		    "%s has wrong bytes", name);
	return 0;
}

static void
judge_disk(struct siege *siege, int code)
{
	struct verdict *verdict = &siege->verdict;
	char path[SCRATCH_PATH];

	memset(&found, 0, sizeof(found));
	found.siege = siege;
	ck_assert_int_eq(nftw(scratch_path(path, siege->folder), see_found_file,
			     SIEGE_DEPTH, FTW_PHYS),
	    0);
	verdict_expect(verdict, found.bytes <= siege->fake.sent + SIEGE_BLOCKS,
	    "%llu bytes here of %llu that were sent",
	    (unsigned long long)found.bytes,
	    (unsigned long long)siege->fake.sent);
	/* A way that met no lie must do its work. */
	verdict_expect(verdict,
	    siege->lie->ops != 0 || siege->way->is_listing ||
		siege->way->is_endless || found.fresh > 0,
	    "nothing was fetched");
	/* Part files may stay only if a later run could resume from them. */
	verdict_expect(verdict,
	    found.parts <= siege->way->has_part || code == 6 || code == 7 ||
		code == SIEGE_INTERRUPTED,
	    "a part file after exit %d", code);
	verdict_expect(verdict,
	    scratch_count("outside") == 0 && scratch_count("served") == 0,
	    "something outside of its folder");
}

/* No control character but the newline, nor DEL or C1. */
static bool
is_harmless(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	for (; *at != '\0'; at++)
		if ((*at < ' ' && *at != '\n') || *at == 0x7f ||
		    (at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f))
			return false;
	return true;
}

static void
judge_siege(struct siege *siege, int code, bool interrupted)
{
	struct verdict *verdict = &siege->verdict;
	const struct lie *lie = siege->lie;
	unsigned codes = lie->codes | siege->way->codes | LIES_BIT(0) |
	    (lie->is_endless ? STALLED : 0);
	long peak =
	    siege->way->is_listing && lie->peak != 0 ? lie->peak : SIEGE_PEAK;

	if (HARNESS_SLOW)
		peak *= 4;
	verdict_expect(verdict, code >= 0, "signal %d", -code);
	verdict_expect(verdict,
	    interrupted ? code == SIEGE_INTERRUPTED :
			  code >= 0 && code < 32 &&
		    (codes & LIES_BIT((unsigned)code)) != 0,
	    "exit %d%s: %.120s", code, interrupted ? " when interrupted" : "",
	    program_err(&siege->client));
	verdict_expect(verdict, siege->client.peak <= peak, "%ld KiB of memory",
	    siege->client.peak);
	verdict_expect(verdict, is_harmless(program_err(&siege->client)),
	    "control characters on standard error");
	verdict_expect(verdict,
	    siege->way->is_exact || is_harmless(program_out(&siege->client)),
	    "control characters on standard output");
	judge_disk(siege, code);
}

/* Returns whether the client ended before the deadline. */
static bool
ends_by(const struct siege *siege, int64_t deadline)
{
	int64_t left = deadline - clock_now();

	return wait_ready(siege->client.pid_fd, POLLIN, left > 0 ? left : 0);
}

void
siege_end(struct siege *siege)
{
	struct verdict *verdict = &siege->verdict;
	bool is_endless = siege->lie->is_endless || siege->way->is_endless;
	const char *error;
	bool interrupted;
	int code;

	interrupted = !ends_by(siege,
	    siege->began + (is_endless ? SIEGE_SPAN : siege->limit));
	verdict_expect(verdict, is_endless || !interrupted, "it never ends");
	if (interrupted)
		program_signal(&siege->client, SIGINT);
	if (!ends_by(siege, clock_now() + SIEGE_LIMIT / 2)) {
		verdict_expect(verdict, false, "it cannot be interrupted");
		program_kill(&siege->client);
		code = -SIGKILL;
	} else {
		code = program_wait(&siege->client, WAIT_LIMIT);
	}
	error = fake_join(&siege->fake);
	verdict_expect(verdict, error[0] == '\0', "the server has seen %s",
	    error);
	judge_siege(siege, code, interrupted);
}
