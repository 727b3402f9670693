/*
 * The one place where a failure gets its text.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "client/failure.h"

int
failure_set(struct failure *failure, enum exits code, const char *format, ...)
{
	int saved = errno;
	va_list ap;

	failure->code = code;
	va_start(ap, format);
	vsnprintf(failure->text, sizeof(failure->text), format, ap);
	va_end(ap);
	errno = saved;
	return -1;
}
