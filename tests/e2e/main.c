/*
 * e2e FILESERV FILEGET [SUITE | PART/PARTS]: runs the suites, the one that is
 * named, or such a part of them.
 * The scratch folder above those of the tests is made and removed here, in
 * the parent, so that nothing stays behind of a test that fails or is killed.
 */

#include <err.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/e2e/e2e.h"
#include "tests/e2e/scratch.h"

const char *e2e_fileserv;
const char *e2e_fileget;

TCase *
e2e_case(Suite *suite, const char *name, double limit)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, limit);
	tcase_add_checked_fixture(tcase, scratch_setup, scratch_teardown);
	suite_add_tcase(suite, tcase);
	return tcase;
}

void
e2e_skip(const char *test, const char *why)
{
	fprintf(stderr, "%s: skipped: %s\n", test, why);
}

/* The fileget of a half-built tree may be missing: its tests then fail. */
static const char *
absolute(const char *path, char resolved[PATH_MAX])
{
	return realpath(path, resolved) == NULL ? path : resolved;
}

static Suite *(*const suites[])(void) = {
    files_suite,
    names_suite,
    links_suite,
    wire_suite,
    flood_suite,
    changing_suite,
    limits_suite,
    digests_suite,
    newcomers_suite,
    exhausted_suite,
    lifecycle_suite,
    command_suite,
    log_suite,
    faults_suite,
    rate_suite,
    listing_suite,
    NULL,
};

/* Adds every n-th suite of a table, *index counting through all tables; part 0
 * of 1 is all of them. */
static void
add_suites(SRunner *runner, Suite *(*const *table)(void), unsigned part,
    unsigned parts, unsigned *index)
{
	for (; *table != NULL; table++)
		if ((*index)++ % parts == part)
			srunner_add_suite(runner, (*table)());
}

/* "2/4": the second of four parts. False if it is the name of a suite. */
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
main(int argc, char **argv)
{
	static char fileserv[PATH_MAX], fileget[PATH_MAX];
	const char *only = argc == 4 ? argv[3] : NULL;
	unsigned part = 0, parts = 1, index = 0;
	SRunner *runner;
	int failed;

	if (argc != 3 && argc != 4)
		errx(2, "usage: e2e FILESERV FILEGET [SUITE | PART/PARTS]");
	e2e_fileserv = absolute(argv[1], fileserv);
	e2e_fileget = absolute(argv[2], fileget);
	if (only != NULL && parse_part(only, &part, &parts))
		only = NULL;

	runner = srunner_create(NULL);
	add_suites(runner, suites, part, parts, &index);
	add_suites(runner, e2e_client_suites, part, parts, &index);
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
