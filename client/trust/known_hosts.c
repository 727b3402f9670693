/* Reads the lines of a known_hosts file, strictly: a file with a wrong line is
 * refused as a whole. trust/known_hosts_file.c reads and writes the file. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/trust/known_hosts.h"
#include "common/endpoint.h"

#define BLANKS " \t\r"

static int __attribute__((format(printf, 3, 4)))
refuse_line(char *error, size_t number, const char *format, ...)
{
	int used = snprintf(error, KNOWN_HOSTS_ERROR, "line %zu: ", number);
	va_list ap;

	va_start(ap, format);
	vsnprintf(error + used, KNOWN_HOSTS_ERROR - (size_t)used, format, ap);
	va_end(ap);
	return -1;
}

/* Reads "host:port". The port is a number: no look-up of a service is made. */
static int
read_endpoint(struct endpoint *endpoint, const char *word, size_t number,
    char *error)
{
	const char *port = strrchr(word, ':');
	char why[ENDPOINT_ERROR];

	if (port == NULL || port[1] == '\0' ||
	    port[1 + strspn(port + 1, "0123456789")] != '\0')
		return refuse_line(error, number,
		    "'%.80s' is not HOST:PORT, with a number for the port",
		    word);
	if (endpoint_parse(endpoint, word, ENDPOINT_CONNECT, why) != 0)
		return refuse_line(error, number, "%.200s", why);
	if (!endpoint->has_port)
		return refuse_line(error, number,
		    "'%.80s' has no port; with an IPv6 address one is written "
		    "[ADDRESS]:PORT",
		    word);
	return 0;
}

/* Returns the next word of a line, and moves *line behind it; NULL at the end.
 */
static char *
next_word(char **line)
{
	char *word;

	do
		word = strsep(line, BLANKS);
	while (word != NULL && word[0] == '\0');
	return word;
}

/* Adds a key unless it is there. Returns 0, or -1 without room. */
static int
add_key(struct known_keys *known, const struct key_name *key)
{
	size_t i;

	for (i = 0; i < known->n; i++)
		if (key_name_equal(&known->keys[i], key))
			return 0;
	if (known->n == KNOWN_HOSTS_KEYS)
		return -1;
	known->keys[known->n++] = *key;
	return 0;
}

/* Reads the words behind the server. */
static int
read_keys(char *line, struct key_name keys[KNOWN_HOSTS_LINE_KEYS], size_t *n,
    size_t number, char *error)
{
	char why[KEY_NAME_ERROR], *word;

	*n = 0;
	while ((word = next_word(&line)) != NULL) {
		if (*n == KNOWN_HOSTS_LINE_KEYS)
			return refuse_line(error, number,
			    "it has more than %d keys", KNOWN_HOSTS_LINE_KEYS);
		if (key_name_decode(&keys[*n], word, strlen(word), why) != 0)
			return refuse_line(error, number, "not a key: %s", why);
		(*n)++;
	}
	return *n > 0 ? 0 :
			refuse_line(error, number, "there is no key behind it");
}

/* Reads a line, which is changed; adds its keys if it names the server. */
static int
read_line(char *line, size_t number, const char *host, uint16_t port,
    struct known_keys *known, char *error)
{
	struct key_name keys[KNOWN_HOSTS_LINE_KEYS];
	struct endpoint endpoint = {.port = 0};
	size_t n, i;
	char *word = next_word(&line);

	if (word == NULL || word[0] == '#')
		return 0;
	if (read_endpoint(&endpoint, word, number, error) != 0 ||
	    read_keys(line, keys, &n, number, error) != 0)
		return -1;
	if (endpoint.port != port || !endpoint_same_host(endpoint.host, host))
		return 0;
	if (known->line == 0)
		known->line = number;
	for (i = 0; i < n; i++)
		if (add_key(known, &keys[i]) != 0)
			return refuse_line(error, number,
			    "this server has more than %d keys",
			    KNOWN_HOSTS_KEYS);
	return 0;
}

int
known_hosts_find(const char *text, size_t len, const char *host, uint16_t port,
    struct known_keys *known, char error[KNOWN_HOSTS_ERROR])
{
	char line[KNOWN_HOSTS_LINE + 1];
	const char *end = text + len, *next;
	size_t number, n;

	for (number = 1; text < end; number++, text = next) {
		next = memchr(text, '\n', (size_t)(end - text));
		n = (size_t)((next == NULL ? end : next) - text);
		next = next == NULL ? end : next + 1;
		if (n > KNOWN_HOSTS_LINE)
			return refuse_line(error, number,
			    "it is longer than %d bytes", KNOWN_HOSTS_LINE);
		if (memchr(text, '\0', n) != NULL)
			return refuse_line(error, number,
			    "it has a NUL byte in it");
		memcpy(line, text, n);
		line[n] = '\0';
		if (read_line(line, number, host, port, known, error) != 0)
			return -1;
	}
	return 0;
}

size_t
known_hosts_format(const char *host, uint16_t port, const struct key_name *key,
    char line[KNOWN_HOSTS_LINE])
{
	char server[ENDPOINT_TEXT], shown[KEY_NAME_TEXT];
	int len;

	/* Such a host could end its word or its line, or be cut. */
	if (host[strcspn(host, BLANKS "\n")] != '\0' || host[0] == '#' ||
	    strlen(host) >= ENDPOINT_HOST)
		return 0;
	key_name_format(key, shown);
	len = snprintf(line, KNOWN_HOSTS_LINE, "%s %s\n",
	    endpoint_print(host, port, server), shown);
	return len < KNOWN_HOSTS_LINE ? (size_t)len : 0;
}
