/* The common output format of load and lap, which rows.awk reads. */

#include "tests/bench/row.h"

void
row_print(FILE *file, const char *label, const char *name, double value)
{
	(void)fprintf(file, "%s\t%s\t%.9g\n", label, name, value);
}
