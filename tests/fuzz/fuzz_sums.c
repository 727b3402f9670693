/*
 * Lines of sha256sum(1), which a file of sums (-c) is read as: what was read
 * is written the same way again, and read again.
 */

#include <string.h>

#include "client/ui/sha256sum.h"
#include "tests/fuzz/fuzz.h"

enum {
	LINE = 512, /* bytes of a line that is read */
};

/* What was read, written and read once more. */
static void
check_again(const uint8_t sum[SUMS_LENGTH], const char *name)
{
	char line[2 * LINE], cut[SUMS_LENGTH * 2 + 8], *again;
	struct sums_reader reader = {.columns = SUMS_TWO};
	uint8_t sum_again[SUMS_LENGTH];
	size_t len;

	/* "./" in front is left out when it is read. */
	sums_print(sum, name, line, sizeof(line));
	len = strlen(line);
	FUZZ_REQUIRE(line[len - 1] == '\n');
	line[len - 1] = '\0';
	FUZZ_REQUIRE(strpbrk(line, "\n\r") == NULL);
	if (name[0] != '\0') {
		FUZZ_REQUIRE(
		    sums_parse(&reader, line, sum_again, &again) == SUMS_SUM);
		FUZZ_REQUIRE(strcmp(name, again) == 0);
		FUZZ_REQUIRE(memcmp(sum, sum_again, SUMS_LENGTH) == 0);
	}

	/* Where there is not so much room. */
	sums_print(sum, name, cut, sizeof(cut));
	len = strlen(cut);
	FUZZ_REQUIRE(len < sizeof(cut) && cut[len - 1] == '\n');
}

int
fuzz_sums(const uint8_t *data, size_t size)
{
	struct sums_reader reader = {.columns = SUMS_UNKNOWN};
	uint8_t sum[SUMS_LENGTH];
	char line[LINE], *name;

	if (size >= sizeof(line))
		size = sizeof(line) - 1;
	if (size > 0)
		memcpy(line, data, size);
	line[size] = '\0';
	if (sums_parse(&reader, line, sum, &name) != SUMS_SUM)
		return 0;
	FUZZ_REQUIRE(name > line && name < line + sizeof(line));
	FUZZ_REQUIRE(strlen(name) < size);
	check_again(sum, name);
	return 0;
}
