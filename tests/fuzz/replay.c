/*
 * Runs every target with each file of its corpus, the inputs that the fuzzer
 * found worth keeping, as plain tests. One test for each target; a test that
 * crashes or runs out of time names its input.
 */

#include <sys/mman.h>

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/fuzz/fuzz.h"

enum {
	LIMIT = 120, /* seconds for a target; a few are normal */
};

static const struct {
	const char *name;
	fuzz_target *target;
} rows[] = {
    {"amounts", fuzz_amounts},
    {"client_list", fuzz_client_list},
    {"client_options", fuzz_client_options},
    {"fetch", fuzz_fetch},
    {"hello", fuzz_hello},
    {"key_name", fuzz_key_name},
    {"known_hosts", fuzz_known_hosts},
    {"link", fuzz_link},
    {"list", fuzz_list},
    {"names", fuzz_names},
    {"proxy_header", fuzz_proxy_header},
    {"records", fuzz_records},
    {"reply", fuzz_reply},
    {"request", fuzz_request},
    {"server_options", fuzz_server_options},
    {"session", fuzz_session},
    {"sums", fuzz_sums},
    {"text", fuzz_text},
};

enum {
	ROWS = sizeof(rows) / sizeof(rows[0]),
};

static const char *corpus;

/* Current input of each target, "" when it is done; shared memory that outlives
 * the test's process. */
static char (*at)[PATH_MAX];

/* Copies the input to a heap block of its exact size. */
static void
run_file(fuzz_target *target, const char *path)
{
	FILE *file = fopen(path, "re");
	uint8_t *bytes;
	long size;

	ck_assert_msg(file != NULL, "cannot open %s", path);
	ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	rewind(file);
	ck_assert_int_ge(size, 0);
	bytes = malloc((size_t)size);
	ck_assert(size == 0 || bytes != NULL);
	ck_assert_uint_eq(fread(bytes, 1, (size_t)size, file), (size_t)size);
	fclose(file);
	target(bytes, (size_t)size);
	free(bytes);
}

START_TEST(test_corpus)
{
	const struct dirent *entry;
	char folder[PATH_MAX / 2];
	unsigned n = 0;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/%s", corpus, rows[_i].name);
	dir = opendir(folder);
	ck_assert_msg(dir != NULL, "there is no %s", folder);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(at[_i], sizeof(at[_i]), "%s/%s", folder,
		    entry->d_name);
		run_file(rows[_i].target, at[_i]);
		n++;
	}
	closedir(dir);
	ck_assert_msg(n > 0, "nothing is in %s", folder);
	at[_i][0] = '\0';
}
END_TEST

static Suite *
fuzz_suite(void)
{
	Suite *suite = suite_create("fuzz");
	TCase *tc = tcase_create("corpus");

	tcase_set_timeout(tc, LIMIT);
	tcase_add_loop_test(tc, test_corpus, 0, ROWS);
	suite_add_tcase(suite, tc);
	return suite;
}

int
main(int argc, char **argv)
{
	SRunner *runner;
	int failed, i;

	if (argc != 2) {
		fprintf(stderr, "usage: fuzz CORPUS\n");
		return 2;
	}
	corpus = argv[1];
	at = mmap(NULL, ROWS * sizeof(*at), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED) {
		perror("mmap");
		return EXIT_FAILURE;
	}
	runner = srunner_create(fuzz_suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	for (i = 0; i < ROWS; i++)
		if (at[i][0] != '\0')
			fprintf(stderr, "%s: failed with %s\n", rows[i].name,
			    at[i]);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
