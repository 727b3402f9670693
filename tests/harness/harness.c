/*
 * Runs suites. The parent process makes and removes the folder that contains
 * the scratch folders of the tests, so that a test that fails or is killed
 * leaves no files.
 */

#include <err.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/harness.h"
#include "tests/harness/loopback.h"
#include "tests/harness/scratch.h"

const char *harness_fileserv;
const char *harness_fileget;

TCase *
harness_case(Suite *suite, const char *name, double limit)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, limit);
	tcase_add_checked_fixture(tcase, scratch_setup, scratch_teardown);
	suite_add_tcase(suite, tcase);
	return tcase;
}

void
harness_skip(const char *test, const char *why)
{
	fprintf(stderr, "%s: skipped: %s\n", test, why);
}

/* The change ends with the process of the test. */
void
harness_use(const char **program, const char *kind, const char *name)
{
	const char *slash = strrchr(*program, '/');
	char *path;

	ck_assert_ptr_nonnull(slash);
	ck_assert_int_ge(asprintf(&path, "%.*s/tests/%s-%s",
			     (int)(slash - *program), *program, kind, name),
	    0);
	ck_assert_msg(access(path, X_OK) == 0, "no %s", path);
	*program = path;
}

/* Returns the absolute path of a program. If it is missing, its tests fail. */
static const char *
absolute(const char *path, char resolved[PATH_MAX])
{
	return realpath(path, resolved) == NULL ? path : resolved;
}

/* Adds each parts-th suite, counted through all tables from part on. */
static void
add_suites(SRunner *runner, Suite *(*const *const *tables)(void), unsigned part,
    unsigned parts)
{
	Suite *(*const *suite)(void);
	unsigned index = 0;

	for (; *tables != NULL; tables++)
		for (suite = *tables; *suite != NULL; suite++)
			if (index++ % parts == part)
				srunner_add_suite(runner, (*suite)());
}

/* Parses "2/4", the second of four parts. Returns false for a suite's name. */
static bool
parse_part(const char *text, unsigned *part, unsigned *parts)
{
	if (sscanf(text, "%u/%u", part, parts) != 2)
		return false;
	if (*part < 1 || *part > *parts)
		errx(2, "there is no part %s", text);
	*part -= 1;
	return true;
}

int
harness_main(int argc, char **argv, Suite *(*const *const *tables)(void))
{
	static char fileserv[PATH_MAX], fileget[PATH_MAX];
	const char *only = argc == 4 ? argv[3] : NULL;
	unsigned part = 0, parts = 1;
	SRunner *runner;
	int failed;

	if (argc != 3 && argc != 4)
		errx(2, "usage: %s FILESERV FILEGET [SUITE | PART/PARTS]",
		    argv[0]);
	harness_fileserv = absolute(argv[1], fileserv);
	harness_fileget = absolute(argv[2], fileget);
	if (only != NULL && parse_part(only, &part, &parts))
		only = NULL;

	if (!loopback_ready(argv[0]))
		return 0;
	runner = srunner_create(NULL);
	add_suites(runner, tables, part, parts);
	srunner_set_fork_status(runner, CK_FORK);
	scratch_open();
	srunner_run(runner, only, NULL, CK_ENV);
	scratch_close();
	failed = srunner_ntests_failed(runner);
	if (srunner_ntests_run(runner) == 0) {
		warnx("no suite is called '%s'", only == NULL ? "" : only);
		failed = 1;
	}
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
