/*
 * Obstacles in the target folder: other file types under the needed names, and
 * names that are too long.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "common/text.h"
#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/fake.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/talk.h"
#include "tests/harness/wire.h"

/* ---- other things under the names that are needed ----------------------- */

enum thing {
	THING_LINK,
	THING_DANGLING,
	THING_LINK_TO_FOLDER,
	THING_HARD_LINK,
	THING_READ_ONLY,
	THING_FIFO,
	THING_FOLDER,
};

static const struct {
	const char *row;
	enum thing thing;
	int code; /* exit code if it has the final name */
} things[] = {
    {"link", THING_LINK, 0},
    {"dangling link", THING_DANGLING, 0},
    {"link to a folder", THING_LINK_TO_FOLDER, 0},
    {"hard link", THING_HARD_LINK, 0},
    {"read-only file", THING_READ_ONLY, 0},
    {"FIFO", THING_FIFO, 10},
    {"folder", THING_FOLDER, 10},
};

static void
set_mode(const char *name, mode_t mode)
{
	ck_assert_int_eq(fchmodat(scratch_fd(), name, mode, 0), 0);
}

static void
put(enum thing thing, const char *name)
{
	int fd = scratch_fd();

	switch (thing) {
	case THING_LINK:
		scratch_symlink("../outside/victim", name);
		break;
	case THING_DANGLING:
		scratch_symlink("../outside/nothing", name);
		break;
	case THING_LINK_TO_FOLDER:
		scratch_symlink("../outside", name);
		break;
	case THING_HARD_LINK:
		ck_assert_int_eq(linkat(fd, "outside/victim", fd, name, 0), 0);
		break;
	case THING_READ_ONLY:
		scratch_text(name, "older");
		set_mode(name, 0400);
		break;
	case THING_FIFO:
		ck_assert_int_eq(mkfifoat(fd, name, 0666), 0);
		break;
	case THING_FOLDER:
		scratch_mkdir(name);
		break;
	}
}

static mode_t
type_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(fstatat(scratch_fd(), name, &st, AT_SYMLINK_NOFOLLOW),
	    0);
	return st.st_mode & S_IFMT;
}

/* Expects that "outside" is unchanged. */
static void
expect_untouched(const char *row)
{
	size_t len;
	char *text = scratch_read("outside/victim", &len);

	ck_assert_msg(strcmp(text, "victim") == 0, "%s: '%s'", row, text);
	free(text);
	here_expect_names("outside", row, HERE_LIST("victim"));
}

static void
take_away(enum thing thing, const char *name)
{
	ck_assert_int_eq(unlinkat(scratch_fd(), name,
			     thing == THING_FOLDER ? AT_REMOVEDIR : 0),
	    0);
}

START_TEST(things_under_the_final_name)
{
	struct program client;
	struct server server;
	mode_t before;
	size_t i;

	scratch_fill("served/f", 50000, 1);
	scratch_text("outside/victim", "victim");
	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(things); i++) {
		put(things[i].thing, "here/newf");
		before = type_of("here/newf");
		here_start_after(&client, server.port, HERE_LIST("f"),
		    here_drop_power);
		here_expect_exit(&client, things[i].code, things[i].row);
		expect_untouched(things[i].row);
		here_expect_names("here", things[i].row, HERE_LIST("newf"));
		if (things[i].code == 0) {
			ck_assert_int_eq(type_of("here/newf"), S_IFREG);
			sum_expect_files("here/newf", "served/f");
			scratch_remove("here/newf");
			continue;
		}
		ck_assert_int_eq(type_of("here/newf"), before);
		take_away(things[i].thing, "here/newf");
	}
	server_stop(&server);
}
END_TEST

/* Returns "here/newf.<token>.part" for the file as it is served now. */
static const char *
part_name(char name[128], uint16_t port)
{
	struct protocol_attributes attributes;
	uint8_t token[PROTOCOL_TOKEN_SIZE];
	char hex[2 * PROTOCOL_TOKEN_SIZE + 1];
	int fd = wire_connect(port);

	talk_ask(fd, PROTOCOL_OP_STAT, "f");
	talk_read_attributes(fd, &attributes);
	close(fd);
	protocol_encode_token(attributes.token, token);
	text_hex(token, sizeof(token), hex);
	snprintf(name, 128, "here/newf.%s.part", hex);
	return name;
}

/* Another user who may write to the folder can predict the name of the part
 * file. */
START_TEST(things_under_the_part_files_name)
{
	struct program client;
	struct server server;
	char part[128];
	size_t i;

	scratch_fill("served/f", 50000, 1);
	scratch_text("outside/victim", "victim");
	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(things); i++) {
		put(things[i].thing, part_name(part, server.port));
		here_start_after(&client, server.port, HERE_LIST("f"),
		    here_drop_power);
		here_expect_exit(&client, 0, things[i].row);
		expect_untouched(things[i].row);
		ck_assert_int_eq(type_of("here/newf"), S_IFREG);
		sum_expect_files("here/newf", "served/f");
		scratch_remove("here/newf");
		if (scratch_exists(part))
			take_away(things[i].thing, part);
		here_expect_names("here", things[i].row, HERE_LIST(NULL));
	}
	server_stop(&server);
}
END_TEST

/* ---- names that are too long -------------------------------------------- */

static const struct {
	const char *row;
	size_t length; /* bytes of the name */
	const char *option;
	int code;
} lengths[] = {
    {"new + 252", 252, "-v", 0},
    {"new + 253", 253, "-v", 10},
    {"255 kept", 255, "-k", 0},
    {"256 kept", 256, "-k", 10},
    {"4095", 4095, "-v", 10},
    {"4096", 4096, "-v", 2},
};

static void
never(struct fake *fake)
{
	fake_stall(fake);
}

/* A name that is too long for this disk is not requested. */
START_TEST(names_that_are_too_long)
{
	char name[4097], path[4200];
	struct program client;
	struct server server;
	struct fake fake;
	size_t i;

	server_start(&server, NULL);
	fake_start(&fake, 1, never, NULL);
	for (i = 0; i < HARNESS_ROWS(lengths); i++) {
		bool good = lengths[i].code == 0;

		memset(name, 'n', lengths[i].length);
		name[lengths[i].length] = '\0';
		snprintf(path, sizeof(path), "served/%s", name);
		if (good)
			scratch_fill(path, 1000, i);
		here_get(&client, good ? server.port : fake.port,
		    lengths[i].code, lengths[i].row,
		    HERE_LIST(lengths[i].option, name));
		ck_assert_uint_eq(scratch_count("here"), good);
		if (!good)
			continue;
		snprintf(path, sizeof(path), "here/%s%s",
		    lengths[i].option[1] == 'k' ? "" : "new", name);
		ck_assert(scratch_exists(path));
		scratch_remove(path);
	}
	ck_assert_uint_eq(atomic_load(&fake.taken), 0);
	fake_stop(&fake);
	server_stop(&server);
}
END_TEST

Suite *
obstacles_suite(void)
{
	Suite *suite = suite_create("obstacles");
	TCase *tcase;

	tcase = harness_case(suite, "things", 120);
	tcase_add_test(tcase, things_under_the_final_name);
	tcase_add_test(tcase, things_under_the_part_files_name);
	tcase_add_test(tcase, names_that_are_too_long);
	return suite;
}
