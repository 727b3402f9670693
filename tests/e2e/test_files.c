/*
 * Contents: files of each size arrive complete, each range, and in the
 * requested version.
 */

#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/digest.h"
#include "common/stream.h"
#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

static const struct {
	const char *row;
	uint64_t size;
} sizes[] = {
    {"empty", 0},
    {"one byte", 1},
    {"small body - 1", 32 * 1024 - 1},
    {"small body", 32 * 1024},
    {"small body + 1", 32 * 1024 + 1},
    {"output buffer - 1", STREAM_OUT - 1},
    {"output buffer", STREAM_OUT},
    {"output buffer + 1", STREAM_OUT + 1},
    {"input buffer - 1", STREAM_IN - 1},
    {"input buffer", STREAM_IN},
    {"input buffer + 1", STREAM_IN + 1},
    {"piece of a digest - 1", 1024 * 1024 - 1},
    {"1 MiB", 1024 * 1024},
    {"piece of a digest + 1", 1024 * 1024 + 1},
    {"64 MiB", 64 * 1024 * 1024},
};

START_TEST(every_size_arrives)
{
	struct server server;
	char name[64];
	size_t i;
	int fd;

	server_start(&server, NULL);
	fd = wire_connect(server.port);
	for (i = 0; i < HARNESS_ROWS(sizes); i++) {
		snprintf(name, sizeof(name), "served/%s", sizes[i].row);
		scratch_fill(name, sizes[i].size, i);
		talk_expect_file(fd, sizes[i].row);
		talk_expect_range(fd, sizes[i].row, 0, PROTOCOL_TO_END);
	}
	close(fd);
	server_stop(&server);
}
END_TEST

/* Without the flag the digest is zero, and the other bytes are the same. */
START_TEST(fetch_without_a_digest)
{
	static const uint8_t zeros[PROTOCOL_DIGEST_SIZE];
	const uint64_t size = 100000;
	struct protocol_trailer trailer;
	struct sum got, wanted;
	struct server server;
	uint8_t bytes[PROTOCOL_ATTRIBUTES_SIZE];
	uint64_t length;
	int fd;

	scratch_fill("served/f", size, 1);
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	talk_ask_range(fd, PROTOCOL_OP_FETCH, 0, "f", 0, PROTOCOL_TO_END);
	ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
	ck_assert_uint_eq(length,
	    PROTOCOL_ATTRIBUTES_SIZE + size + PROTOCOL_TRAILER_SIZE);
	wire_read(fd, bytes, PROTOCOL_ATTRIBUTES_SIZE);
	wire_read_sum(fd, size, &got, NULL);
	sum_file(&wanted, "served/f", 0, size);
	sum_expect(&got, &wanted, "f");
	wire_read(fd, bytes, PROTOCOL_TRAILER_SIZE);
	ck_assert_int_eq(protocol_decode_trailer(bytes, &trailer), 0);
	ck_assert_int_eq(trailer.status, PROTOCOL_OK);
	ck_assert_uint_eq(trailer.size, size);
	ck_assert_mem_eq(trailer.digest, zeros, sizeof(zeros));
	close(fd);
	server_stop(&server);
}
END_TEST

/* Checks DIGEST of a range in the file. */
static void
expect_digest(int fd, const char *name, uint64_t offset, uint64_t count)
{
	uint8_t body[PROTOCOL_ATTRIBUTES_SIZE + PROTOCOL_DIGEST_SIZE];
	uint8_t wanted[PROTOCOL_DIGEST_SIZE];
	struct protocol_attributes attributes;
	char path[64], *bytes;
	uint64_t length;
	size_t size;

	talk_ask_range(fd, PROTOCOL_OP_DIGEST, 0, name, offset, count);
	ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
	ck_assert_uint_eq(length, sizeof(body));
	wire_read(fd, body, sizeof(body));
	ck_assert_int_eq(protocol_decode_attributes(body, &attributes), 0);
	snprintf(path, sizeof(path), "served/%s", name);
	bytes = scratch_read(path, &size);
	ck_assert_uint_eq(attributes.size, size);
	if (count > size - offset)
		count = size - offset;
	digest_of(bytes + offset, (size_t)count, wanted);
	free(bytes);
	ck_assert_mem_eq(body + PROTOCOL_ATTRIBUTES_SIZE, wanted,
	    sizeof(wanted));
}

enum {
	RANGE_FILE = 3 * 1024 * 1024 + 77
};

static const struct {
	const char *row;
	uint64_t offset;
	uint64_t count;
	enum protocol_status status;
} ranges[] = {
    {"nothing at the start", 0, 0, PROTOCOL_OK},
    {"the first byte", 0, 1, PROTOCOL_OK},
    {"small, inside", 1000, 1000, PROTOCOL_OK},
    {"large, inside", 1000, 2 * 1024 * 1024, PROTOCOL_OK},
    {"the last byte", RANGE_FILE - 1, 1, PROTOCOL_OK},
    {"to the end", 77, PROTOCOL_TO_END, PROTOCOL_OK},
    {"exactly all", 0, RANGE_FILE, PROTOCOL_OK},
    {"past the end by one", 1, RANGE_FILE, PROTOCOL_OK},
    {"a sum that overflows", 2, PROTOCOL_TO_END - 1, PROTOCOL_OK},
    {"nothing at the end", RANGE_FILE, 0, PROTOCOL_OK},
    {"from the end", RANGE_FILE, PROTOCOL_TO_END, PROTOCOL_OK},
    {"behind the end", RANGE_FILE + 1, 0, PROTOCOL_BAD_RANGE},
    {"the largest offset of a file", INT64_MAX, 1, PROTOCOL_BAD_RANGE},
    {"the largest offset", UINT64_MAX, PROTOCOL_TO_END, PROTOCOL_BAD_RANGE},
};

START_TEST(every_range_arrives)
{
	struct server server;
	size_t i;
	int fd;

	scratch_fill("served/f", RANGE_FILE, 2);
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	for (i = 0; i < HARNESS_ROWS(ranges); i++) {
		uint64_t offset = ranges[i].offset, count = ranges[i].count;

		if (ranges[i].status == PROTOCOL_OK) {
			talk_expect_range(fd, "f", offset, count);
			expect_digest(fd, "f", offset, count);
			continue;
		}
		talk_ask_range(fd, PROTOCOL_OP_FETCH, 0, "f", offset, count);
		talk_ask_range(fd, PROTOCOL_OP_DIGEST, 0, "f", offset, count);
		ck_assert_msg(talk_read_refusal(fd) == ranges[i].status &&
			talk_read_refusal(fd) == ranges[i].status,
		    "%s", ranges[i].row);
	}
	close(fd);
	server_stop(&server);
}
END_TEST

static struct protocol_token
token_of(int fd, const char *name)
{
	struct protocol_attributes attributes;

	talk_ask(fd, PROTOCOL_OP_STAT, name);
	talk_read_attributes(fd, &attributes);
	return attributes.token;
}

/* Returns the status of FETCH and DIGEST with a token, which must agree. */
static enum protocol_status
ask_version(int fd, const char *name, uint64_t id, uint64_t version)
{
	struct protocol_request request = {.op = PROTOCOL_OP_FETCH,
	    .token = {id, version},
	    .count = PROTOCOL_TO_END,
	    .name = (const uint8_t *)name,
	    .name_len = strlen(name)};
	enum protocol_status status;

	talk_send_request(fd, &request);
	status = talk_read_status(fd);
	request.op = PROTOCOL_OP_DIGEST;
	talk_send_request(fd, &request);
	ck_assert_int_eq(talk_read_status(fd), status);
	return status;
}

START_TEST(tokens)
{
	struct protocol_token token;
	struct server server;
	int fd;

	scratch_fill("served/f", 50000, 3);
	scratch_age("served/f");
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	token = token_of(fd, "f");
	ck_assert(token.id != 0 && token.version != 0);
#define EXPECT(id, version, status) \
	ck_assert_int_eq(ask_version(fd, "f", id, version), PROTOCOL_##status)
	EXPECT(0, 0, OK);
	EXPECT(token.id, 0, OK);
	EXPECT(token.id, token.version, OK);
	EXPECT(token.id, token.version ^ 1, CHANGED);
	EXPECT(token.id ^ 1, 0, CHANGED);
	EXPECT(token.id ^ 1, token.version, CHANGED);
	EXPECT(0, token.version, CHANGED);
	/* Overwritten in place: the same file in another state. */
	scratch_overwrite("served/f", 100, 100, 4);
	EXPECT(token.id, 0, OK);
	EXPECT(token.id, token.version, CHANGED);
	/* Replaced by another file. Use a new connection: the server may keep
	 * the old file for this one. */
	scratch_fill("served/new", 50000, 3);
	scratch_rename("served/new", "served/f");
	close(fd);
	fd = wire_connect(server.port);
	EXPECT(token.id, 0, CHANGED);
	EXPECT(0, 0, OK);
#undef EXPECT
	talk_expect_file(fd, "f");
	close(fd);
	server_stop(&server);
}
END_TEST

START_TEST(stat_matches_the_file_system)
{
	static const char *const names[] = {"f", "folder", "folder/g", "."};
	struct protocol_attributes attributes;
	struct server server;
	char path[64];
	struct stat st;
	size_t i;
	int fd;

	scratch_fill("served/f", 12345, 5);
	scratch_age("served/f");
	scratch_mkdir("served/folder");
	scratch_text("served/folder/g", "g");
	ck_assert_int_eq(fchmodat(scratch_fd(), "served/folder/g", 0751, 0), 0);
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	for (i = 0; i < HARNESS_ROWS(names); i++) {
		talk_ask(fd, PROTOCOL_OP_STAT, names[i]);
		talk_read_attributes(fd, &attributes);
		snprintf(path, sizeof(path), "served/%s", names[i]);
		ck_assert_int_eq(fstatat(scratch_fd(), path, &st, 0), 0);
		ck_assert_msg(attributes.size == (uint64_t)st.st_size &&
			attributes.mode == st.st_mode &&
			attributes.mtime_ns ==
			    st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
		    "%s", names[i]);
	}
	talk_ask(fd, PROTOCOL_OP_STAT, "missing");
	ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_NOT_FOUND);
	close(fd);
	server_stop(&server);
}
END_TEST

/* Sizes and offsets of more than 32 bits. */
START_TEST(four_gib_and_a_byte)
{
	const uint64_t big = UINT64_C(1) << 32;
	struct protocol_attributes attributes;
	struct server server;
	uint64_t length;
	int fd;

	scratch_sparse("served/big", big + 1);
	scratch_overwrite("served/big", big - 100, 101, 6);
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	talk_ask(fd, PROTOCOL_OP_STAT, "big");
	talk_read_attributes(fd, &attributes);
	ck_assert_uint_eq(attributes.size, big + 1);
	talk_expect_range(fd, "big", big, PROTOCOL_TO_END);
	talk_expect_range(fd, "big", big - 1, 1);
	talk_expect_range(fd, "big", big + 1, PROTOCOL_TO_END);
	talk_expect_range(fd, "big", big - 5000000, PROTOCOL_TO_END);
	talk_ask_range(fd, PROTOCOL_OP_FETCH, 0, "big", big + 2, 0);
	ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_BAD_RANGE);
	talk_ask(fd, PROTOCOL_OP_GET, "big");
	ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
	ck_assert_uint_eq(length, big + 1);
	wire_reset(fd);
	server_stop(&server);
}
END_TEST

/* Two names of a FIFO in the served folder, and one in a subfolder. */
static const char *const fifos[] = {"fifo", "link", "sub/fifo"};

/* Starts a process that blocks until a reader opens the FIFO, then exits. */
static pid_t
start_writer(const char *name)
{
	char path[SCRATCH_PATH];
	pid_t pid;

	scratch_path(path, name);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(open(path, O_WRONLY | O_CLOEXEC) < 0);
	return pid;
}

static bool
is_blocked(void *argument)
{
	const pid_t *pid = argument;
	char path[64], state = '?';
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)*pid);
	stat = fopen(path, "re");
	if (stat != NULL) {
		(void)!fscanf(stat, "%*d (%*[^)]) %c", &state);
		fclose(stat);
	}
	return state == 'S';
}

static bool
has_exited(void *argument)
{
	const pid_t *pid = argument;

	return waitpid(*pid, NULL, WNOHANG) == *pid;
}

/* Sends each op for each name, after a request for a file that is next to some
 * of them, in one batch. */
static void
ask_for_fifos(uint16_t port)
{
	static const enum protocol_op ops[] = {PROTOCOL_OP_GET,
	    PROTOCOL_OP_FETCH, PROTOCOL_OP_STAT, PROTOCOL_OP_LIST,
	    PROTOCOL_OP_DIGEST};
	int fd = wire_connect(port);
	uint8_t bytes[128];
	size_t i, k, len;

	for (i = 0; i < HARNESS_ROWS(ops); i++)
		for (k = 0; k < HARNESS_ROWS(fifos); k++) {
			len = talk_encode(bytes, PROTOCOL_OP_GET, "sub/ok");
			len += talk_encode(bytes + len, ops[i], fifos[k]);
			wire_send(fd, bytes, len);
			ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
			ck_assert_int_eq(talk_read_refusal(fd),
			    PROTOCOL_NOT_A_FILE);
		}
	talk_ask(fd, PROTOCOL_OP_LIST, ".");
	ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
	talk_expect_file(fd, "ok");
	close(fd);
}

/*
 * Regression: GET opened a FIFO to check its type. A writer that waited for a
 * reader continued and died of SIGPIPE. Opening a device can do more harm.
 */
START_TEST(other_file_types_are_not_opened)
{
	char path[SCRATCH_PATH];
	struct server server;
	pid_t writers[2];
	size_t i;
	int fd;

	scratch_text("served/ok", "fine");
	scratch_mkdir("served/sub");
	scratch_text("served/sub/ok", "fine");
	ck_assert_int_eq(mkfifoat(scratch_fd(), "served/fifo", 0644), 0);
	ck_assert_int_eq(mkfifoat(scratch_fd(), "served/sub/fifo", 0644), 0);
	scratch_symlink("fifo", "served/link");
	writers[0] = start_writer("served/fifo");
	writers[1] = start_writer("served/sub/fifo");
	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(writers); i++)
		ck_assert(wait_until(is_blocked, &writers[i], WAIT_LIMIT));
	ask_for_fifos(server.port);
	for (i = 0; i < HARNESS_ROWS(writers); i++)
		ck_assert(!has_exited(&writers[i]));
	/* Positive control: opening the FIFO wakes its writer. */
	for (i = 0; i < HARNESS_ROWS(writers); i++) {
		scratch_path(path, i == 0 ? "served/fifo" : "served/sub/fifo");
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		ck_assert_int_ge(fd, 0);
		ck_assert(wait_until(has_exited, &writers[i], WAIT_LIMIT));
		close(fd);
	}
	server_stop(&server);
}
END_TEST

/* Files with more or fewer bytes than their size: each op that sends their
 * bytes refuses them and gives the reason. */
static const struct {
	const char *folder, *name;
} pseudo[] = {
    {"/proc", "version"},
    {"/proc", "sys/kernel/ostype"},
    {"/sys", "kernel/uevent_seqnum"},
    {"/sys", "kernel/mm/transparent_hugepage/enabled"},
};

static void
expect_unsized(int fd, const char *name)
{
	static const enum protocol_op ops[] = {PROTOCOL_OP_GET,
	    PROTOCOL_OP_FETCH, PROTOCOL_OP_DIGEST};
	uint8_t bytes[128];
	size_t i;

	for (i = 0; i < HARNESS_ROWS(ops); i++) {
		wire_send(fd, bytes, talk_encode(bytes, ops[i], name));
		ck_assert_msg(talk_read_refusal(fd) == PROTOCOL_IO_ERROR,
		    "%s of %s", protocol_op_name((uint8_t)ops[i]), name);
	}
	talk_ask_range(fd, PROTOCOL_OP_FETCH, PROTOCOL_FETCH_DIGEST, name, 0,
	    PROTOCOL_TO_END);
	ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_IO_ERROR);
	talk_ask(fd, PROTOCOL_OP_STAT, name);
	ck_assert_int_eq(talk_read_status(fd), PROTOCOL_OK);
}

/* Regression: files of /proc arrived empty, with the digest of no bytes; those
 * of /sys were always CHANGED. */
START_TEST(wrong_sizes)
{
	char path[SCRATCH_PATH];
	struct server server;
	size_t i;
	int fd;

	for (i = 0; i < HARNESS_ROWS(pseudo); i++) {
		snprintf(path, sizeof(path), "%s/%s", pseudo[i].folder,
		    pseudo[i].name);
		if (access(path, R_OK) != 0) {
			harness_skip(path, "it is not there");
			continue;
		}
		server_start(&server,
		    (const char *const[]){"-d", pseudo[i].folder, NULL});
		fd = wire_connect(server.port);
		expect_unsized(fd, pseudo[i].name);
		close(fd);
		server_stop(&server);
	}
}
END_TEST

Suite *
files_suite(void)
{
	Suite *suite = suite_create("files");
	TCase *tcase;

	tcase = harness_case(suite, "contents", 60);
	tcase_add_test(tcase, every_size_arrives);
	tcase_add_test(tcase, fetch_without_a_digest);
	tcase_add_test(tcase, every_range_arrives);
	tcase_add_test(tcase, tokens);
	tcase_add_test(tcase, stat_matches_the_file_system);
	tcase_add_test(tcase, four_gib_and_a_byte);
	tcase_add_test(tcase, other_file_types_are_not_opened);
	tcase_add_test(tcase, wrong_sizes);
	return suite;
}
