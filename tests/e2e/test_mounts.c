/*
 * The served folder is a mount of another file system: FUSE here, NFS
 * elsewhere. Its cached attributes are out of date, or its server does not
 * answer. Skipped without bindfs or the right to mount.
 */

#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/apart.h"
#include "tests/harness/harness.h"
#include "tests/harness/pages.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

enum {
	MOUNTS_SIZE = 24 * 1024 * 1024 /* far more than sockets hold */
};

static struct program daemon_of_mount;
static struct server server;

static bool
is_mounted(void *argument)
{
	struct stat above, there;

	(void)argument;
	return program_ended(&daemon_of_mount) ||
	    (fstatat(scratch_fd(), "served", &above, 0) == 0 &&
		fstatat(scratch_fd(), "served/m", &there, 0) == 0 &&
		above.st_dev != there.st_dev);
}

/* Mounts "below" as "served/m" by a daemon whose attributes may be cached for
 * an hour. Returns false, with a message, if that is impossible. */
static bool
mount_cached(const char *test)
{
	static const char *const paths[] = {"/usr/bin/bindfs",
	    "/usr/local/bin/bindfs"};
	char from[SCRATCH_PATH], to[SCRATCH_PATH];
	const char *const args[] = {"-f", "-o",
	    "attr_timeout=3600,entry_timeout=3600,negative_timeout=3600",
	    scratch_path(from, "below"), scratch_path(to, "served/m"), NULL};
	struct program_options options = {.args = args};
	size_t i;

	for (i = 0; i < HARNESS_ROWS(paths) && options.path == NULL; i++)
		if (access(paths[i], X_OK) == 0)
			options.path = paths[i];
	if (options.path == NULL || geteuid() != 0 ||
	    access("/dev/fuse", R_OK | W_OK) != 0) {
		harness_skip(test, "no bindfs, no /dev/fuse, or not root");
		return false;
	}
	scratch_mkdir("served/m");
	program_start(&daemon_of_mount, &options);
	ck_assert(wait_until(is_mounted, NULL, WAIT_LIMIT));
	if (!program_ended(&daemon_of_mount))
		return true;
	harness_skip(test, program_err(&daemon_of_mount));
	return false;
}

static void
unmount(void)
{
	char path[SCRATCH_PATH];

	ck_assert_int_eq(umount2(scratch_path(path, "served/m"), MNT_DETACH),
	    0);
	if (daemon_of_mount.pid > 0)
		(void)program_wait(&daemon_of_mount, WAIT_LIMIT);
}

/* Returns the size from stat(2), which may be cached. */
static off_t
cached_size(const char *name)
{
	struct stat stat;

	ck_assert_int_eq(fstatat(scratch_fd(), name, &stat, 0), 0);
	return stat.st_size;
}

static uint64_t
size_of(int fd, const char *name)
{
	struct protocol_attributes attributes;

	talk_ask(fd, PROTOCOL_OP_STAT, name);
	talk_read_attributes(fd, &attributes);
	return attributes.size;
}

/* Regression: state and size came from the mount's cache, and appended bytes
 * were cut off. */
START_TEST(states_are_not_from_a_cache)
{
	struct sum got, wanted;
	uint64_t length;
	int fd;

	scratch_mkdir("below");
	scratch_fill("below/f", 1000, 1);
	if (!mount_cached("states_are_not_from_a_cache"))
		return;
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	ck_assert_uint_eq(size_of(fd, "m/f"), 1000);
	ck_assert_int_eq(cached_size("served/m/f"), 1000);
	scratch_fill("below/f", 2000, 2);
	ck_assert_int_eq(cached_size("served/m/f"), 1000);
	sum_file(&wanted, "below/f", 0, UINT64_MAX);
	talk_ask(fd, PROTOCOL_OP_GET, "m/f");
	ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
	ck_assert_uint_eq(length, 2000);
	wire_read_sum(fd, length, &got, NULL);
	sum_expect(&got, &wanted, "appended");
	scratch_fill("below/f", 3000, 3);
	ck_assert_uint_eq(size_of(fd, "m/f"), 3000);
	close(fd);
	server_stop(&server);
	unmount();
}
END_TEST

static enum protocol_status
rewrite_while_sent(int fd)
{
	struct protocol_trailer trailer;
	uint8_t tail[PROTOCOL_TRAILER_SIZE];
	struct sum sum;
	uint64_t length;

	talk_ask_range(fd, PROTOCOL_OP_FETCH, PROTOCOL_FETCH_DIGEST, "m/f", 0,
	    PROTOCOL_TO_END);
	ck_assert_int_eq(talk_read_reply(fd, &length), PROTOCOL_OK);
	scratch_overwrite("below/f", MOUNTS_SIZE - 100, 100, 9);
	wire_read_sum(fd, length - PROTOCOL_TRAILER_SIZE, &sum, NULL);
	wire_read(fd, tail, sizeof(tail));
	ck_assert_int_eq(protocol_decode_trailer(tail, &trailer), 0);
	return trailer.status;
}

/* A change is seen whatever the cache says. */
START_TEST(changes_are_not_from_a_cache)
{
	int fd;

	scratch_mkdir("below");
	scratch_fill("below/f", MOUNTS_SIZE, 1);
	scratch_age("below/f");
	if (!mount_cached("changes_are_not_from_a_cache"))
		return;
	server_start(&server, NULL);
	fd = wire_connect_with(server.port,
	    &(struct wire_options){.receive_buffer = 16 * 1024});
	ck_assert_int_eq(rewrite_while_sent(fd), PROTOCOL_CHANGED);
	close(fd);
	server_stop(&server);
	unmount();
}
END_TEST

/* If the daemon of a mount below the folder is gone, requests for what is there
 * fail with the reason, and may succeed later. */
START_TEST(a_mount_that_is_dead)
{
	struct pages pages;
	int fd;

	scratch_mkdir("below");
	scratch_text("below/f", "fine");
	scratch_text("served/ok", "fine");
	if (!mount_cached("a_mount_that_is_dead"))
		return;
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	program_kill(&daemon_of_mount);
	pages_read_all(&pages, fd, ".");
	ck_assert_uint_eq(pages.n, 2);
	pages_free(&pages);
	talk_ask(fd, PROTOCOL_OP_STAT, "m");
	ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_BUSY);
	talk_ask(fd, PROTOCOL_OP_GET, "m/f");
	ck_assert_int_eq(talk_read_refusal(fd), PROTOCOL_BUSY);
	talk_expect_file(fd, "ok");
	close(fd);
	server_stop(&server);
	unmount();
}
END_TEST

/* ---- sizes that are not true --------------------------------------------- */

/* A FUSE file system (linux/fuse.h) whose files have other contents than their
 * size says. It uses direct I/O, so that the kernel does not cut reads. */
static const char liar[] =
    "import ctypes, os, struct, sys, time\n"
    "fd = os.open('/dev/fuse', os.O_RDWR)\n"
    "options = 'fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other' % fd\n"
    "libc = ctypes.CDLL(None, use_errno=True)\n"
    "if libc.mount(b'liar', sys.argv[1].encode(), b'fuse', 0,\n"
    "              options.encode()):\n"
    "    sys.exit(os.strerror(ctypes.get_errno()))\n"
    "files = {2: (b'honest', 300000, 300000), 3: (b'empty', 0, 0),\n"
    "         4: (b'zero', 0, 50), 5: (b'long', 100, 200),\n"
    "         6: (b'longer', 100000, 200000), 7: (b'short', 1000, 500),\n"
    "         8: (b'shorter', 1 << 20, 500000)}\n"
    "if len(sys.argv) > 2:\n"
    "    files = {n + 2: (b'f%d' % n, 9, 9) for n in range(int(sys.argv[2]))}\n"
    "def attributes(node):\n"
    "    mode, size = (0o100644, files[node][1]) if node > 1 else (0o40755, "
    "0)\n"
    "    return struct.pack('<6Q10I', node, size, 0, 9, 9, 9, 0, 0, 0,\n"
    "                       mode, 1, 0, 0, 0, 4096, 0)\n"
    "while True:\n"
    "    try:\n"
    "        asked = os.read(fd, 1 << 18)\n"
    "    except OSError as e:\n"
    "        if e.errno == 19:\n"
    "            break\n"
    "        continue\n"
    "    op, unique, node = struct.unpack('<4xIQQ', asked[:24])\n"
    "    rest, error, reply = asked[40:], 0, b''\n"
    "    if op in (2, 42):  # forgotten\n"
    "        continue\n"
    "    if op == 26:  # the beginning\n"
    "        reply = struct.pack('<4I2H2I2H8I', 7, 31, 65536, 0, 12, 10,\n"
    "                            65536, 1, 0, 0, *[0] * 8)\n"
    "    elif op == 1:  # a name\n"
    "        name = rest.rstrip(b'\\0')\n"
    "        time.sleep(0.05 * (len(sys.argv) > 2))\n"
    "        found = [n for n in files if files[n][0] == name]\n"
    "        error = 0 if found else -2\n"
    "        if found:\n"
    "            reply = struct.pack('<4Q2I', found[0], 0, 0, 0, 0, 0)\n"
    "            reply += attributes(found[0])\n"
    "    elif op == 3:  # a state\n"
    "        reply = struct.pack('<QII', 0, 0, 0) + attributes(node)\n"
    "    elif op in (14, 27):  # an opening\n"
    "        reply = struct.pack('<QII', 1, 1, 0)\n"
    "    elif op == 15:  # bytes\n"
    "        offset, size = struct.unpack('<8xQI', rest[:20])\n"
    "        reply = bytes(max(0, min(size, files[node][2] - offset)))\n"
    "    elif op == 28:  # entries\n"
    "        offset, size = struct.unpack('<8xQI', rest[:20])\n"
    "        for n in sorted(files)[offset:]:\n"
    "            entry = struct.pack('<QQII', n, n - 1, len(files[n][0]), 8)\n"
    "            entry += files[n][0]\n"
    "            entry += bytes(-len(entry) % 8)\n"
    "            if len(reply) + len(entry) > size:\n"
    "                break\n"
    "            reply += entry\n"
    "    elif op not in (18, 25, 29):\n"
    "        error = -38\n"
    "    os.write(fd, struct.pack('<IiQ', 16 + len(reply), error, unique) +\n"
    "             reply)\n";

static const struct {
	const char *name;
	uint64_t size;
	bool is_true;
} sizes[] = {
    {"m/honest", 300000, true},
    {"m/empty", 0, true},
    {"m/zero", 0, false},
    {"m/long", 100, false},
    {"m/longer", 100000, false},
    {"m/short", 1000, false},
    {"m/shorter", 1 << 20, false},
};

/* Starts it. slow: NULL, or the number of files whose look-up takes 50 ms each.
 */
static bool
mount_liar(const char *slow)
{
	char to[SCRATCH_PATH];
	const char *const args[] = {"-c", liar, scratch_path(to, "served/m"),
	    slow, NULL};
	struct program_options options = {.path = "/usr/bin/python3",
	    .args = args};

	if (access(options.path, X_OK) != 0 || geteuid() != 0 ||
	    access("/dev/fuse", R_OK | W_OK) != 0) {
		harness_skip("a file system made here",
		    "no python3, no /dev/fuse, or not root");
		return false;
	}
	scratch_mkdir("served/m");
	program_start(&daemon_of_mount, &options);
	ck_assert(wait_until(is_mounted, NULL, WAIT_LIMIT));
	ck_assert_msg(!program_ended(&daemon_of_mount), "%s",
	    program_err(&daemon_of_mount));
	return true;
}

/* Fetches by each op that sends or digests bytes, and from an offset as after a
 * break. */
static void
expect_size(int fd, size_t row)
{
	static const enum protocol_op ops[] = {PROTOCOL_OP_GET,
	    PROTOCOL_OP_FETCH, PROTOCOL_OP_DIGEST};
	/* This reply breaks off at the end of the contents, where the client
	 * resumes and learns why. */
	bool breaks_off = strcmp(sizes[row].name, "m/shorter") == 0;
	enum protocol_status wanted, got;
	uint8_t bytes[128];
	size_t i;

	wanted = sizes[row].is_true ? PROTOCOL_OK : PROTOCOL_IO_ERROR;
	ck_assert_uint_eq(size_of(fd, sizes[row].name), sizes[row].size);
	for (i = 0; i < HARNESS_ROWS(ops); i++) {
		if (ops[i] != PROTOCOL_OP_DIGEST && breaks_off)
			continue;
		wire_send(fd, bytes,
		    talk_encode(bytes, ops[i], sizes[row].name));
		got = talk_read_status(fd);
		ck_assert_msg(got == wanted, "%s of %s: %s",
		    protocol_op_name((uint8_t)ops[i]), sizes[row].name,
		    protocol_status_name(got));
	}
	for (i = breaks_off; i < 2; i++) {
		talk_ask_range(fd, PROTOCOL_OP_FETCH, PROTOCOL_FETCH_DIGEST,
		    sizes[row].name, i * sizes[row].size / 2, PROTOCOL_TO_END);
		ck_assert_int_eq(talk_read_status(fd), wanted);
	}
}

/* Regression: a file with more contents than its size was cut and verified. */
START_TEST(sizes_that_fuse_makes_up)
{
	size_t i;
	int fd;

	if (!mount_liar(NULL))
		return;
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	for (i = 0; i < HARNESS_ROWS(sizes); i++)
		expect_size(fd, i);
	close(fd);
	server_stop(&server);
	unmount();
}
END_TEST

/* A page ends after a second, so that the client gets bytes: a thousand entries
 * take as many round trips to a distant file server. */
START_TEST(a_folder_that_is_far_away)
{
	struct pages pages = {0};
	uint64_t next;
	int fd;

	if (!mount_liar("60"))
		return;
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	next = pages_read(&pages, fd, "m", 0);
	ck_assert_uint_ne(next, 0);
	ck_assert_uint_gt(pages.n, 0);
	while (next != 0)
		next = pages_read(&pages, fd, "m", next);
	ck_assert_uint_eq(pages.n, 60);
	ck_assert_uint_eq(pages_different(&pages), 60);
	pages_free(&pages);
	close(fd);
	server_stop(&server);
	unmount();
}
END_TEST

Suite *
mounts_suite(void)
{
	Suite *suite = suite_create("mounts");
	TCase *tcase = apart_case(suite, "mounts", 60);

	tcase_add_test(tcase, states_are_not_from_a_cache);
	tcase_add_test(tcase, changes_are_not_from_a_cache);
	tcase_add_test(tcase, a_mount_that_is_dead);
	tcase_add_test(tcase, sizes_that_fuse_makes_up);
	tcase_add_test(tcase, a_folder_that_is_far_away);
	return suite;
}
