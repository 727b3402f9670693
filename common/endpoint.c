/* Checks the form of a host and a port and refuses common mistakes (a URL, two
 * hosts, a missing bracket) with a hint. common/resolve.c looks names up. */

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <ctype.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/endpoint.h"

static int __attribute__((format(printf, 2, 3)))
refuse_text(char *error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(error, ENDPOINT_ERROR, format, ap);
	va_end(ap);
	return -1;
}

static int
find_service(const char *text, uint16_t *port, char *error)
{
	const struct servent *service = getservbyname(text, "tcp");

	if (service == NULL)
		return refuse_text(error,
		    "'%s' is neither a number (1 to %d) nor a known service",
		    text, UINT16_MAX);
	*port = ntohs((uint16_t)service->s_port);
	return 0;
}

int
endpoint_parse_port(const char *text, enum endpoint_port kind, uint16_t *port,
    char error[ENDPOINT_ERROR])
{
	const unsigned least = kind == ENDPOINT_CONNECT;
	unsigned long value = 0;
	const char *c;

	if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
		return kind == ENDPOINT_CONNECT ?
		    find_service(text, port, error) :
		    refuse_text(error, "'%s' is not a number (0 to %d)", text,
			UINT16_MAX);
	for (c = text; *c != '\0' && value <= UINT16_MAX; c++)
		value = value * 10 + (unsigned long)(*c - '0');
	if (value < least || value > UINT16_MAX)
		return refuse_text(error, "'%s' is too %s (%u to %d)", text,
		    value < least ? "small" : "large", least, UINT16_MAX);
	*port = (uint16_t)value;
	return 0;
}

/* Refuses a URL such as "http://host:80/name"; shows what to write instead. A
 * link may contain a secret: the error has nothing behind a '#'. */
static int
refuse_url(const char *text, const char *rest, char *error)
{
	int host = (int)strcspn(rest, "/?#");
	const char *name = rest + host + (rest[host] == '/');
	const char *end = memchr(rest, ']', (size_t)host);
	bool has_port;

	if (strncasecmp(text, "files:", 6) == 0)
		return refuse_text(error,
		    "a link (files://) is not an address");
	if (end == NULL)
		end = rest;
	has_port = memchr(end, ':', (size_t)(rest + host - end)) != NULL;
	return refuse_text(error, "'%.*s' is a URL: write %.*s%s%s%.*s",
	    (int)strcspn(text, "#"), text, host, rest, has_port ? "" : " PORT",
	    name[0] == '\0' || name[0] == '#' ? "" : " ",
	    (int)strcspn(name, "#"), name);
}

/* Replaces "%25" before a scope with '%' (RFC 6874), unless an interface has a
 * name that begins with "25". */
static void
decode_scope(char *host)
{
	char *scope = strchr(host, '%');

	if (scope == NULL || strncmp(scope, "%25", 3) != 0 ||
	    !isalpha((unsigned char)scope[3]) || if_nametoindex(scope + 1) != 0)
		return;
	memmove(scope + 1, scope + 3, strlen(scope + 3) + 1);
}

/* Checks an IPv6 address. A link-local one needs a scope: without it the
 * address names a different machine on each link. */
static int
judge_ipv6(const char *host, char *error)
{
	const char *scope = strchr(host, '%');
	char address[INET6_ADDRSTRLEN];
	struct in6_addr in6;
	size_t len = scope == NULL ? strlen(host) : (size_t)(scope - host);

	if (len < sizeof(address)) {
		memcpy(address, host, len);
		address[len] = '\0';
	}
	if (len >= sizeof(address) || inet_pton(AF_INET6, address, &in6) != 1)
		return refuse_text(error,
		    "'%s' is no IPv6 address; with a port one is written "
		    "[ADDRESS]:PORT",
		    host);
	if (IN6_IS_ADDR_LINKLOCAL(&in6) && (scope == NULL || scope[1] == '\0'))
		return refuse_text(error,
		    "'%s' needs the interface that leads there: %s%%eth0",
		    address, address);
	return 0;
}

static int
judge_host(const char *host, char *error)
{
	size_t len = strlen(host), i;

	if (host[strcspn(host, ",")] == ',')
		return refuse_text(error, "'%s' is more than one host", host);
	if (host[strcspn(host, "/")] == '/')
		return refuse_text(error,
		    "'%s' is no host name: it has a '/' in it", host);
	if (strchr(host, ':') != NULL)
		return judge_ipv6(host, error);
	for (i = 0; i < len; i++)
		if ((unsigned char)host[i] > 0x7f)
			return 0; /* encoding it will check its length */
	if (len > ENDPOINT_NAME_MAX + (host[len - 1] == '.'))
		return refuse_text(error,
		    "a host name has at most %d characters", ENDPOINT_NAME_MAX);
	return 0;
}

/* Finds the host and the port in the text; *port is NULL if there is none.
 * Returns the length of the host, or -1 with a line in error. */
static int
split_text(const char *text, const char **host, const char **port, char *error)
{
	const char *end, *colon;

	*host = text;
	*port = NULL;
	if (text[0] == '[') {
		end = strchr(text, ']');
		if (end == NULL)
			return refuse_text(error, "'%s' lacks a ']'", text);
		if (end[1] == ':')
			*port = end + 2;
		else if (end[1] != '\0')
			return refuse_text(error,
			    "'%s': only ':' and a port may follow the ']'",
			    text);
		*host = text + 1;
		return (int)(end - *host);
	}
	colon = strchr(text, ':');
	if (colon == NULL || strchr(colon + 1, ':') != NULL ||
	    memchr(text, '%', (size_t)(colon - text)) != NULL)
		return (int)strlen(text);
	*port = colon + 1;
	return (int)(colon - text);
}

int
endpoint_parse(struct endpoint *endpoint, const char *text,
    enum endpoint_port kind, char error[ENDPOINT_ERROR])
{
	const char *host, *port, *url = strstr(text, "://");
	int len;

	if (url != NULL)
		return refuse_url(text, url + 3, error);
	len = split_text(text, &host, &port, error);
	if (len < 0)
		return -1;
	if (len == 0)
		return refuse_text(error,
		    text[0] == '\0' ?
			"'%s' is no host name (an unset variable?)" :
			"'%s' has no host",
		    text);
	if (len >= ENDPOINT_HOST)
		return refuse_text(error,
		    "a host name has at most %d characters", ENDPOINT_NAME_MAX);
	memcpy(endpoint->host, host, (size_t)len);
	endpoint->host[len] = '\0';
	decode_scope(endpoint->host);
	endpoint->has_port = port != NULL;
	endpoint->port = 0;
	if (len > 0 && judge_host(endpoint->host, error) != 0)
		return -1;
	if (port == NULL)
		return 0;
	if (port[0] == '\0')
		return refuse_text(error, "'%s' has no port after its ':'",
		    text);
	return endpoint_parse_port(port, kind, &endpoint->port, error);
}

/* Returns the length of a host name without the dot that may end it. */
static size_t
measure_name(const char *host)
{
	size_t len = strlen(host);

	return len > 1 && host[len - 1] == '.' ? len - 1 : len;
}

/* Reads an address in any form that leads there, such as 127.1 for 127.0.0.1,
 * an IPv4 address as IPv6 has it. Returns false if it is a name. */
static bool
read_address(const char *host, struct in6_addr *address)
{
	char text[INET6_ADDRSTRLEN];
	const char *scope = strchr(host, '%');
	size_t len =
	    scope == NULL ? measure_name(host) : (size_t)(scope - host);
	struct in_addr in;

	if (len >= sizeof(text))
		return false;
	memcpy(text, host, len);
	text[len] = '\0';
	if (inet_pton(AF_INET6, text, address) == 1)
		return true;
	if (scope != NULL || inet_aton(text, &in) != 1)
		return false;
	*address = (struct in6_addr){.s6_addr = {[10] = 0xff, [11] = 0xff}};
	memcpy(&address->s6_addr[12], &in, sizeof(in));
	return true;
}

/* Returns the number of the interface behind an address's '%', or 0. */
static unsigned
find_scope(const char *scope)
{
	unsigned index = if_nametoindex(scope + 1);

	if (index == 0 && scope[1 + strspn(scope + 1, "0123456789")] == '\0')
		index = (unsigned)strtoul(scope + 1, NULL, 10);
	return index;
}

/* Returns whether two addresses, of different text, are on one interface. */
static bool
has_same_scope(const char *a, const char *b)
{
	const char *left = strchr(a, '%'), *right = strchr(b, '%');
	unsigned index;

	if (left == NULL || right == NULL)
		return left == right;
	if (strcmp(left, right) == 0)
		return true;
	index = find_scope(left);
	return index != 0 && index == find_scope(right);
}

bool
endpoint_same_host(const char *a, const char *b)
{
	struct in6_addr left, right;
	size_t len = measure_name(a);

	if (len == measure_name(b) && strncasecmp(a, b, len) == 0)
		return true;
	return read_address(a, &left) && read_address(b, &right) &&
	    memcmp(&left, &right, sizeof(left)) == 0 && has_same_scope(a, b);
}

const char *
endpoint_print(const char *host, uint16_t port, char text[ENDPOINT_TEXT])
{
	snprintf(text, ENDPOINT_TEXT,
	    strchr(host, ':') == NULL ? "%s:%u" : "[%s]:%u", host, port);
	return text;
}
