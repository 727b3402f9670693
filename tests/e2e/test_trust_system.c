/* The file of known hosts of all users, /etc/fileget/known_hosts: it counts as
 * the user's own does, and nothing is written to it. */

#include <sys/mount.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/apart.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/meeting.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"

#define FOLDER	    "/etc/fileget"
#define SYSTEM_FILE FOLDER "/known_hosts"

enum {
	UNTRUSTED = 13, /* exit code */
};

static struct meeting meeting, other;
static struct program client;

static void
write_system(const char *text, mode_t mode)
{
	int fd =
	    open(SYSTEM_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
}

/* Returns whether mounts of this process are its own. */
static bool
is_apart(void)
{
	char ours[64] = "", parents[64] = "", path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", getppid());
	return readlink("/proc/self/ns/mnt", ours, sizeof(ours) - 1) > 0 &&
	    readlink(path, parents, sizeof(parents) - 1) > 0 &&
	    strcmp(ours, parents) != 0;
}

/* Gives this test an /etc of its own; returns false if it may not. */
static bool
prepare(void)
{
	if (!is_apart() || mount("tmpfs", "/etc", "tmpfs", 0, NULL) != 0) {
		harness_skip("trust_system", "no mount namespace");
		return false;
	}
	ck_assert_int_eq(mkdir(FOLDER, 0755), 0);
	scratch_fill("served/data", 70000, 1);
	meeting_start(&meeting, "a.pem", NULL);
	return true;
}

START_TEST(it_counts_as_the_users)
{
	if (!prepare())
		return;
	write_system(meeting.line, 0644);
	meeting_get(&client, meeting.server.port, 0, HERE_LIST("-v", "data"));
	sum_expect_files("here/newdata", "served/data");
	meeting_expect_said(&client, "is encrypted: TLSv1.3");
	/* It is known: nothing is added to the user's. */
	meeting_expect_known("");
	server_stop(&meeting.server);
}
END_TEST

/* A key in either file will do, and the message names the file. */
START_TEST(both_files_count)
{
	char line[MEETING_LINE];

	if (!prepare())
		return;
	meeting_start(&other, "b.pem", NULL);
	server_stop(&other.server);
	snprintf(line, sizeof(line), "127.0.0.1:%u %s\n", meeting.server.port,
	    other.key);
	write_system(line, 0644);
	meeting_get(&client, meeting.server.port, UNTRUSTED, HERE_LIST("data"));
	meeting_expect_said(&client, "THE KEY HAS CHANGED");
	meeting_expect_said(&client, SYSTEM_FILE ", line 1");
	meeting_write_known(meeting.line);
	meeting_get(&client, meeting.server.port, 0, HERE_LIST("data"));
	sum_expect_files("here/newdata", "served/data");
	server_stop(&meeting.server);
}
END_TEST

START_TEST(a_bad_one_is_refused)
{
	if (!prepare())
		return;
	write_system("damaged\n", 0644);
	meeting_get(&client, meeting.server.port, UNTRUSTED, HERE_LIST("data"));
	meeting_expect_said(&client, SYSTEM_FILE ": line 1: ");
	write_system(meeting.line, 0666);
	meeting_get(&client, meeting.server.port, UNTRUSTED, HERE_LIST("data"));
	meeting_expect_said(&client,
	    SYSTEM_FILE ": every user may write to it");
	here_expect_names("here", "nothing", HERE_LIST(NULL));
	server_stop(&meeting.server);
}
END_TEST

Suite *
trust_system_suite(void)
{
	Suite *suite = suite_create("trust_system");
	TCase *tcase = apart_case(suite, "system", 60);

	tcase_add_test(tcase, it_counts_as_the_users);
	tcase_add_test(tcase, both_files_count);
	tcase_add_test(tcase, a_bad_one_is_refused);
	return suite;
}
