/*
 * Files that change while they are sent: exactly the announced bytes arrive, or
 * a reset, and the trailer reports the change. To hold the transfer the client
 * reads only the header; the file is far larger than the socket buffers.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wire.h"

enum {
	CHANGING_SIZE = 24 * 1024 * 1024
};

static void
grow(void)
{
	scratch_overwrite("served/f", CHANGING_SIZE, 1000, 9);
}

static void
rewrite(void)
{
	scratch_overwrite("served/f", 0, CHANGING_SIZE, 9);
}

static void
rewrite_the_end(void)
{
	scratch_overwrite("served/f", CHANGING_SIZE - 1, 1, 9);
}

static void
replace(void)
{
	scratch_fill("served/new", 5000, 9);
	scratch_rename("served/new", "served/f");
}

static void delete (void)
{
	scratch_remove("served/f");
}

/* A changed ctime counts as a change, also if a link was added or removed. */
static void
rewrite_and_link(void)
{
	char from[SCRATCH_PATH], to[SCRATCH_PATH];

	rewrite();
	scratch_age("served/f");
	unlink(scratch_path(to, "served/link"));
	ck_assert_int_eq(link(scratch_path(from, "served/f"), to), 0);
}

static void
rewrite_and_delete(void)
{
	rewrite();
	scratch_age("served/f");
	scratch_remove("served/f");
}

static void
shrink_and_grow(void)
{
	scratch_sparse("served/f", 10);
	scratch_sparse("served/f", CHANGING_SIZE);
}

static void
shrink(void)
{
	scratch_sparse("served/f", 10);
}

static void
shrink_by_one(void)
{
	scratch_sparse("served/f", CHANGING_SIZE - 1);
}

static const struct {
	const char *row;
	void (*change)(void);
	bool same;     /* the received bytes are the original ones */
	bool changed;  /* the trailer is CHANGED */
	uint64_t size; /* in the trailer */
} kept[] = {
    {"grows", grow, true, true, CHANGING_SIZE + 1000},
    {"replaced by rename", replace, true, true, CHANGING_SIZE},
    {"deleted", delete, true, true, CHANGING_SIZE},
    {"rewritten in place", rewrite, false, true, CHANGING_SIZE},
    {"its last byte rewritten", rewrite_the_end, false, true, CHANGING_SIZE},
    {"rewritten, mtime put back, linked", rewrite_and_link, false, true,
	CHANGING_SIZE},
    {"rewritten, mtime put back, deleted", rewrite_and_delete, false, true,
	CHANGING_SIZE},
    {"shrinks and grows again", shrink_and_grow, false, true, CHANGING_SIZE},
};

/* Opens a connection and reads the header of a reply with this length. */
static int
hold_transfer(uint16_t port, enum protocol_op op, uint64_t *length)
{
	int fd = wire_connect_with(port,
	    &(struct wire_options){.receive_buffer = 16 * 1024});
	uint8_t attributes[PROTOCOL_ATTRIBUTES_SIZE];

	scratch_fill("served/f", CHANGING_SIZE, 1);
	scratch_age("served/f");
	if (op == PROTOCOL_OP_GET)
		talk_ask(fd, op, "f");
	else
		talk_ask_range(fd, op, PROTOCOL_FETCH_DIGEST, "f", 0,
		    PROTOCOL_TO_END);
	ck_assert_int_eq(talk_read_reply(fd, length), PROTOCOL_OK);
	if (op == PROTOCOL_OP_FETCH)
		wire_read(fd, attributes, sizeof(attributes));
	return fd;
}

/* Reads the rest of the reply and its trailer, then sends another request. */
static void
expect_kept(uint16_t port, enum protocol_op op, size_t row)
{
	struct protocol_trailer trailer;
	uint8_t tail[PROTOCOL_TRAILER_SIZE];
	struct sum got, before;
	uint64_t length;
	int fd;

	fd = hold_transfer(port, op, &length);
	ck_assert_uint_eq(length,
	    op == PROTOCOL_OP_GET ? CHANGING_SIZE :
				    CHANGING_SIZE + PROTOCOL_ATTRIBUTES_SIZE +
		    PROTOCOL_TRAILER_SIZE);
	sum_file(&before, "served/f", 0, CHANGING_SIZE);
	kept[row].change();
	wire_read_sum(fd, CHANGING_SIZE, &got, NULL);
	if (kept[row].same)
		sum_expect(&got, &before, kept[row].row);
	if (op == PROTOCOL_OP_FETCH) {
		wire_read(fd, tail, sizeof(tail));
		ck_assert_int_eq(protocol_decode_trailer(tail, &trailer), 0);
		ck_assert_msg((trailer.status == PROTOCOL_CHANGED) ==
			kept[row].changed,
		    "%s: %s", kept[row].row,
		    protocol_status_name(trailer.status));
		ck_assert_msg(trailer.size == kept[row].size, "%s: %llu",
		    kept[row].row, (unsigned long long)trailer.size);
	}
	talk_expect_file(fd, "ok");
	close(fd);
}

START_TEST(exactly_what_was_announced)
{
	struct server server;
	size_t i;

	scratch_text("served/ok", "fine");
	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(kept); i++) {
		expect_kept(server.port, PROTOCOL_OP_GET, i);
		expect_kept(server.port, PROTOCOL_OP_FETCH, i);
	}
	server_stop(&server);
}
END_TEST

static const struct {
	const char *row;
	void (*change)(void);
} cut[] = {
    {"shrinks to almost nothing", shrink},
    {"shrinks by a byte", shrink_by_one},
};

static void
expect_reset(uint16_t port, enum protocol_op op, size_t row)
{
	uint64_t length, got;
	enum wire_end end;
	int fd;

	fd = hold_transfer(port, op, &length);
	cut[row].change();
	end = wire_drain(fd, &got);
	ck_assert_msg(end == WIRE_RESET, "%s: an orderly end", cut[row].row);
	ck_assert_msg(got < length, "%s: %llu bytes", cut[row].row,
	    (unsigned long long)got);
	close(fd);
}

/* The server neither fills up the body nor sends less and continues. */
START_TEST(a_file_that_shrinks_is_a_reset)
{
	struct server server;
	size_t i;
	int fd;

	scratch_text("served/ok", "fine");
	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(cut); i++) {
		expect_reset(server.port, PROTOCOL_OP_GET, i);
		expect_reset(server.port, PROTOCOL_OP_FETCH, i);
	}
	fd = wire_connect(server.port);
	talk_expect_file(fd, "ok");
	close(fd);
	server_stop(&server);
}
END_TEST

Suite *
changing_suite(void)
{
	Suite *suite = suite_create("changing");
	TCase *tcase;

	tcase = harness_case(suite, "changing", 60);
	tcase_add_test(tcase, exactly_what_was_announced);
	tcase_add_test(tcase, a_file_that_shrinks_is_a_reset);
	return suite;
}
