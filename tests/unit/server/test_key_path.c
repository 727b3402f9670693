/*
 * key_path: which variable decides where the key is, and which files a client
 * could ask for.
 */

#include <sys/stat.h>

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/key_path.h"
#include "tests/unit/unit.h"

static char path[PATH_MAX];

START_TEST(test_found)
{
	static const struct {
		const char *state, *xdg, *home;
		bool became;
		const char *path; /* NULL: in the home of this user */
	} rows[] = {
	    {"/var/lib/a", "/x", "/h", false, "/var/lib/a/key.pem"},
	    {"/var/lib/a:/var/lib/b", "/x", "/h", true, "/var/lib/a/key.pem"},
	    {NULL, "/x", "/h", false, "/x/fileserv/key.pem"},
	    /* The specification of XDG ignores relative paths. */
	    {NULL, "x", "/h", false, "/h/.local/state/fileserv/key.pem"},
	    {"", NULL, "/h", false, "/h/.local/state/fileserv/key.pem"},
	    {NULL, "", NULL, false, NULL},
	    /* These variables were the ones of root. */
	    {NULL, "/x", "/h", true, NULL},
	};
	const struct passwd *user = getpwuid(geteuid());
	char home[PATH_MAX];
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		clearenv();
		if (rows[i].state != NULL)
			setenv("STATE_DIRECTORY", rows[i].state, 1);
		if (rows[i].xdg != NULL)
			setenv("XDG_STATE_HOME", rows[i].xdg, 1);
		if (rows[i].home != NULL)
			setenv("HOME", rows[i].home, 1);
		if (rows[i].path == NULL && user == NULL)
			continue;
		snprintf(home, sizeof(home), "%s/.local/state/fileserv/key.pem",
		    user == NULL ? "" : user->pw_dir);
		ck_assert_int_eq(key_path_find(rows[i].became, path), 0);
		ck_assert_str_eq(path,
		    rows[i].path == NULL ? home : rows[i].path);
	}
}
END_TEST

/* A path that does not fit is no path that is cut. */
START_TEST(test_too_long)
{
	char folder[PATH_MAX];

	memset(folder, 'x', sizeof(folder) - 1);
	folder[0] = '/';
	folder[sizeof(folder) - 1] = '\0';
	setenv("STATE_DIRECTORY", folder, 1);
	ck_assert_int_eq(key_path_find(false, path), -1);
}
END_TEST

START_TEST(test_served)
{
	static const struct {
		const char *file, *folder;
		bool hidden, served;
	} rows[] = {
	    {"share/key.pem", "share", false, true},
	    {"share/not/there/yet.pem", "share", false, true},
	    {"share/key.pem", "share/", false, true},
	    {"share/key.pem", "/", false, true},
	    {"share/key.pem", ".", false, true},
	    {"new.pem", ".", false, true},
	    {"share/.key.pem", "share", false, false},
	    {"share/.key.pem", "share", true, true},
	    {"share/.state/key.pem", "share", false, false},
	    {"share/../key.pem", "share", false, false},
	    {"link/key.pem", "share", false, true},
	    {"share/key.pem", "link", false, true},
	    {"shared.pem", "share", false, false},
	    {"/not/there.pem", "share", false, false},
	};
	char folder[UNIT_PATH];
	size_t i;

	unit_folder(folder);
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_int_eq(mkdir("share", 0700), 0);
	ck_assert_int_eq(mkdir("share/.state", 0700), 0);
	ck_assert_int_eq(symlink("share", "link"), 0);
	unit_write(folder, "share/key.pem", "key", 3);
	unit_write(folder, "share/.key.pem", "key", 3);
	unit_write(folder, "shared.pem", "key", 3);
	for (i = 0; i < UNIT_ROWS(rows); i++)
		ck_assert_msg(key_path_is_served(rows[i].file, rows[i].folder,
				  rows[i].hidden) == rows[i].served,
		    "%s below %s", rows[i].file, rows[i].folder);
}
END_TEST

Suite *
key_path_suite(void)
{
	Suite *suite = suite_create("key_path");
	TCase *tcase = unit_case(suite, "key_path");

	tcase_add_test(tcase, test_found);
	tcase_add_test(tcase, test_too_long);
	tcase_add_test(tcase, test_served);
	return suite;
}
