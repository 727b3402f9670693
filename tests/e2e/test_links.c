/*
 * Symbolic links: followed inside the served folder and never out of it, even
 * if a component becomes a link during a look-up.
 */

#include <sys/mman.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/syscalls.h"
#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

#define SECRET	"what lies outside"
#define ALLOWED "what lies inside"

/* Returns whether a plain open(2) below "served" reads the secret. */
static bool
naive_leaks(const char *name)
{
	char path[256], text[64] = "";
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "served/%s", name);
	fd = openat(scratch_fd(), path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n > 0 && strcmp(text, SECRET) == 0;
}

static const struct {
	const char *name;
	const char *target; /* NULL: not a link */
	enum protocol_status status;
	enum protocol_status without_links;
	bool leaks; /* open(2) leaks the secret (positive control) */
} links[] = {
    {"file", NULL, PROTOCOL_OK, PROTOCOL_OK, false},
    {"folder/f", NULL, PROTOCOL_OK, PROTOCOL_OK, false},
    {"inside", "file", PROTOCOL_OK, PROTOCOL_DENIED, false},
    {"twice", "inside", PROTOCOL_OK, PROTOCOL_DENIED, false},
    {"folder/up", "../file", PROTOCOL_OK, PROTOCOL_DENIED, false},
    {"way", "folder", PROTOCOL_NOT_A_FILE, PROTOCOL_DENIED, false},
    {"way/f", NULL, PROTOCOL_OK, PROTOCOL_DENIED, false},
    {"dangling", "missing", PROTOCOL_NOT_FOUND, PROTOCOL_DENIED, false},
    {"circle", "circle", PROTOCOL_DENIED, PROTOCOL_DENIED, false},
    {"out", "../outside/secret", PROTOCOL_DENIED, PROTOCOL_DENIED, true},
    {"folder/out", "../../outside/secret", PROTOCOL_DENIED, PROTOCOL_DENIED,
	true},
    {"way-out", "../outside", PROTOCOL_DENIED, PROTOCOL_DENIED, false},
    {"way-out/secret", NULL, PROTOCOL_DENIED, PROTOCOL_DENIED, true},
    {"out-twice", "out", PROTOCOL_DENIED, PROTOCOL_DENIED, true},
    {"out-and-in", "../served/file", PROTOCOL_DENIED, PROTOCOL_DENIED, false},
    {"absolute", "/etc/passwd", PROTOCOL_DENIED, PROTOCOL_DENIED, false},
    {"magic", "/proc/self/root/etc/passwd", PROTOCOL_DENIED, PROTOCOL_DENIED,
	false},
};

static void
expect_links(const char *const *options, bool without)
{
	enum protocol_status got, wanted;
	struct server server;
	size_t i;

	server_start(&server, options);
	for (i = 0; i < HARNESS_ROWS(links); i++) {
		wanted = without ? links[i].without_links : links[i].status;
		got = talk_status_of(server.port, PROTOCOL_OP_GET,
		    links[i].name, strlen(links[i].name));
		ck_assert_msg(got == wanted, "%s: %s, not %s", links[i].name,
		    protocol_status_name(got), protocol_status_name(wanted));
		got = talk_status_of(server.port, PROTOCOL_OP_STAT,
		    links[i].name, strlen(links[i].name));
		if (wanted == PROTOCOL_DENIED)
			ck_assert_msg(got == PROTOCOL_DENIED, "STAT of %s: %s",
			    links[i].name, protocol_status_name(got));
	}
	server_stop(&server);
}

START_TEST(links_inside_and_out)
{
	static const char *const no_links[] = {"--no-links", NULL};
	char path[64];
	size_t i;

	scratch_text("outside/secret", SECRET);
	scratch_text("served/file", ALLOWED);
	scratch_mkdir("served/folder");
	scratch_text("served/folder/f", ALLOWED);
	for (i = 0; i < HARNESS_ROWS(links); i++) {
		snprintf(path, sizeof(path), "served/%s", links[i].name);
		if (links[i].target != NULL)
			scratch_symlink(links[i].target, path);
	}
	for (i = 0; i < HARNESS_ROWS(links); i++)
		ck_assert_msg(naive_leaks(links[i].name) == links[i].leaks,
		    "control: %s", links[i].name);
	expect_links(NULL, false);
	expect_links(no_links, true);
}
END_TEST

/* Starts a child that swaps two names until it is killed, and counts in shared
 * memory. */
static pid_t
start_swapping(const char *a, const char *b, atomic_uint *swaps)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	while (pid == 0) {
		if (syscalls_renameat2(scratch_fd(), a, scratch_fd(), b,
			RENAME_EXCHANGE) != 0)
			_exit(1);
		atomic_fetch_add(swaps, 1);
	}
	return pid;
}

enum {
	SWAP_BATCH = 64,
	SWAP_REQUESTS = 8192,
	SWAP_SWAPS = 4096
};

struct swap_counts {
	unsigned inside;
	unsigned denied;
	unsigned leaks; /* leaks by open(2) (positive control) */
};

/* Sends a batch of requests for the name, and calls open(2) once for each. */
static void
ask_while_swapping(int fd, const char *name, struct swap_counts *counts)
{
	enum protocol_status status;
	char body[PROTOCOL_MESSAGE_MAX];
	uint64_t length;
	int i;

	for (i = 0; i < SWAP_BATCH; i++)
		talk_ask(fd, PROTOCOL_OP_GET, name);
	for (i = 0; i < SWAP_BATCH; i++) {
		status = talk_read_reply(fd, &length);
		ck_assert_uint_le(length, sizeof(body));
		wire_read(fd, body, (size_t)length);
		counts->leaks += naive_leaks(name);
		if (status == PROTOCOL_OK) {
			ck_assert_uint_eq(length, strlen(ALLOWED));
			ck_assert_mem_eq(body, ALLOWED, length);
			counts->inside++;
			continue;
		}
		ck_assert_msg(status == PROTOCOL_DENIED, "%s",
		    protocol_status_name(status));
		counts->denied++;
	}
}

/* Regression: a check before the open can be raced. */
static void
swap_while_asking(const char *name, const char *good, const char *bad)
{
	struct swap_counts counts = {0};
	int64_t deadline = clock_now() + WAIT_LIMIT;
	struct server server;
	atomic_uint *swaps;
	unsigned asked = 0;
	pid_t swapping;
	int fd;

	swaps = mmap(NULL, sizeof(*swaps), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(swaps != MAP_FAILED);
	server_start(&server, (const char *const[]){"-q", NULL});
	fd = wire_connect(server.port);
	swapping = start_swapping(good, bad, swaps);
	do {
		ask_while_swapping(fd, name, &counts);
		asked += SWAP_BATCH;
		ck_assert(clock_now() < deadline);
	} while (asked < SWAP_REQUESTS || atomic_load(swaps) < SWAP_SWAPS ||
	    counts.inside == 0 || counts.denied == 0 || counts.leaks == 0);
	kill(swapping, SIGKILL);
	ck_assert_int_eq(waitpid(swapping, NULL, 0), swapping);
	close(fd);
	server_stop(&server);
	munmap(swaps, sizeof(*swaps));
}

START_TEST(a_file_swapped_for_a_link)
{
	scratch_text("outside/secret", SECRET);
	scratch_text("served/f", ALLOWED);
	scratch_symlink("../outside/secret", "served/link");
	swap_while_asking("f", "served/f", "served/link");
}
END_TEST

START_TEST(a_folder_swapped_for_a_link)
{
	char path[SCRATCH_PATH];

	scratch_text("outside/f", SECRET);
	scratch_mkdir("served/a");
	scratch_mkdir("served/a/b");
	scratch_text("served/a/b/f", ALLOWED);
	scratch_symlink(scratch_path(path, "outside"), "served/a/link");
	swap_while_asking("a/b/f", "served/a/b", "served/a/link");
}
END_TEST

Suite *
links_suite(void)
{
	Suite *suite = suite_create("links");
	TCase *tcase;

	tcase = harness_case(suite, "links", 60);
	tcase_add_test(tcase, links_inside_and_out);
	tcase_add_test(tcase, a_file_swapped_for_a_link);
	tcase_add_test(tcase, a_folder_swapped_for_a_link);
	return suite;
}
