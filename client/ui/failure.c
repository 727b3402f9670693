/* Texts for failures that several rooms share, and the exit codes for refusals.
 * Pure functions; any thread may call them. */

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/ui/failure.h"
#include "common/amount.h"
#include "common/names.h"

int
failure_set(struct failure *failure, enum exit_code code, const char *format,
    ...)
{
	int saved = errno;
	va_list ap;

	failure->code = code;
	failure->is_disk_full = false;
	va_start(ap, format);
	vsnprintf(failure->text, sizeof(failure->text), format, ap);
	va_end(ap);
	errno = saved;
	return -1;
}

int
failure_set_errno(struct failure *failure, int error, const char *format, ...)
{
	int saved = errno;
	va_list ap;

	failure->code = EXIT_LOCAL;
	failure->is_disk_full = error == ENOSPC || error == EDQUOT;
	va_start(ap, format);
	vsnprintf(failure->text, sizeof(failure->text), format, ap);
	va_end(ap);
	errno = saved;
	return -1;
}

int
failure_set_violation(struct failure *failure, const char *what)
{
	return failure_set(failure, EXIT_PROTOCOL,
	    "the server does not speak this protocol: %s", what);
}

/* Returns true if component occurs in name, between slashes. */
static bool
has_component(const char *name, size_t len, const char *component)
{
	size_t n = strlen(component), begin = 0, end;

	for (end = 0; end <= len; end++) {
		if (end < len && name[end] != '/')
			continue;
		if (end - begin == n && memcmp(name + begin, component, n) == 0)
			return true;
		begin = end + 1;
	}
	return false;
}

/* Returns the rule that an invalid name breaks, and the remedy. */
static const char *
find_fault(const char *name, size_t len)
{
	if (len == 0)
		return "it is empty";
	if (memchr(name, '\0', len) != NULL)
		return "it has a NUL in it; with -0, -i takes names with NULs "
		       "between them";
	if (name[0] == '/')
		return "it must be relative to the served folder, without a / "
		       "in front";
	if (len == 1 && name[0] == '.')
		return "it is the served folder itself, which -r fetches";
	if (has_component(name, len, ".."))
		return "it must be relative, without '..'";
	if (has_component(name, len, "."))
		return "it must be relative, without '.' between slashes";
	if (name[len - 1] == '/')
		return "it ends with a /; with -r it may, and a folder is "
		       "fetched";
	return "it has an empty part, between two slashes";
}

int
failure_check_name(struct failure *failure, const char *name, size_t len)
{
	if (names_valid((const uint8_t *)name, len))
		return 0;
	if (len > NAMES_MAX)
		return failure_set(failure, EXIT_USAGE,
		    "not a name: it is longer than %d bytes", NAMES_MAX);
	return failure_set(failure, EXIT_USAGE, "not a name: %s",
	    find_fault(name, len));
}

int
failure_check_size(struct failure *failure, uint64_t size, uint64_t most)
{
	char has[AMOUNT_COUNT], allowed[AMOUNT_COUNT];

	if (size <= most)
		return 0;
	amount_print_both(size, most, has, allowed);
	return failure_set(failure, EXIT_LOCAL,
	    "it has %s; --max-size allows %s", has, allowed);
}

bool
failure_is_of_server(const struct failure *failure)
{
	return failure->code == EXIT_PROTOCOL ||
	    failure->code == EXIT_UNTRUSTED;
}

enum exit_code
failure_exit(enum protocol_status refusal)
{
	static const enum exit_code codes[PROTOCOL_STATUSES] = {
	    [PROTOCOL_NOT_FOUND] = EXIT_NOT_FOUND,
	    [PROTOCOL_DENIED] = EXIT_DENIED,
	    [PROTOCOL_NOT_A_FILE] = EXIT_DENIED,
	    [PROTOCOL_BAD_NAME] = EXIT_USAGE,
	    [PROTOCOL_UNSUPPORTED] = EXIT_PROTOCOL,
	    [PROTOCOL_BAD_REQUEST] = EXIT_PROTOCOL,
	    [PROTOCOL_CHANGED] = EXIT_CHANGED,
	    [PROTOCOL_BAD_RANGE] = EXIT_PROTOCOL,
	    [PROTOCOL_BUSY] = EXIT_BUSY,
	    [PROTOCOL_IO_ERROR] = EXIT_IO_ERROR,
	};

	return codes[refusal];
}
