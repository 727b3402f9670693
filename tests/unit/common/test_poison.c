/*
 * Poisoned memory: after unpoison_region all of it can be used; before that the
 * address sanitizer reports an access.
 */

#include <string.h>

#include "client/store/output.h"
#include "common/buffers.h"
#include "common/poison.h"
#include "tests/unit/child.h"
#include "tests/unit/target.h"
#include "tests/unit/unit.h"

static struct target target;
static struct output_list spares = SLIST_HEAD_INITIALIZER(spares);

static void
setup(void)
{
	target_open(&target);
}

static void
teardown(void)
{
	output_free_spares(&spares);
	buffers_trim();
	target_close(&target);
}

static struct output *
new_output(void)
{
	return output_new(&spares, &target.settings.store, &target.folder, "f",
	    false);
}

START_TEST(test_block_again)
{
	uint8_t *block = buffers_lend();

	buffers_return(block);
	ck_assert_ptr_eq(buffers_lend(), block);
	memset(block, 1, BUFFERS_SIZE);
	buffers_return(block);
}
END_TEST

START_TEST(test_output_again)
{
	struct output *first = new_output(), *second = new_output();

	output_free(first);
	output_free(second);
	ck_assert_ptr_eq(new_output(), second);
	ck_assert_uint_eq(output_size(second), 0);
	ck_assert_ptr_eq(new_output(), first);
	ck_assert_uint_eq(output_size(first), 0);
	output_free(first);
	output_free(second);
}
END_TEST

#ifdef POISON_WORKS
static void
touch_block(void *argument)
{
	volatile uint8_t *block = buffers_lend();
	const size_t *at = argument;

	block[*at] = 1;
	buffers_return((void *)(uintptr_t)block);
	block[*at]++;
}

static void
touch_output(void *argument)
{
	struct output *output = new_output();

	(void)argument;
	(void)output_size(output);
	output_free(output);
	(void)output_size(output);
}

static void
expect_caught(void (*touch)(void *), void *argument)
{
	struct child child;

	child_run(&child, touch, argument);
	ck_assert_int_ne(child.code, CHILD_ALIVE);
	ck_assert_msg(strstr(child.err, "use-after-poison") != NULL, "%s",
	    child.err);
}

START_TEST(test_block_touched)
{
	size_t at[] = {0, BUFFERS_SIZE / 2, BUFFERS_SIZE - 1};

	expect_caught(touch_block, &at[_i]);
}
END_TEST

START_TEST(test_output_touched)
{
	expect_caught(touch_output, NULL);
}
END_TEST
#endif

Suite *
poison_suite(void)
{
	Suite *suite = suite_create("poison");
	TCase *tcase = unit_case(suite, "poison");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_block_again);
	tcase_add_test(tcase, test_output_again);
#ifdef POISON_WORKS
	tcase_add_loop_test(tcase, test_block_touched, 0, 3);
	tcase_add_test(tcase, test_output_touched);
#endif
	return suite;
}
