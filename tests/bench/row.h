#ifndef BENCH_ROW_H
#define BENCH_ROW_H

/* One measured value: "LABEL<tab>NAME<tab>VALUE". The label is the driver's:
 * section, case, contender and round, with tabs between them. */

#include <stdio.h>

void row_print(FILE *file, const char *label, const char *name, double value);

#endif
