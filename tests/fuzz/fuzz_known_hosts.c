/*
 * Files of known hosts: the keys that are found are those of lines that name
 * the server, a file with a wrong line is refused for every server, and a line
 * that is added is found again.
 */

#include <string.h>

#include "client/trust/known_hosts.h"
#include "tests/fuzz/fuzz.h"

/* Looks a server up in a text. */
static int
find(const char *text, size_t len, const char *host, struct known_keys *known)
{
	char error[KNOWN_HOSTS_ERROR] = "";
	int result;

	memset(known, 0, sizeof(*known));
	result = known_hosts_find(text, len, host, 8080, known, error);
	FUZZ_REQUIRE((result == 0) == (error[0] == '\0'));
	FUZZ_REQUIRE(result == 0 || strncmp(error, "line ", 5) == 0);
	FUZZ_REQUIRE(known->n <= KNOWN_HOSTS_KEYS);
	FUZZ_REQUIRE(known->n == 0 || known->line > 0);
	return result;
}

/* Writes the line of a host whose name is a first line behind a '#', and finds
 * it again. */
static void
check_added(const char *text, size_t size, const struct key_name *key)
{
	char host[KNOWN_HOSTS_LINE + 1], line[KNOWN_HOSTS_LINE];
	const char *end = memchr(text, '\n', size);
	struct known_keys known;
	size_t len;

	if (text[0] != '#' || end == NULL)
		return;
	len = (size_t)(end - text) - 1;
	memcpy(host, text + 1, len);
	host[len] = '\0';
	len = known_hosts_format(host, 8080, key, line);
	if (len == 0 || host[0] == '\0')
		return;
	FUZZ_REQUIRE(len < KNOWN_HOSTS_LINE && strlen(line) == len);
	FUZZ_REQUIRE(memchr(line, '\n', len) == line + len - 1);
	/* Some texts are no hosts, which the command line refuses. */
	if (find(line, len, host, &known) != 0)
		return;
	FUZZ_REQUIRE(known.n == 0 || key_name_equal(&known.keys[0], key));
}

int
fuzz_known_hosts(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct known_keys known, other;
	int result = find(text, size, "a", &known);

	FUZZ_REQUIRE(find(text, size, "b", &other) == 0 || result != 0 ||
	    other.n == KNOWN_HOSTS_KEYS);
	if (result == 0 && known.n > 0)
		check_added(text, size, &known.keys[0]);
	return 0;
}
