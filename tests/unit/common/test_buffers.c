/*
 * buffers: no block is lent twice at one time, returned blocks are lent again,
 * and unused blocks beyond a bound give their memory back.
 */

#include <sys/mman.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buffers.h"
#include "tests/unit/unit.h"

enum {
	MANY = 200, /* blocks, more than stay with their memory */
	THREADS = 4,
	ROUNDS = 2000,
};

/* Returns whether this block is mapped. */
static bool
is_mapped(void *block)
{
	unsigned char vector[BUFFERS_SIZE / 4096 + 1];

	return mincore(block, BUFFERS_SIZE, vector) == 0;
}

START_TEST(test_lend)
{
	uint8_t *blocks[3];
	size_t i;

	for (i = 0; i < UNIT_ROWS(blocks); i++) {
		blocks[i] = buffers_lend();
		ck_assert_ptr_nonnull(blocks[i]);
		/* A digest's state lives in one and wants 64. */
		ck_assert_uint_eq((uintptr_t)blocks[i] % 64, 0);
		memset(blocks[i], (int)i + 1, BUFFERS_SIZE);
	}
	for (i = 0; i < UNIT_ROWS(blocks); i++) {
		ck_assert_uint_eq(blocks[i][0], i + 1);
		ck_assert_uint_eq(blocks[i][BUFFERS_SIZE - 1], i + 1);
	}
	/* The block returned last is lent first. */
	buffers_return(blocks[2]);
	buffers_return(blocks[0]);
	ck_assert_ptr_eq(buffers_lend(), blocks[0]);
	ck_assert_ptr_eq(buffers_lend(), blocks[2]);
	for (i = 0; i < UNIT_ROWS(blocks); i++)
		buffers_return(blocks[i]);
	buffers_return(NULL);
	buffers_trim();
}
END_TEST

/* Lends many blocks; counts those still mapped after all were returned (kept)
 * and after a trim (left). Asserts nothing in between: an assertion takes
 * memory, perhaps where a block was. */
static void
lend_many(int *kept, int *left)
{
	void *blocks[MANY];
	int i;

	buffers_trim();
	for (i = 0; i < MANY; i++) {
		blocks[i] = buffers_lend();
		ck_assert_ptr_nonnull(blocks[i]);
	}
	for (i = 0; i < MANY; i++)
		buffers_return(blocks[i]);
	for (i = *kept = 0; i < MANY; i++)
		*kept += is_mapped(blocks[i]);
	buffers_trim();
	for (i = *left = 0; i < MANY; i++)
		*left += is_mapped(blocks[i]);
}

START_TEST(test_surplus)
{
	int round, kept, left;
	void *block;

	/* A sanitizer takes what memory it needs the first times, perhaps where
	 * a block was. */
	for (round = 0; round < 5; round++) {
		lend_many(&kept, &left);
		if (round > 0 && left == 0)
			break;
	}
	ck_assert_int_gt(kept, 0);
	ck_assert_int_lt(kept, MANY);
	ck_assert_int_eq(left, 0);
	/* After a trim, blocks can be borrowed again. */
	block = buffers_lend();
	ck_assert_ptr_nonnull(block);
	buffers_return(block);
	buffers_trim();
}
END_TEST

/* Borrows two blocks, marks them, and checks that the marks stay. */
static void *
borrow(void *argument)
{
	uintptr_t mark = (uintptr_t)argument, wrong = 0;
	volatile uint8_t *one, *two;
	int round;

	for (round = 0; round < ROUNDS; round++) {
		one = buffers_lend();
		two = buffers_lend();
		if (one == NULL || two == NULL)
			return (void *)1;
		one[100] = two[100] = (uint8_t)mark;
		wrong |= one == two || one[100] != mark || two[100] != mark;
		buffers_return((void *)(uintptr_t)one);
		wrong |= two[100] != mark;
		buffers_return((void *)(uintptr_t)two);
	}
	return (void *)wrong;
}

START_TEST(test_threads)
{
	pthread_t threads[THREADS];
	void *wrong;
	uintptr_t i;

	for (i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, borrow,
				     (void *)(i + 1)),
		    0);
	for (i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], &wrong), 0);
		ck_assert_ptr_null(wrong);
	}
	buffers_trim();
}
END_TEST

/* Regression: a burst mapped and unmapped a block for each request, and threads
 * wait for each other to do so. A reserved block stays mapped, holds no memory
 * after a trim, and is lent again. */
START_TEST(test_reserve)
{
	void *blocks[MANY], *beyond;
	int i, mapped = 0, dirty = 0;

	buffers_reserve(MANY);
	for (i = 0; i < MANY; i++) {
		blocks[i] = buffers_lend();
		ck_assert_ptr_nonnull(blocks[i]);
		memset(blocks[i], 1, BUFFERS_SIZE);
	}
	beyond = buffers_lend();
	ck_assert_ptr_nonnull(beyond);
	for (i = 0; i < MANY; i++)
		buffers_return(blocks[i]);
	buffers_return(beyond);
	buffers_trim();
	for (i = 0; i < MANY; i++)
		mapped += is_mapped(blocks[i]);
	ck_assert_int_eq(mapped, MANY);
	for (i = 0; i < MANY; i++) {
		blocks[i] = buffers_lend();
		dirty += ((uint8_t *)blocks[i])[BUFFERS_SIZE / 2];
	}
	ck_assert_int_eq(dirty, 0);
	for (i = 0; i < MANY; i++)
		buffers_return(blocks[i]);
}
END_TEST

Suite *
buffers_suite(void)
{
	Suite *suite = suite_create("buffers");
	TCase *tcase = unit_case(suite, "buffers");

	tcase_add_test(tcase, test_lend);
	tcase_add_test(tcase, test_surplus);
	tcase_add_test(tcase, test_reserve);
	tcase_add_test(tcase, test_threads);
	return suite;
}
