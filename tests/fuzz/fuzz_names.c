/*
 * The rules for names, checked by a second implementation, and the local name
 * of a served file: always one component.
 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/transfer/local_name.h"
#include "common/names.h"
#include "tests/fuzz/fuzz.h"

/* Returns whether "/name/" contains this part; all rules are of this form. */
static bool
has(const uint8_t *name, size_t len, const char *what)
{
	return memmem(name, len, what, strlen(what)) != NULL;
}

static bool
expected_valid(const uint8_t *between, size_t len)
{
	return len > 2 && len <= NAMES_MAX + 2 &&
	    memchr(between, '\0', len) == NULL && !has(between, len, "//") &&
	    !has(between, len, "/./") && !has(between, len, "/../");
}

/* Checks the local name that is made of a valid name. */
static void
check_valid(const uint8_t *data, size_t size)
{
	struct transfer_settings settings = {.connection.host = "host"};
	char name[NAMES_MAX + 1], *final;

	memcpy(name, data, size);
	name[size] = '\0';
	FUZZ_REQUIRE(strchr(names_last(name), '/') == NULL);
	FUZZ_REQUIRE(names_last(name) == name || names_last(name)[-1] == '/');
	settings.keep_name = size % 2 == 0;
	if (local_name_final(&settings, name, &final) != 0)
		return;
	FUZZ_REQUIRE(strchr(final, '/') == NULL && final[0] != '\0');
	FUZZ_REQUIRE(strcmp(final, ".") != 0 && strcmp(final, "..") != 0);
	free(final);
}

int
fuzz_names(const uint8_t *data, size_t size)
{
	static uint8_t between[NAMES_MAX + 16];
	bool valid = names_valid(data, size);
	bool hidden = names_hidden(data, size);

	if (size > NAMES_MAX + 8) {
		FUZZ_REQUIRE(!valid);
		return 0;
	}
	between[0] = between[size + 1] = '/';
	if (size > 0)
		memcpy(between + 1, data, size);
	FUZZ_REQUIRE(valid == expected_valid(between, size + 2));
	if (valid || (size == 1 && data[0] == '.'))
		FUZZ_REQUIRE(
		    hidden == (size > 1 && has(between, size + 2, "/.")));
	if (valid)
		check_valid(data, size);
	return 0;
}
