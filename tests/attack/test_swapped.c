/*
 * A server that swaps a file for another one of the same size and time, between
 * the proof of a part and the rest of the file. The client writes no mixed
 * file; its control does.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/attack/client_suites.h"
#include "tests/harness/attempt.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"

enum {
	SWAPPED_PART = 1000, /* bytes that are here */
};

static struct attempt attempt;
static uint8_t *other; /* the bytes of the other file */

/* The part is proved as of the first file; all else is of the other one. */
static void
play_swap(struct fake *fake)
{
	struct fake_file file = ((const struct attempt *)fake->argument)->file;
	struct fake_asked asked;

	while (fake_ask(fake, &asked) && fake_answer(fake, &file, &asked)) {
		file.token.id += 1;
		file.bytes = other;
	}
}

START_TEST(a_swapped_file)
{
	const bool is_control = _i == 1;
	char name[64], *got;
	size_t i, len;

	attempt_leave_part(&attempt, 0, SWAPPED_PART);
	other = malloc(attempt.file.size);
	ck_assert_ptr_nonnull(other);
	for (i = 0; i < attempt.file.size; i++)
		other[i] = attempt.file.bytes[i] ^ 1;
	if (is_control)
		harness_use(&harness_fileget, "control", "origin");
	attempt_start(&attempt, "swapped", 0, play_swap, NULL, HERE_LIST(NULL));
	if (!is_control) {
		attempt_finish(&attempt, 9, ATTEMPT_NO_PART);
		free(other);
		return;
	}
	here_expect_exit(&attempt.client, 0, "without the proof");
	fake_stop(&attempt.fake);
	snprintf(name, sizeof(name), "%s/newf", attempt.folder);
	got = scratch_read(name, &len);
	ck_assert_ptr_nonnull(got);
	ck_assert_uint_eq(len, attempt.file.size);
	ck_assert_mem_eq(got, attempt.file.bytes, SWAPPED_PART);
	ck_assert_mem_eq(got + SWAPPED_PART, other + SWAPPED_PART,
	    len - SWAPPED_PART);
	free(got);
	free(other);
}
END_TEST

Suite *
swapped_suite(void)
{
	Suite *suite = suite_create("swapped");
	TCase *tcase = harness_case(suite, "swapped", 60);

	tcase_add_loop_test(tcase, a_swapped_file, 0, 2);
	return suite;
}
