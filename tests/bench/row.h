#ifndef BENCH_ROW_H
#define BENCH_ROW_H

/* Prints one value: "LABEL<tab>NAME<tab>VALUE". The caller's label is section,
 * case, contender and round, separated by tabs. */

#include <stdio.h>

void row_print(FILE *file, const char *label, const char *name, double value);

#endif
