/*
 * Lines of sha256sum(1), as in a file of sums (-c): a parsed line is printed
 * and parsed again with the same result.
 */

#include <string.h>

#include "client/ui/sha256sum.h"
#include "tests/fuzz/fuzz.h"

enum {
	LINE = 512, /* bytes of a line to be parsed */
};

/* Prints a parsed line and parses it again. */
static void
check_again(const uint8_t sum[SHA256SUM_LENGTH], const char *name)
{
	char line[2 * LINE], cut[SHA256SUM_LENGTH * 2 + 8], *again;
	struct sha256sum_reader reader = {.columns = SHA256SUM_TWO};
	uint8_t sum_again[SHA256SUM_LENGTH];
	size_t len;

	/* Parsing removes a leading "./". */
	sha256sum_print(sum, name, line, sizeof(line));
	len = strlen(line);
	FUZZ_REQUIRE(line[len - 1] == '\n');
	line[len - 1] = '\0';
	FUZZ_REQUIRE(strpbrk(line, "\n\r") == NULL);
	if (name[0] != '\0') {
		FUZZ_REQUIRE(sha256sum_parse(&reader, line, sum_again,
				 &again) == SHA256SUM_SUM);
		FUZZ_REQUIRE(strcmp(name, again) == 0);
		FUZZ_REQUIRE(memcmp(sum, sum_again, SHA256SUM_LENGTH) == 0);
	}

	/* Into a buffer that may be too small. */
	sha256sum_print(sum, name, cut, sizeof(cut));
	len = strlen(cut);
	FUZZ_REQUIRE(len < sizeof(cut) && cut[len - 1] == '\n');
}

int
fuzz_sums(const uint8_t *data, size_t size)
{
	struct sha256sum_reader reader = {.columns = SHA256SUM_UNKNOWN};
	uint8_t sum[SHA256SUM_LENGTH];
	char line[LINE], *name;

	if (size >= sizeof(line))
		size = sizeof(line) - 1;
	if (size > 0)
		memcpy(line, data, size);
	line[size] = '\0';
	if (sha256sum_parse(&reader, line, sum, &name) != SHA256SUM_SUM)
		return 0;
	FUZZ_REQUIRE(name > line && name < line + sizeof(line));
	FUZZ_REQUIRE(strlen(name) < size);
	check_again(sum, name);
	return 0;
}
