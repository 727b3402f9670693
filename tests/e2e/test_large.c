/*
 * Sizes and offsets of more than 32 bits, without the disk space of such files:
 * what is served and what is here are holes but for some bytes.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/digest.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/talk.h"
#include "tests/harness/wire.h"

#define BIG ((UINT64_C(1) << 32) + 1) /* bytes */

/* Returns the digest of a whole file. SHA-256 would take half a minute. */
static void
digest_file(const char *name, uint8_t value[DIGEST_LENGTH])
{
	static uint8_t block[1024 * 1024];
	char path[SCRATCH_PATH];
	struct digest digest;
	size_t n;
	FILE *file = fopen(scratch_path(path, name), "r");

	ck_assert_ptr_nonnull(file);
	setvbuf(file, NULL, _IONBF, 0);
	digest_reset(&digest);
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		digest_update(&digest, block, n);
	fclose(file);
	digest_value(&digest, value);
}

/* Makes a file of BIG bytes, all but some of them a hole. The last bytes, after
 * which it ends, are missing from the end. Returns whether it takes no space.
 */
static bool
make_big(const char *name, uint64_t missing)
{
	struct stat stat;

	if (!scratch_keeps_holes())
		return false;
	scratch_sparse(name, BIG - missing);
	scratch_overwrite(name, BIG - 5000, 5000 - (size_t)missing, 7);
	scratch_overwrite(name, 1000, 5000, 8);
	ck_assert_int_eq(fstatat(scratch_fd(), name, &stat, 0), 0);
	ck_assert_uint_eq(stat.st_size, BIG - missing);
	return true;
}

/* Offsets of more than 32 bits: a part file is continued behind 4 GiB. It stays
 * a hole only if its bytes are not fetched again. */
START_TEST(four_gib_and_a_byte)
{
	uint8_t got[DIGEST_LENGTH], wanted[DIGEST_LENGTH];
	struct protocol_attributes big;
	struct server server;
	struct program client;
	struct stat stat;
	char part[64];
	int fd;

	if (!make_big("served/big", 0)) {
		harness_skip("four_gib_and_a_byte", "no holes in files here");
		return;
	}
	server_start(&server, NULL);
	fd = wire_connect(server.port);
	talk_ask(fd, PROTOCOL_OP_STAT, "big");
	talk_read_attributes(fd, &big);
	close(fd);
	snprintf(part, sizeof(part),
	    "here/newbig.%016" PRIx64 "%016" PRIx64 ".part", big.token.id,
	    big.token.version);
	make_big(part, 3000);
	here_get(&client, server.port, 0, "4 GiB + 1", HERE_LIST("big"));
	digest_file("here/newbig", got);
	digest_file("served/big", wanted);
	ck_assert_mem_eq(got, wanted, sizeof(got));
	here_expect_names("here", "4 GiB + 1", HERE_LIST("newbig"));
	ck_assert_int_eq(fstatat(scratch_fd(), "here/newbig", &stat, 0), 0);
	ck_assert_int_lt(stat.st_blocks * 512, 64 * 1024 * 1024);
	server_stop(&server);
}
END_TEST

static void
write_nowhere(void)
{
	dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
}

/* Sizes of more than 32 bits: exit 0 means that the digest of all bytes that
 * arrived agrees. */
START_TEST(four_gib_without_a_disk)
{
	struct server server;
	struct program client;

	if (!make_big("served/big", 0)) {
		harness_skip("four_gib_without_a_disk", "no holes here");
		return;
	}
	server_start(&server, NULL);
	here_start_after(&client, server.port, HERE_LIST("-o-", "big"),
	    write_nowhere);
	here_expect_exit(&client, 0, "4 GiB + 1 to standard output");
	ck_assert_msg(strstr(program_err(&client), "4.0 GiB") != NULL &&
		strstr(program_err(&client), "verified") != NULL,
	    "%s", program_err(&client));
	server_stop(&server);
}
END_TEST

Suite *
large_suite(void)
{
	Suite *suite = suite_create("large");
	TCase *tcase = harness_case(suite, "more than 32 bits", 300);

	tcase_add_test(tcase, four_gib_and_a_byte);
	tcase_add_test(tcase, four_gib_without_a_disk);
	return suite;
}
