/*
 * DIGEST, which costs much and sends little: however many clients ask at once,
 * at most as many threads work as there are cores, each gets its turn, and no
 * digest mixes two versions of a file. The large files are sparse: reading a
 * TiB takes longer than any test, and occupies no disk.
 */

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/digest.h"
#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/watch.h"
#include "tests/harness/wire.h"

#define DIGESTS_HUGE (UINT64_C(1) << 40) /* bytes */

enum {
	DIGESTS_ASKED = 20, /* requests in addition to the number of cores */
	DIGESTS_CORES = 64, /* maximum number of cores considered */
	DIGESTS_CPU = 2000, /* ms of CPU time to watch */
	DIGESTS_FILE = 100 * 1000,
	/* Bytes; it takes many turns, and under a sanitizer four times as long.
	 */
	DIGESTS_TURNS = (HARNESS_NO_SANDBOX ? 150 : 600) * 1024 * 1024,
};

static unsigned
count_cores(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	ck_assert_int_gt(cores, 0);
	return cores > DIGESTS_CORES ? DIGESTS_CORES : (unsigned)cores;
}

/* Sends each request on a connection of its own; end_huge ends these. */
static void
ask_huge(const struct server *server, int *fds, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		fds[i] = wire_connect(server->port);
		talk_ask_range(fds[i], PROTOCOL_OP_DIGEST, 0, "huge", 0,
		    PROTOCOL_TO_END);
	}
}

/* Expects that no request was answered, and closes all connections. */
static void
end_huge(const int *fds, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		ck_assert_msg(!wait_ready(fds[i], POLLIN, 0),
		    "a TiB was digested in no time");
		wire_reset(fds[i]);
	}
}

static void
start(struct server *server)
{
	scratch_sparse("served/huge", DIGESTS_HUGE);
	scratch_fill("served/f", DIGESTS_FILE, 1);
	scratch_text("served/ok", "fine");
	server_start(server, NULL);
}

/* Receives the reply to DIGEST of the whole file "f". */
static void
expect_digest(int fd)
{
	uint8_t body[PROTOCOL_ATTRIBUTES_SIZE + PROTOCOL_DIGEST_SIZE],
	    value[16];
	struct protocol_attributes attributes;
	uint64_t length;
	size_t len;
	char *bytes;

	talk_ask_range(fd, PROTOCOL_OP_DIGEST, 0, "f", 0, PROTOCOL_TO_END);
	ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
	ck_assert_uint_eq(length, sizeof(body));
	wire_read(fd, body, sizeof(body));
	ck_assert_int_eq(protocol_decode_attributes(body, &attributes), 0);
	ck_assert_uint_eq(attributes.size, DIGESTS_FILE);
	bytes = scratch_read("served/f", &len);
	ck_assert_ptr_nonnull(bytes);
	digest_of(bytes, len, value);
	ck_assert_mem_eq(body + PROTOCOL_ATTRIBUTES_SIZE, value, sizeof(value));
	free(bytes);
}

static bool
has_used_cpu(void *argument)
{
	struct watch *watch = argument;

	(void)watch_sample(watch);
	return server_cpu_ms(watch->server) >= DIGESTS_CPU;
}

/* At most as many threads work as there are cores. A thread that passes its
 * turn on may run for a moment besides the next one: therefore the median
 * counts, and one more for the listener. */
START_TEST(digests_take_turns)
{
	const unsigned cores = count_cores();
	const unsigned n = cores + DIGESTS_ASKED;
	int fds[DIGESTS_CORES + DIGESTS_ASKED], fd;
	unsigned descriptors;
	struct server server;
	struct watch watch = {.server = &server};

	start(&server);
	descriptors = server_descriptors(&server);
	ask_huge(&server, fds, n);
	/* Other requests are served meanwhile. */
	fd = wire_connect(server.port);
	talk_expect_file(fd, "ok");
	ck_assert(wait_until(has_used_cpu, &watch, WAIT_LIMIT));
	ck_assert_msg(watch_median(&watch) <= cores + 1,
	    "%u threads at work on %u cores", watch_median(&watch), cores);
	talk_expect_file(fd, "ok");
	end_huge(fds, n);
	close(fd);
	ck_assert_msg(server_await_descriptors(&server, descriptors),
	    "digests go on for clients that have left");
	server_stop(&server);
}
END_TEST

struct workforce {
	const struct server *server;
	unsigned n;
};

static bool
is_at_work(void *argument)
{
	const struct workforce *workforce = argument;

	return server_worked(workforce->server, 10) >= workforce->n;
}

/* Waits until this many threads have done part of the work. */
static void
await_work(const struct server *server, unsigned n)
{
	struct workforce workforce = {server, n};

	ck_assert_msg(wait_until(is_at_work, &workforce, WAIT_LIMIT),
	    "%u of %u threads had a turn", server_worked(server, 10), n);
}

/* Regression: a DIGEST kept its turn to the end of its file, so a small file's
 * digest waited until a TiB was read. */
START_TEST(a_small_digest_beside_huge_ones)
{
	const unsigned n = count_cores() + DIGESTS_ASKED;
	int fds[DIGESTS_CORES + DIGESTS_ASKED], fd, i;
	struct server server;

	start(&server);
	ask_huge(&server, fds, n);
	fd = wire_connect(server.port);
	for (i = 0; i < 3; i++)
		expect_digest(fd);
	/* Each huge one makes progress too. */
	await_work(&server, n);
	end_huge(fds, n);
	close(fd);
	server_stop(&server);
}
END_TEST

static void
rewrite_a_byte(void)
{
	scratch_overwrite("served/turns", DIGESTS_TURNS / 2, 1, 7);
}

static void
rewrite_the_last_byte(void)
{
	scratch_overwrite("served/turns", DIGESTS_TURNS - 1, 1, 7);
}

static void
shrink(void)
{
	scratch_sparse("served/turns", 10);
}

static void
grow(void)
{
	scratch_sparse("served/turns", DIGESTS_TURNS + 10);
}

static void
leave_alone(void)
{
}

/* The forms of a token in a request. */
enum form {
	FORM_NONE,
	FORM_ID,
	FORM_FULL,
};

static const struct {
	const char *row;
	void (*change)(void);
	enum form form;
	enum protocol_status status;
} changes[] = {
    {"a byte is rewritten", rewrite_a_byte, FORM_FULL, PROTOCOL_CHANGED},
    {"the last byte is rewritten", rewrite_the_last_byte, FORM_FULL,
	PROTOCOL_CHANGED},
    {"it shrinks", shrink, FORM_FULL, PROTOCOL_CHANGED},
    {"it grows", grow, FORM_FULL, PROTOCOL_CHANGED},
    {"it is left alone", leave_alone, FORM_FULL, PROTOCOL_OK},
    {"any state, the last byte is rewritten", rewrite_the_last_byte, FORM_NONE,
	PROTOCOL_OK},
    {"any state, it shrinks", shrink, FORM_NONE, PROTOCOL_CHANGED},
    {"this file, a byte is rewritten", rewrite_a_byte, FORM_ID, PROTOCOL_OK},
    {"this file, it shrinks", shrink, FORM_ID, PROTOCOL_CHANGED},
    {"this file, it grows", grow, FORM_ID, PROTOCOL_OK},
};

static void
ask_digest(int fd, const char *name, enum form form)
{
	struct protocol_request request = {.op = PROTOCOL_OP_DIGEST,
	    .count = PROTOCOL_TO_END,
	    .name = (const uint8_t *)name,
	    .name_len = strlen(name)};
	struct protocol_attributes attributes;

	talk_ask(fd, PROTOCOL_OP_STAT, name);
	talk_read_attributes(fd, &attributes);
	if (form != FORM_NONE)
		request.token.id = attributes.token.id;
	if (form == FORM_FULL)
		request.token.version = attributes.token.version;
	talk_send_request(fd, &request);
}

/* A digest over two versions of a file would prove a part file that matches
 * neither, so DIGEST of one version must fail. Other DIGESTs make it wait for
 * each turn; once its thread has used CPU time, its first turn is over. */
START_TEST(a_file_that_changes_while_it_is_digested)
{
	const unsigned n = count_cores() + DIGESTS_ASKED;
	int fds[DIGESTS_CORES + DIGESTS_ASKED], fd;
	enum protocol_status status;
	struct server server;

	start(&server);
	scratch_sparse("served/turns", DIGESTS_TURNS);
	scratch_age("served/turns");
	ask_huge(&server, fds, n);
	fd = wire_connect(server.port);
	ask_digest(fd, "turns", changes[_i].form);
	await_work(&server, n + 1);
	changes[_i].change();
	status = talk_read_status(fd);
	ck_assert_msg(status == changes[_i].status, "%s: %s", changes[_i].row,
	    protocol_status_name(status));
	/* The connection stays usable. */
	talk_expect_file(fd, "ok");
	end_huge(fds, n);
	close(fd);
	server_stop(&server);
}
END_TEST

Suite *
digests_suite(void)
{
	Suite *suite = suite_create("digests");
	TCase *tcase;

	tcase = harness_case(suite, "digests", 120);
	tcase_add_test(tcase, digests_take_turns);
	tcase_add_test(tcase, a_small_digest_beside_huge_ones);
	tcase_add_loop_test(tcase, a_file_that_changes_while_it_is_digested, 0,
	    HARNESS_ROWS(changes));
	return suite;
}
