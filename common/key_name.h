#ifndef COMMON_KEY_NAME_H
#define COMMON_KEY_NAME_H

/*
 * The short name of a public key: the first 130 bits of the SHA-256 of its
 * SubjectPublicKeyInfo, as 26 letters of base32 (RFC 4648). Shown in groups of
 * four: K7QF-2M3D-... A ticket is 130 random bits in the same form. Pure; any
 * thread may call these functions.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	KEY_NAME_LETTERS = 26,
	KEY_NAME_HASH = 32,	    /* bytes of a SHA-256 */
	KEY_NAME_TEXT = 26 + 6 + 1, /* bytes of the shown form, with its NUL */
	KEY_NAME_ERROR = 96,	    /* bytes of a message */
};

struct key_name {
	char letters[KEY_NAME_LETTERS + 1]; /* upper case, no dashes */
};

/* Names a key by the SHA-256 of its SubjectPublicKeyInfo; makes a ticket of
 * random bytes. */
void key_name_of(struct key_name *name, const uint8_t hash[KEY_NAME_HASH]);

/*
 * Decodes what a person typed or pasted: letters in either case, dashes
 * anywhere between them, blanks at the ends. Returns 0, or -1 with a message
 * in error that says what is wrong and, for a digit that is no letter of a key
 * name, which letter it may stand for. The message quotes nothing of the text
 * but one printable character.
 */
int key_name_decode(struct key_name *name, const char *text, size_t len,
    char error[KEY_NAME_ERROR]);

/* Prints the form with dashes. */
void key_name_format(const struct key_name *name, char text[KEY_NAME_TEXT]);

/* Compares in constant time. */
bool key_name_equal(const struct key_name *a, const struct key_name *b);

#endif
