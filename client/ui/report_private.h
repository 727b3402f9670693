#ifndef CLIENT_UI_REPORT_PRIVATE_H
#define CLIENT_UI_REPORT_PRIVATE_H

/* Shared by report.c and report_totals.c, and by no other file. */

#include "client/ui/report.h"

/* Writes a line to standard error. Keeps the line of a failure, to print it
 * again at the end. */
void report_print(struct report *report, const char *line, bool is_failure);

enum {
	REPORT_SHARES = 64, /* bytes of shares, with the NUL */
};

/* Writes into shares the text before, and behind it how many bytes were
 * received and how many came from an older copy; "" if none did. */
void report_print_shares(uint64_t received, uint64_t reused, const char *before,
    char shares[REPORT_SHARES]);

#endif
