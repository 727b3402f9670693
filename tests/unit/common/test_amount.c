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
		const char *text, *short_text;
	} rows[] = {
	    {0, "0 B", "0"}, {1, "1 B", "1"}, {999, "999 B", "999"},
	    {9999, "9.8 KiB", "9.8K"}, {10 << 10, "10 KiB", "10K"},
	    {3482, "3.4 KiB", "3.4K"},
	    {(UINT64_C(34) << 20) / 10, "3.4 MiB", "3.4M"},
	    {12 << 20, "12 MiB", "12M"}, {300 << 10, "300 KiB", "300K"},
	    {UINT64_C(5) << 30, "5.0 GiB", "5.0G"},
	    {UINT64_C(999) << 40, "999 TiB", "999T"},
	    {INT64_MAX, "8.0 EiB", "8.0E"},
	    {UINT64_MAX, "8.0 EiB", "8.0E"}, /* larger than any file */
	};
	char text[AMOUNT_TEXT];
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		memset(text, 'x', sizeof(text));
		amount_print(rows[i].bytes, text);
		ck_assert_str_eq(text, rows[i].text);
		amount_print_short(rows[i].bytes, text);
		ck_assert_str_eq(text, rows[i].short_text);
	}
}
END_TEST

START_TEST(test_print_count)
{
	static const struct {
		uint64_t n;
		const char *text;
	} rows[] = {
	    {0, "0"},
	    {12, "12"},
	    {999, "999"},
	    {1000, "1,000"},
	    {2000, "2,000"},
	    {123456, "123,456"},
	    {1234567, "1,234,567"},
	    {UINT64_MAX, "18,446,744,073,709,551,615"},
	};
	char text[AMOUNT_COUNT];
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		amount_print_count(rows[i].n, text);
		ck_assert_str_eq(text, rows[i].text);
	}
}
END_TEST

/* A person sees that they differ. */
START_TEST(test_print_both)
{
	char text[AMOUNT_COUNT], other[AMOUNT_COUNT];

	amount_print_both(5 << 20, 1 << 20, text, other);
	ck_assert_str_eq(text, "5.0 MiB");
	ck_assert_str_eq(other, "1.0 MiB");
	amount_print_both(10240, 10239, text, other);
	ck_assert_str_eq(text, "10,240 B");
	ck_assert_str_eq(other, "10,239 B");
	amount_print_both(UINT64_MAX, UINT64_MAX - 1, text, other);
	ck_assert_str_eq(other, "18,446,744,073,709,551,614 B");
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
		ck_assert_msg(len >= 3 && len <= 7 && text[len - 1] == 'B' &&
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
	tcase_add_test(tcase, test_print_count);
	tcase_add_test(tcase, test_print_both);
	tcase_add_test(tcase, test_parse);
	tcase_add_test(tcase, test_rate);
	return suite;
}
