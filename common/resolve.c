/* Looks up host names. No other file calls getaddrinfo(3). The functions block
 * for as long as the system's resolver does. */

#include <sys/socket.h>

#include <net/if.h>

#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/endpoint.h"
#include "common/resolve.h"

/* A C library without IDNA fails for names beyond ASCII by itself. */
#ifndef AI_IDN
#define AI_IDN 0
#endif
#ifndef EAI_IDN_ENCODE
#define EAI_IDN_ENCODE 0
#endif

static bool
is_ascii(const char *text)
{
	while (*text != '\0' && (unsigned char)*text <= 0x7f)
		text++;
	return *text == '\0';
}

/*
 * Looks up a name with characters beyond ASCII. getaddrinfo(3) decodes it in
 * the thread's locale: this is the user's locale, or C.UTF-8 if the user's has
 * single-byte characters. Returns the code of getaddrinfo(3).
 */
static int
find_encoded(const char *host, const char *service,
    const struct addrinfo *hints, struct addrinfo **found)
{
	locale_t own = newlocale(LC_CTYPE_MASK, "", (locale_t)0), old;
	struct addrinfo idn = *hints;
	int code;

	old = uselocale(own == (locale_t)0 ? LC_GLOBAL_LOCALE : own);
	if (MB_CUR_MAX == 1) {
		if (own != (locale_t)0) {
			uselocale(LC_GLOBAL_LOCALE);
			freelocale(own);
		}
		own = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
		if (own != (locale_t)0)
			uselocale(own);
	}
	idn.ai_flags |= AI_IDN;
	code = getaddrinfo(host, service, &idn, found);
	uselocale(old);
	if (own != (locale_t)0)
		freelocale(own);
	return code;
}

/* Looks up a host. Returns the code of getaddrinfo(3). */
static int
find_host(const char *host, const char *service, const struct addrinfo *hints,
    struct addrinfo **found)
{
	char without[ENDPOINT_HOST];
	size_t len = host == NULL ? 0 : strlen(host);
	int code;

	if (host != NULL && !is_ascii(host))
		return find_encoded(host, service, hints, found);
	code = getaddrinfo(host, service, hints, found);
	/* A final dot marks a complete name, but /etc/hosts has no dots. */
	if (code == 0 || len < 2 || len >= sizeof(without) ||
	    host[len - 1] != '.')
		return code;
	memcpy(without, host, len - 1);
	without[len - 1] = '\0';
	return getaddrinfo(without, service, hints, found) == 0 ? 0 : code;
}

/* Writes the reason of a failed look-up for a person. Returns why. */
static const char *
explain_failure(const char *host, int code, char *why, size_t size)
{
	const char *scope = host == NULL ? NULL : strchr(host, '%');

	if (scope != NULL && strchr(host, ':') != NULL &&
	    if_nametoindex(scope + 1) == 0)
		snprintf(why, size, "this machine has no interface '%s'",
		    scope + 1);
	else if (host != NULL && !is_ascii(host))
		snprintf(why, size,
		    "%s (its form in ASCII, xn--..., is taken "
		    "too)",
		    code == EAI_IDN_ENCODE ?
			"it cannot be encoded as the name of a host, or "
			"libidn2 is missing" :
			gai_strerror(code));
	else
		snprintf(why, size, "%s",
		    code == EAI_SYSTEM ? strerror(errno) : gai_strerror(code));
	return why;
}

int
resolve_host(const char *host, uint16_t port, int flags,
    struct addrinfo **found, char *error, size_t size)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	    .ai_flags = flags | AI_NUMERICSERV};
	char service[8], why[256];
	int code;

	if (host != NULL && host[0] == '\0') {
		snprintf(error, size,
		    "'': no host is given (an unset variable?)");
		errno = EHOSTUNREACH;
		return -1;
	}
	snprintf(service, sizeof(service), "%u", port);
	code = find_host(host, service, &hints, found);
	if (code == 0)
		return 0;
	snprintf(error, size, "%s%s%s", host == NULL ? "" : host,
	    host == NULL ? "" : ": ",
	    explain_failure(host, code, why, sizeof(why)));
	errno = EHOSTUNREACH;
	return -1;
}
