#ifndef FUZZ_H
#define FUZZ_H

/*
 * Targets of the fuzzer. Each takes any bytes, hands them to the code under
 * test, and requires of the outcome what must hold for all bytes; so "nothing
 * crashed" is the least of it. rules.mk says how they are built and run.
 * Targets do not wait, start no threads and leave nothing behind.
 */

#include <stddef.h>
#include <stdint.h>

/* 0, as libFuzzer wants it. data is exactly size bytes of the heap, so that
 * the address sanitizer sees a byte too many. */
typedef int fuzz_target(const uint8_t *data, size_t size);

fuzz_target fuzz_amounts;
fuzz_target fuzz_client_options;
fuzz_target fuzz_fetch;
fuzz_target fuzz_list;
fuzz_target fuzz_names;
fuzz_target fuzz_records;
fuzz_target fuzz_reply;
fuzz_target fuzz_request;
fuzz_target fuzz_server_options;
fuzz_target fuzz_session;
fuzz_target fuzz_sums;
fuzz_target fuzz_text;

/* Says where and what, and aborts: the fuzzer keeps the input. */
#define FUZZ_REQUIRE(holds)                                      \
	do {                                                     \
		if (!(holds))                                    \
			fuzz_broken(__FILE__, __LINE__, #holds); \
	} while (0)

void fuzz_broken(const char *file, int line, const char *what)
    __attribute__((noreturn));

/* Where that is said: standard error, unless that is caught (said.h). */
extern int fuzz_stderr;

/* What a target is to do besides, from the first bytes of its input: the next
 * byte, which is taken away; 0 when there is none. */
uint8_t fuzz_take(const uint8_t **data, size_t *size);

/* The next n bytes as a number, less where there are not so many. */
uint64_t fuzz_take_number(const uint8_t **data, size_t *size, size_t n);

#endif
