/* Decodes UTF-8 itself instead of calling mbrtowc(3): the escaping must not
 * depend on the locale in which a server was started. */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* libbsd has two versions of strnvis(); its header requires a choice. */
#define LIBBSD_OPENBSD_VIS
#include <vis.h>

#include "common/text.h"

/*
 * Returns the length of the well-formed UTF-8 sequence at bytes (RFC 3629:
 * shortest form, no surrogates, at most U+10FFFF) and sets *point; 0 if there
 * is none.
 */
static size_t
utf8_decode(const uint8_t *bytes, size_t len, uint32_t *point)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t i, n;

	if (bytes[0] < 0x80) {
		*point = bytes[0];
		return 1;
	}
	n = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;
	if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || n > len)
		return 0;
	*point = bytes[0] & (0x7fU >> n);
	for (i = 1; i < n; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (bytes[i] & 0x3f);
	}
	if (*point < least[n] || *point > 0x10ffff ||
	    (*point >= 0xd800 && *point <= 0xdfff))
		return 0;
	return n;
}

/* Returns whether a terminal acts on this code point instead of showing it. */
static bool
is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) ||
	    point == 0x061c ||			    /* direction: ALM, */
	    point == 0x200e || point == 0x200f ||   /* LRM, RLM, */
	    (point >= 0x202a && point <= 0x202e) || /* embeddings */
	    (point >= 0x2066 && point <= 0x2069) || /* and isolates */
	    point == 0x2028 || point == 0x2029;	    /* line, paragraph */
}

/* Writes the escape of one character to out: at most 16 bytes and a NUL.
 * Returns its length. */
static size_t
escape_character(const uint8_t *from, size_t n, char *out)
{
	char *p = out;
	size_t i;

	/* For bytes beyond ASCII the result of vis depends on the locale. */
	if (n == 1 && from[0] < 0x80 && from[0] != ' ')
		p = vis(p, from[0], VIS_OCTAL | VIS_TAB | VIS_NL | VIS_CSTYLE,
		    '0');
	else
		for (i = 0; i < n; i++)
			p += sprintf(p, "\\%03o", from[i]);
	return (size_t)(p - out);
}

static char *
escape_text(char *text, size_t size, const void *bytes, size_t len, bool space)
{
	const uint8_t *from = len == 0 ? (const uint8_t *)"" : bytes;
	const uint8_t *end = from + len;
	char escaped[4 * 4 + 1], *to = text;
	uint32_t point = 0;
	size_t n, out;

	while (from < end) {
		n = utf8_decode(from, (size_t)(end - from), &point);
		if (n == 0 || is_control(point) || point == '\\' ||
		    (space && point == ' ')) {
			n = n == 0 ? 1 : n;
			out = escape_character(from, n, escaped);
		} else {
			memcpy(escaped, from, n);
			out = n;
		}
		if (out >= size - (size_t)(to - text))
			break;
		memcpy(to, escaped, out);
		to += out;
		from += n;
	}
	*to = '\0';
	return text;
}

char *
text_escape(char *text, size_t size, const void *bytes, size_t len)
{
	return escape_text(text, size, bytes, len, false);
}

char *
text_escape_word(char *text, size_t size, const void *bytes, size_t len)
{
	return escape_text(text, size, bytes, len, true);
}

/* Writes one character of a JSON string to out, at most 13 bytes with the NUL.
 * Returns its length. */
static size_t
json_character(const uint8_t *from, size_t n, uint32_t point, char *out)
{
	if (n == 0)
		return (size_t)sprintf(out, "\\udc%02x", from[0]);
	if (point == '"' || point == '\\')
		return (size_t)sprintf(out, "\\%c", (int)point);
	if (is_control(point))
		return (size_t)sprintf(out, "\\u%04x", (unsigned)point);
	memcpy(out, from, n);
	return n;
}

size_t
text_json(char *text, size_t size, const void *bytes, size_t len)
{
	const uint8_t *from = len == 0 ? (const uint8_t *)"" : bytes;
	const uint8_t *end = from + len;
	char character[16], *to = text;
	uint32_t point = 0;
	size_t n, out;

	if (size < 3) {
		text[0] = '\0';
		return 0;
	}
	*to++ = '"';
	while (from < end) {
		n = utf8_decode(from, (size_t)(end - from), &point);
		out = json_character(from, n, point, character);
		if (out + 2 > size - (size_t)(to - text))
			break;
		memcpy(to, character, out);
		to += out;
		from += n == 0 ? 1 : n;
	}
	*to++ = '"';
	*to = '\0';
	return (size_t)(to - text);
}

void
text_hex(const uint8_t *bytes, size_t len, char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		*text++ = digits[bytes[i] >> 4];
		*text++ = digits[bytes[i] & 15];
	}
	*text = '\0';
}

static int
unhex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
text_unhex(const char *text, size_t len, uint8_t *bytes)
{
	int high, low;
	size_t i;

	for (i = 0; i < len; i++, text += 2) {
		high = unhex_digit(text[0]);
		low = high < 0 ? -1 : unhex_digit(text[1]);
		if (low < 0)
			return -1;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return text[0] == '\0' ? 0 : -1;
}
