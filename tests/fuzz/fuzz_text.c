/*
 * Foreign bytes escaped for output, into buffers of any size: terminated,
 * without terminal control bytes and, if complete, reversible.
 */

#include <stdlib.h>
#include <string.h>

#define LIBBSD_OPENBSD_VIS
#include <vis.h>

#include "common/text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/said.h"

enum {
	INPUT = 256,	       /* bytes to be escaped, at most */
	TEXT = 4 * INPUT + 16, /* each may become four */
	JSON = 6 * INPUT + 16, /* or six */
};

typedef char *escaper(char *text, size_t size, const void *bytes, size_t len);

static void
check_harmless(const char *text, size_t len)
{
	struct said said = {(char *)(uintptr_t)text, len};

	FUZZ_REQUIRE(strlen(text) == len && memchr(text, '\n', len) == NULL);
	said.text[len] = '\n';
	said.len++;
	FUZZ_REQUIRE(said_is_harmless(&said));
	said.text[len] = '\0';
}

/* A complete result can be reversed; one in a smaller buffer is its
 * beginning. */
static void
check_escape(escaper *escape, const uint8_t *data, size_t size, size_t room)
{
	static char whole[TEXT], cut[TEXT], back[TEXT];
	size_t len;
	int n;

	FUZZ_REQUIRE(escape(whole, sizeof(whole), data, size) == whole);
	len = strlen(whole);
	check_harmless(whole, len);
	n = strunvis(back, whole);
	FUZZ_REQUIRE(n == (int)size);
	FUZZ_REQUIRE(size == 0 || memcmp(back, data, size) == 0);

	cut[room] = 'x';
	escape(cut, room, data, size);
	FUZZ_REQUIRE(strlen(cut) < room && cut[room] == 'x');
	FUZZ_REQUIRE(strncmp(cut, whole, strlen(cut)) == 0);
	check_harmless(cut, strlen(cut));
}

/* Checks a quoted string without a quote inside. */
static void
check_string(const char *text, size_t len)
{
	size_t i;

	check_harmless(text, len);
	FUZZ_REQUIRE(len >= 2 && text[0] == '"' && text[len - 1] == '"');
	for (i = 1; i < len - 1; i++) {
		FUZZ_REQUIRE(text[i] != '"');
		if (text[i] == '\\')
			i++;
	}
	FUZZ_REQUIRE(i == len - 1);
}

static void
check_json(const uint8_t *data, size_t size, size_t room)
{
	static char whole[JSON], cut[JSON];
	size_t len;

	len = text_json(whole, sizeof(whole), data, size);
	check_string(whole, len);

	cut[room] = 'x';
	len = text_json(cut, room, data, size);
	FUZZ_REQUIRE(len < room && cut[room] == 'x');
	FUZZ_REQUIRE(strlen(cut) == len);
	if (room < 3)
		return;
	check_string(cut, len);
	FUZZ_REQUIRE(strncmp(cut, whole, len - 1) == 0);
}

static void
check_hex(const uint8_t *data, size_t size)
{
	char digits[2 * INPUT + 1];
	uint8_t back[INPUT];

	text_hex(data, size, digits);
	FUZZ_REQUIRE(strlen(digits) == 2 * size);
	FUZZ_REQUIRE(text_unhex(digits, size, back) == 0);
	FUZZ_REQUIRE(size == 0 || memcmp(back, data, size) == 0);
	FUZZ_REQUIRE(size == 0 || text_unhex(digits, size - 1, back) != 0);
}

/* Checks that no other byte is taken for a digit, at any position. */
static void
check_unhex(const uint8_t *data, size_t size)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	char text[INPUT + 1];
	uint8_t back[INPUT];
	size_t good;
	int result;

	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	good = strspn(text, digits);
	result = text_unhex(text, size / 2, back);
	if (strlen(text) == size && size % 2 == 0)
		FUZZ_REQUIRE((result == 0) == (good == size));
	else if (good < size / 2 * 2)
		FUZZ_REQUIRE(result != 0);
}

int
fuzz_text(const uint8_t *data, size_t size)
{
	uint8_t kind = fuzz_take(&data, &size);
	size_t room = fuzz_take_number(&data, &size, 2) % TEXT;

	if (size > INPUT)
		size = INPUT;
	if (room == 0)
		room = 1;
	if (kind % 4 == 0)
		check_escape(text_escape, data, size, room);
	else if (kind % 4 == 1)
		check_escape(text_escape_word, data, size, room);
	else if (kind % 4 == 2)
		check_json(data, size, room);
	else {
		check_hex(data, size);
		check_unhex(data, size);
	}
	return 0;
}
