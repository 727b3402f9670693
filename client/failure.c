/*
 * The one place where a failure gets its text, and a refusal its exit code.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "client/failure.h"
#include "common/names.h"

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

int
failure_set_violation(struct failure *failure, const char *what)
{
	return failure_set(failure, EXITS_PROTOCOL,
	    "the server does not speak this protocol: %s", what);
}

int
failure_check_name(struct failure *failure, const char *name, size_t len)
{
	if (names_valid((const uint8_t *)name, len))
		return 0;
	return failure_set(failure, EXITS_USAGE,
	    len > NAMES_MAX ?
		"not a name: it is longer than %d bytes" :
		"not a name: it must be relative, without empty parts, '.' or "
		"'..'",
	    NAMES_MAX);
}

int
failure_check_size(struct failure *failure, uint64_t size, uint64_t most)
{
	if (size <= most)
		return 0;
	return failure_set(failure, EXITS_LOCAL,
	    "its %" PRIu64 " bytes are more than --max-size allows", size);
}

enum exits
failure_exit(enum protocol_status refusal)
{
	static const enum exits codes[PROTOCOL_STATUSES] = {
	    [PROTOCOL_NOT_FOUND] = EXITS_NOT_FOUND,
	    [PROTOCOL_DENIED] = EXITS_DENIED,
	    [PROTOCOL_NOT_A_FILE] = EXITS_DENIED,
	    [PROTOCOL_BAD_NAME] = EXITS_USAGE,
	    [PROTOCOL_UNSUPPORTED] = EXITS_PROTOCOL,
	    [PROTOCOL_BAD_REQUEST] = EXITS_PROTOCOL,
	    [PROTOCOL_CHANGED] = EXITS_CHANGED,
	    [PROTOCOL_BAD_RANGE] = EXITS_PROTOCOL,
	    [PROTOCOL_BUSY] = EXITS_BUSY,
	    [PROTOCOL_IO_ERROR] = EXITS_IO_ERROR,
	};

	return codes[refusal];
}
