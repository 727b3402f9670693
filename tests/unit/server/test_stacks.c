/*
 * stacks: usable memory with a guard page below it, given back when cleared.
 */

#include <sys/resource.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "server/stacks.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

enum {
	SIZE = 64 * 1024,	    /* bytes of a stack */
	SIZE_TRIMMED = 1024 * 1024, /* enough for a sanitizer's frames */
	STACKS = 5,
	TOO_MANY = 1000000,
};

static struct stacks stacks;

START_TEST(test_memory)
{
	char *stack;
	unsigned i;

	ck_assert_int_eq(stacks_open(&stacks, STACKS, 1, SIZE), 0);
	ck_assert_uint_eq(stacks.n, STACKS);
	for (i = 0; i < STACKS; i++)
		memset(stacks_get(&stacks, i), (int)i + 1, SIZE);
	for (i = 0; i < STACKS; i++) {
		stack = stacks_get(&stacks, i);
		ck_assert_int_eq(stack[0], (int)i + 1);
		ck_assert_int_eq(stack[SIZE - 1], (int)i + 1);
	}
	stacks_clear(&stacks, 1);
	stack = stacks_get(&stacks, 1);
	ck_assert_int_eq(stack[0], 0);
	ck_assert_int_eq(stack[SIZE - 1], 0);
	stack = stacks_get(&stacks, 0);
	ck_assert_int_eq(stack[0], 1);
	stacks_close(&stacks);
	ck_assert_ptr_null(stacks.base);
	stacks_close(&stacks);
}
END_TEST

/* Runs on stack 0. */
static void *
trim_own(void *argument)
{
	uint8_t *stack = stacks_get(&stacks, 0);

	memset(stack, 1, SIZE / 2);
	stacks_trim();
	*(int *)argument = stack[0];
	stacks_enter(&stacks, 0);
	stacks_trim();
	*(int *)argument += stack[0] + stack[SIZE / 2 - 1];
	return NULL;
}

/* A thread gives back what lies below its frames, once its stack is known. */
START_TEST(test_trim)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int sum = 0;

	ck_assert_int_eq(stacks_open(&stacks, STACKS, 1, SIZE_TRIMMED), 0);
	memset(stacks_get(&stacks, 1), 1, SIZE_TRIMMED);
	pthread_attr_init(&attributes);
	ck_assert_int_eq(pthread_attr_setstack(&attributes,
			     stacks_get(&stacks, 0), SIZE_TRIMMED),
	    0);
	ck_assert_int_eq(pthread_create(&thread, &attributes, trim_own, &sum),
	    0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(sum, 1);
	ck_assert_int_eq(*(uint8_t *)stacks_get(&stacks, 1), 1);
	pthread_attr_destroy(&attributes);
	stacks_close(&stacks);
}
END_TEST

static void
write_below(void *argument)
{
	volatile char *stack = stacks_get(&stacks, *(unsigned *)argument);

	stack[-1] = 1;
}

/* A write below a stack ends the process, also between two stacks. */
START_TEST(test_guard)
{
	struct child child;
	unsigned i;

	ck_assert_int_eq(stacks_open(&stacks, 2, 1, SIZE), 0);
	for (i = 0; i < 2; i++) {
		child_run(&child, write_below, &i);
		ck_assert_int_ne(child.code, CHILD_ALIVE);
	}
	stacks_close(&stacks);
}
END_TEST

/* With little address space there are fewer stacks, or too few. */
START_TEST(test_scarce)
{
#ifndef HARNESS_NO_SANDBOX
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_AS, &limit), 0);
	limit.rlim_cur = 4096UL * 1024 * 1024;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
	ck_assert_int_eq(stacks_open(&stacks, TOO_MANY, 1, SIZE), 0);
	ck_assert_uint_ge(stacks.n, 1);
	ck_assert_uint_lt(stacks.n, TOO_MANY);
	stacks_close(&stacks);
	ck_assert_int_eq(stacks_open(&stacks, TOO_MANY, TOO_MANY - 1, SIZE),
	    -1);
	ck_assert_int_eq(errno, ENOMEM);
	ck_assert_ptr_null(stacks.base);
#endif
}
END_TEST

Suite *
stacks_suite(void)
{
	Suite *suite = suite_create("stacks");
	TCase *tcase = unit_case(suite, "stacks");

	tcase_add_test(tcase, test_memory);
	tcase_add_test(tcase, test_trim);
	tcase_add_test(tcase, test_guard);
	tcase_add_test(tcase, test_scarce);
	return suite;
}
