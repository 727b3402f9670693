/*
 * Common to all targets. A failed requirement aborts the process, which both
 * the fuzzer and Check detect.
 */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

int fuzz_stderr = STDERR_FILENO;

void
fuzz_broken(const char *file, int line, const char *what)
{
	dprintf(fuzz_stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

uint8_t
fuzz_take(const uint8_t **data, size_t *size)
{
	if (*size == 0)
		return 0;
	--*size;
	return *(*data)++;
}

uint64_t
fuzz_take_number(const uint8_t **data, size_t *size, size_t n)
{
	uint64_t number = 0;

	while (n-- > 0)
		number = number << 8 | fuzz_take(data, size);
	return number;
}
