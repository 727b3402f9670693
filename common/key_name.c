/*
 * Names of keys, and tickets: 130 bits as 26 letters of base32 (RFC 4648). No
 * letter holds a bit too many, so each name has one spelling, and each 26
 * letters are a name. common/identity.c hashes the keys.
 */

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "common/key_name.h"

enum {
	LETTER_BITS = 5,
	GROUP = 4, /* letters between two dashes of the shown form */
};

/* Returns the upper-case letter for c, or 0 if c is none. */
static char
letter_of(char c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7') ? c : 0;
}

/* isspace(3) depends on the locale. */
static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void
key_name_of(struct key_name *name, const uint8_t hash[KEY_NAME_HASH])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned int two; /* the byte in which a letter begins, and the next */
	int i, bit;

	for (i = 0; i < KEY_NAME_LETTERS; i++) {
		bit = i * LETTER_BITS;
		two = (unsigned int)hash[bit / 8] << 8 | hash[bit / 8 + 1];
		name->letters[i] = letters[two >> (11 - bit % 8) & 31];
	}
	name->letters[KEY_NAME_LETTERS] = '\0';
}

/* Says what is wrong with a character that is no letter. */
static void
refuse_character(char c, char error[KEY_NAME_ERROR])
{
	const char *meant = c == '0' ? ": it may stand for O" :
	    c == '1'		     ? ": it may stand for I or L" :
	    c == '8'		     ? ": it may stand for B" :
				       "";

	if (c < ' ' || c > '~')
		snprintf(error, KEY_NAME_ERROR,
		    "it holds a byte that is not printable ASCII");
	else if (c == '-')
		snprintf(error, KEY_NAME_ERROR,
		    "it begins or ends with a dash: is a part missing?");
	else if (c == ' ')
		snprintf(error, KEY_NAME_ERROR,
		    "it holds a blank between its letters");
	else
		snprintf(error, KEY_NAME_ERROR,
		    "'%c' is none of its letters (A to Z, 2 to 7)%s", c, meant);
}

int
key_name_decode(struct key_name *name, const char *text, size_t len,
    char error[KEY_NAME_ERROR])
{
	struct key_name read;
	size_t n = 0, i;
	char letter;

	for (; len > 0 && is_blank(text[0]); len--)
		text++;
	while (len > 0 && is_blank(text[len - 1]))
		len--;
	for (i = 0; i < len; i++) {
		letter = letter_of(text[i]);
		if (letter != 0 && n < KEY_NAME_LETTERS)
			read.letters[n] = letter;
		if (letter != 0)
			n++;
		else if (text[i] != '-' || n == 0 || i + 1 == len) {
			refuse_character(text[i], error);
			return -1;
		}
	}
	if (n != KEY_NAME_LETTERS) {
		snprintf(error, KEY_NAME_ERROR,
		    "it has %zu letters instead of %d%s", n, KEY_NAME_LETTERS,
		    n < KEY_NAME_LETTERS ? "; is a part of it missing?" : "");
		return -1;
	}
	read.letters[KEY_NAME_LETTERS] = '\0';
	*name = read;
	return 0;
}

void
key_name_format(const struct key_name *name, char text[KEY_NAME_TEXT])
{
	int i;

	for (i = 0; i < KEY_NAME_LETTERS; i++) {
		if (i > 0 && i % GROUP == 0)
			*text++ = '-';
		*text++ = name->letters[i];
	}
	*text = '\0';
}

bool
key_name_equal(const struct key_name *a, const struct key_name *b)
{
	return CRYPTO_memcmp(a->letters, b->letters, KEY_NAME_LETTERS) == 0;
}
