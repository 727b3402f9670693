/*
 * Sizes and rates: parsed as by a second parser, and always printed as text
 * that fits.
 */

#include <stdbool.h>
#include <string.h>

#include "common/amount.h"
#include "tests/fuzz/fuzz.h"

enum {
	TEXT = 64, /* bytes of the text to be parsed */
};

/* The smallest number with too many digits. */
#define MOST UINT64_C(10000000000000000000)

/* Wider than any result. */
__extension__ typedef unsigned __int128 wide;

/* Parses a text in another way. Returns false if it is invalid. */
static bool
read_number(const char *text, wide *number)
{
	static const char letters[] = "kmgt";
	const char *letter;
	int digits = 0;

	*number = 0;
	for (; *text >= '0' && *text <= '9'; text++, digits++)
		if (*number < MOST)
			*number = *number * 10 + (unsigned)(*text - '0');
	if (digits == 0 || *number >= MOST)
		return false;
	if (*text == '\0')
		return true;
	letter = strchr(letters, *text | 0x20);
	if (letter == NULL || text[1] != '\0')
		return false;
	*number <<= 10 * (letter - letters + 1);
	return true;
}

static void
check_parse(const char *text)
{
	wide number;
	uint64_t amount = 42;
	bool good = read_number(text, &number) && number <= UINT64_MAX;
	int result = amount_parse(text, &amount);

	FUZZ_REQUIRE((result == 0) == good);
	FUZZ_REQUIRE(result == 0 || result == -1);
	if (good)
		FUZZ_REQUIRE(amount == (uint64_t)number);
}

static void
check_print(uint64_t amount)
{
	char text[AMOUNT_TEXT];
	size_t len;

	memset(text, 'x', sizeof(text));
	amount_print(amount, text);
	len = strnlen(text, sizeof(text));
	FUZZ_REQUIRE(len >= 3 && len <= 7 && text[len - 1] == 'B');
	FUZZ_REQUIRE(text[0] >= '0' && text[0] <= '9');
}

/* Checks that a rate is at least amount for times up to a second, and at most
 * amount for longer ones, within the precision of a double. */
static void
check_rate(uint64_t amount, int64_t elapsed)
{
	uint64_t rate = amount_rate(amount, elapsed);

	if (elapsed <= INT64_C(1000000000))
		FUZZ_REQUIRE(rate >= amount - (amount >> 50));
	else
		FUZZ_REQUIRE(rate <= amount);
	if (amount == 0)
		FUZZ_REQUIRE(rate == 0);
}

int
fuzz_amounts(const uint8_t *data, size_t size)
{
	uint64_t amount = fuzz_take_number(&data, &size, 8);
	int64_t elapsed = (int64_t)fuzz_take_number(&data, &size, 8);
	char text[TEXT];

	check_print(amount);
	check_print(amount >> (elapsed & 63));
	check_rate(amount, elapsed);
	if (size >= sizeof(text))
		size = sizeof(text) - 1;
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	check_parse(text);
	return 0;
}
