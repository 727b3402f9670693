/* Reads a link strictly. It may come from somebody else, so client/operands.c
 * escapes the messages. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "client/link.h"
#include "common/text.h"

#define LINK_SCHEME "files://"

static int __attribute__((format(printf, 2, 3)))
refuse_link(char *error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(error, LINK_ERROR, format, ap);
	va_end(ap);
	return -1;
}

bool
link_is_one(const char *text)
{
	/* A scheme has no case (RFC 3986, 3.1); some keyboards capitalize. */
	return strncasecmp(text, LINK_SCHEME, strlen(LINK_SCHEME)) == 0;
}

/* Decodes "%41" and the like in place. */
static int
decode_percent(char *text, char *error)
{
	char *to = text, digits[3] = "";
	uint8_t byte;

	for (; *text != '\0'; text++) {
		if (*text != '%') {
			*to++ = *text;
			continue;
		}
		digits[0] = text[1];
		digits[1] = text[1] == '\0' ? '\0' : text[2];
		if (text_unhex(digits, 1, &byte) != 0 || byte == 0)
			return refuse_link(error,
			    "the link has '%%%s' in it, which stands for no "
			    "character of a name; %%25 stands for %%",
			    digits);
		*to++ = (char)byte;
		text += 2;
	}
	*to = '\0';
	return 0;
}

/* Decodes the key or the ticket of a link. */
static int
decode_key(struct key_name *key, const char *text, size_t len, const char *what,
    char *error)
{
	char why[KEY_NAME_ERROR];

	if (key_name_decode(key, text, len, why) == 0)
		return 0;
	return refuse_link(error,
	    "the link is cut or mistyped: %s behind its # is wrong: %s "
	    "(%%23 stands for a # in a name)",
	    what, why);
}

/* Decodes what stands behind '#', of len bytes. */
static int
decode_keys(struct link *link, const char *text, size_t len, char *error)
{
	const char *plus = memchr(text, '+', len);
	size_t key_len = plus == NULL ? len : (size_t)(plus - text);

	if (decode_key(&link->key, text, key_len, "the key", error) != 0)
		return -1;
	link->has_key = true;
	if (plus == NULL)
		return 0;
	if (decode_key(&link->ticket, plus + 1, len - key_len - 1, "the ticket",
		error) != 0)
		return -1;
	link->has_ticket = true;
	return 0;
}

/* Decodes the part of the text before '#'. */
static int
decode_place(struct link *link, char *text, char *error)
{
	char *host = text + strlen(LINK_SCHEME);
	char *slash = strchr(host, '/');
	char why[ENDPOINT_ERROR];

	link->name = slash == NULL ? strchr(host, '\0') : slash + 1;
	if (slash != NULL)
		*slash = '\0';
	if (host[strcspn(host, ",")] == ',')
		return refuse_link(error,
		    "a link names one server; a list of servers is the operand "
		    "HOST");
	if (endpoint_parse(&link->server, host, ENDPOINT_CONNECT, why) != 0)
		return refuse_link(error, "link: %s", why);
	return decode_percent(link->name, error);
}

int
link_decode(struct link *link, char *text, char error[LINK_ERROR])
{
	char *keys = strchr(text, '#');
	int result = 0;
	size_t len;

	*link = (struct link){.name = NULL};
	if (keys != NULL) {
		len = strlen(keys + 1);
		result = decode_keys(link, keys + 1, len, error);
		/* Arguments can be seen by other users of this machine. */
		explicit_bzero(keys, len + 1);
	}
	if (result != 0 || decode_place(link, text, error) != 0)
		return -1;
	if (link->has_ticket && link->name[0] == '\0')
		return refuse_link(error,
		    "the link is cut or mistyped: it has a ticket and no name");
	return 0;
}
