/*
 * Amounts and rates as text, and text to amounts.
 */

#include <string.h>

#include "common/amount.h"
#include "common/clock.h"
#include "tests/unit/unit.h"

START_TEST(test_print)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
	    {0, "0B"}, {1, "1B"}, {999, "999B"}, {9999, "9.8KB"},
	    {10 << 10, "10KB"}, {3482, "3.4KB"},
	    {(UINT64_C(34) << 20) / 10, "3.4MB"}, {12 << 20, "12MB"},
	    {300 << 10, "300KB"}, {UINT64_C(5) << 30, "5.0GB"},
	    {UINT64_C(999) << 40, "999TB"}, {INT64_MAX, "8.0EB"},
	    {UINT64_MAX, "8.0EB"}, /* larger than any file */
	};
	char text[AMOUNT_TEXT];
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		memset(text, 'x', sizeof(text));
		amount_print(rows[i].bytes, text);
		ck_assert_str_eq(text, rows[i].text);
	}
}
END_TEST

/* Each amount fits a column and ends in its unit. */
START_TEST(test_print_any)
{
	uint32_t random = 1;
	char text[AMOUNT_TEXT];
	uint64_t bytes;
	size_t len;
	int i;

	for (i = 0; i < 10000; i++) {
		bytes = (uint64_t)unit_random(&random) << 40 ^
		    (uint64_t)unit_random(&random) << 20 ^ unit_random(&random);
		amount_print(bytes >> i % 64, text);
		len = strlen(text);
		ck_assert_msg(len >= 2 && len <= 5 && text[len - 1] == 'B' &&
			text[0] >= '0' && text[0] <= '9',
		    "%llu: %s", (unsigned long long)bytes >> i % 64, text);
	}
}
END_TEST

static const struct {
	const char *text;
	int result;
	uint64_t amount;
} texts[] = {
    {"0", 0, 0},
    {"1", 0, 1},
    {"007", 0, 7},
    {"010", 0, 10}, /* not octal */
    {"08", 0, 8},
    {"0019k", 0, 19 * 1024},
    {"00", 0, 0},
    {"000k", 0, 0},
    {"00000000000000000000012", 0, 12},
    {"0k", 0, 0},
    {"1k", 0, 1024},
    {"1K", 0, 1024},
    {"2m", 0, 2097152},
    {"2M", 0, 2097152},
    {"3g", 0, UINT64_C(3) << 30},
    {"3G", 0, UINT64_C(3) << 30},
    {"4t", 0, UINT64_C(4) << 40},
    {"4T", 0, UINT64_C(4) << 40},
    {"9223372036854775807", 0, INT64_MAX},
    {"9007199254740991k", 0, UINT64_C(9007199254740991) << 10},
    {"18014398509481983k", 0, UINT64_C(18014398509481983) << 10},
    {"16777215T", 0, UINT64_C(16777215) << 40},
    /* The smallest amounts over 64 bits, with each suffix. */
    {"18014398509481984k", -1, 0},
    {"17592186044416m", -1, 0},
    {"17179869184g", -1, 0},
    {"16777216t", -1, 0},
    {"9999999999999999999T", -1, 0},
    {"10000000000000000000", -1, 0}, /* 20 digits */
    {"99999999999999999999", -1, 0},
    {"", -1, 0},
    {"k", -1, 0},
    {"-1", -1, 0},
    {"+1", -1, 0},
    {" 1", -1, 0},
    {"1 ", -1, 0},
    {"1 k", -1, 0},
    {"1kb", -1, 0},
    {"1kk", -1, 0},
    {"1b", -1, 0},
    {"1p", -1, 0},
    {"1E", -1, 0},
    {"1.5k", -1, 0},
    {"1,5", -1, 0},
    {"0x10", -1, 0},
    {"1e3", -1, 0},
    {"k1", -1, 0},
    {"infinity", -1, 0},
};

START_TEST(test_parse)
{
	uint64_t amount;
	size_t i;

	for (i = 0; i < UNIT_ROWS(texts); i++) {
		amount = 12345;
		ck_assert_msg(amount_parse(texts[i].text, &amount) ==
			texts[i].result,
		    "%s", texts[i].text);
		ck_assert_msg(texts[i].result != 0 || amount == texts[i].amount,
		    "%s: %llu", texts[i].text, (unsigned long long)amount);
	}
}
END_TEST

START_TEST(test_rate)
{
	static const struct {
		const char *row;
		uint64_t bytes;
		int64_t elapsed;
		uint64_t rate;
	} rows[] = {
	    {"nothing", 0, CLOCK_SEC, 0},
	    {"nothing in no time", 0, 0, 0},
	    {"a second", 100, CLOCK_SEC, 100},
	    {"half a second", 100, CLOCK_SEC / 2, 200},
	    {"an hour", 7200, 3600 * CLOCK_SEC, 2},
	    {"less than one a second", 1, 2 * CLOCK_SEC, 0},
	    {"a microsecond", 1, 1000, 1000000},
	    {"less than one", 1, 999, 1000000},
	    {"no time", 1, 0, 1000000},
	    {"a clock that went back", 1, -CLOCK_SEC, 1000000},
	    {"more than fits", UINT64_MAX, 0, UINT64_MAX},
	};
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++)
		ck_assert_msg(amount_rate(rows[i].bytes, rows[i].elapsed) ==
			rows[i].rate,
		    "%s", rows[i].row);
}
END_TEST

Suite *
amount_suite(void)
{
	Suite *suite = suite_create("amount");
	TCase *tcase = unit_case(suite, "amount");

	tcase_add_test(tcase, test_print);
	tcase_add_test(tcase, test_print_any);
	tcase_add_test(tcase, test_parse);
	tcase_add_test(tcase, test_rate);
	return suite;
}
