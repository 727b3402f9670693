#ifndef FUZZ_H
#define FUZZ_H

/*
 * Targets of the fuzzer. Each passes any bytes to the code under test and
 * requires properties of the result that hold for all bytes, beyond "it does
 * not crash". rules.mk tells how they are built and run. Targets do not wait,
 * start no threads and leave no files behind.
 */

#include <stddef.h>
#include <stdint.h>

/* Returns 0, as libFuzzer requires. data is a heap block of exactly size bytes,
 * so that the address sanitizer detects reads beyond it. */
typedef int fuzz_target(const uint8_t *data, size_t size);

fuzz_target fuzz_amounts;
fuzz_target fuzz_client_list;
fuzz_target fuzz_client_options;
fuzz_target fuzz_fetch;
fuzz_target fuzz_hello;
fuzz_target fuzz_key_name;
fuzz_target fuzz_known_hosts;
fuzz_target fuzz_link;
fuzz_target fuzz_list;
fuzz_target fuzz_names;
fuzz_target fuzz_proxy_header;
fuzz_target fuzz_records;
fuzz_target fuzz_reply;
fuzz_target fuzz_request;
fuzz_target fuzz_server_options;
fuzz_target fuzz_session;
fuzz_target fuzz_sums;
fuzz_target fuzz_text;

/* Unless holds is true, prints file, line and condition, and aborts: the fuzzer
 * keeps the input. */
#define FUZZ_REQUIRE(holds)                                      \
	do {                                                     \
		if (!(holds))                                    \
			fuzz_broken(__FILE__, __LINE__, #holds); \
	} while (0)

void fuzz_broken(const char *file, int line, const char *what)
    __attribute__((noreturn));

/* Descriptor for that message: standard error, unless said.h captures it. */
extern int fuzz_stderr;

/* Takes the next byte of an input, which selects a variation; returns 0 if none
 * is left. */
uint8_t fuzz_take(const uint8_t **data, size_t *size);

/* Takes the next n bytes of an input, or all that are left, as a number. */
uint64_t fuzz_take_number(const uint8_t **data, size_t *size, size_t n);

#endif
