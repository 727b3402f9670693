#ifndef CLIENT_UI_REPORT_PRIVATE_H
#define CLIENT_UI_REPORT_PRIVATE_H

/* Shared by report.c and report_totals.c, and by no other file. */

#include "client/ui/report.h"

/* Writes a line to standard error. Keeps the line of a failure, to print it
 * again at the end. */
void report_print(struct report *report, const char *line, bool is_failure);

#endif
