/*
 * Names of keys: read as by a second reader, with messages that show at most
 * one character of the input; and the name of any hash.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/key_name.h"
#include "tests/fuzz/fuzz.h"

enum {
	MARK = 'x', /* no letter of a name */
};

/* Reads a name in another way: blanks off the ends, a letter first and last,
 * then all dashes out. Returns false if it is none. */
static bool
read_name(const uint8_t *data, size_t size, char letters[KEY_NAME_LETTERS])
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz234567";
	size_t n = 0, i;

	while (size > 0 && memchr(" \t\n\v\f\r", data[size - 1], 6) != NULL)
		size--;
	for (; size > 0 && memchr(" \t\n\v\f\r", data[0], 6) != NULL; size--)
		data++;
	if (size == 0 || data[0] == '-' || data[size - 1] == '-')
		return false;
	for (i = 0; i < size; i++) {
		if (data[i] == '-')
			continue;
		if (n == KEY_NAME_LETTERS ||
		    memchr(alphabet, data[i], sizeof(alphabet) - 1) == NULL)
			return false;
		letters[n++] =
		    (char)(data[i] >= 'a' ? data[i] & ~0x20 : data[i]);
	}
	return n == KEY_NAME_LETTERS;
}

static void
check_message(const char *error)
{
	const char *quote = strchr(error, '\'');
	size_t len = strlen(error), i;

	FUZZ_REQUIRE(len > 0 && len < KEY_NAME_ERROR - 1);
	for (i = 0; i < len; i++)
		FUZZ_REQUIRE(error[i] >= ' ' && error[i] <= '~');
	FUZZ_REQUIRE(quote == NULL || (quote == error && quote[2] == '\''));
}

/* The shown form is read again as the same name. */
static void
check_form(const struct key_name *name)
{
	char text[KEY_NAME_TEXT], error[KEY_NAME_ERROR];
	struct key_name again;

	key_name_format(name, text);
	FUZZ_REQUIRE(strlen(text) == KEY_NAME_TEXT - 1);
	FUZZ_REQUIRE(key_name_decode(&again, text, strlen(text), error) == 0);
	FUZZ_REQUIRE(key_name_equal(name, &again));
	FUZZ_REQUIRE(memcmp(name, &again, sizeof(again)) == 0);
}

static void
check_hash(const uint8_t *data, size_t size)
{
	uint8_t hash[KEY_NAME_HASH] = {0};
	struct key_name name;

	memcpy(hash, data, size < sizeof(hash) ? size : sizeof(hash));
	key_name_of(&name, hash);
	check_form(&name);
}

int
fuzz_key_name(const uint8_t *data, size_t size)
{
	char expected[KEY_NAME_LETTERS], error[KEY_NAME_ERROR] = "";
	bool valid = read_name(data, size, expected);
	struct key_name name, before;
	int result;

	memset(&before, MARK, sizeof(before));
	name = before;
	result = key_name_decode(&name, (const char *)data, size, error);
	FUZZ_REQUIRE(result == (valid ? 0 : -1));
	if (valid) {
		FUZZ_REQUIRE(
		    memcmp(name.letters, expected, sizeof(expected)) == 0);
		FUZZ_REQUIRE(name.letters[KEY_NAME_LETTERS] == '\0');
		check_form(&name);
	} else {
		FUZZ_REQUIRE(memcmp(&name, &before, sizeof(name)) == 0);
		check_message(error);
	}
	check_hash(data, size);
	return 0;
}
