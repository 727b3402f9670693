#ifndef CLIENT_OPTION_VALUES_H
#define CLIENT_OPTION_VALUES_H

/*
 * Values of options, read from text. For a wrong value each function ends the
 * program by usage_error; option is its name in that message.
 */

#include <stdint.h>

#include "client/ui/progress.h"
#include "client/ui/sha256sum.h"

int option_values_number(const char *text, const char *option, int least,
    int most);

/* Returns nanoseconds. The text is in seconds, up to a day. */
int64_t option_values_time(const char *text, const char *option, int least);

/* Returns bytes, at least as many as least, which is 0 or 1. */
uint64_t option_values_size(const char *text, const char *option, int least);

void option_values_sha256(const char *text, const char *option,
    uint8_t sha256[SHA256SUM_LENGTH]);

enum progress_mode option_values_progress(const char *text, const char *option);

#endif
