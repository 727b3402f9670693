/*
 * Names of part files: each that is printed is parsed again, and nothing else
 * passes for one.
 */

#include <string.h>

#include "client/store/part_name.h"
#include "tests/unit/unit.h"

#define HEX "0123456789abcdef0000000000abcdef"

static const struct protocol_token token = {0x0123456789abcdef, 0xabcdef};

START_TEST(test_parse)
{
	static const struct {
		const char *name;
		size_t stem; /* 0: not the name of a part file */
		bool is_mapped;
	} rows[] = {
	    {"a." HEX ".part", 1, false},
	    {"a.b.c." HEX ".part", 5, false},
	    {"a." HEX ".1.part", 1, false},
	    {"a." HEX ".4294967295.part", 1, false},
	    {"a." HEX ".map.part", 1, true},
	    {"a." HEX "." HEX ".part", 34, false},
	    {"." HEX ".part", 0, false},
	    {HEX ".part", 0, false},
	    {"a." HEX, 0, false},
	    {"a." HEX ".part2", 0, false},
	    {"a." HEX ".PART", 0, false},
	    {"a." HEX "..part", 0, false},
	    {"a." HEX ".x.part", 0, false},
	    {"a." HEX ".123456789012.part", 0, false},
	    {"a." HEX "0.part", 0, false},
	    {"a-" HEX ".part", 0, false},
	    {"a.0123456789abcdef0000000000abcdeg.part", 0, false},
	    {"", 0, false},
	};
	struct part_name parsed;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		ck_assert_msg((part_name_parse(rows[i].name, &parsed) == 0) ==
			(rows[i].stem > 0),
		    "%s", rows[i].name);
		if (rows[i].stem == 0)
			continue;
		ck_assert_uint_eq(parsed.stem, rows[i].stem);
		ck_assert_int_eq(parsed.is_mapped, rows[i].is_mapped);
		ck_assert(protocol_token_equal(parsed.token, token));
	}
}
END_TEST

/* A final name of any length, in folders of the shortest and longest names:
 * the part file's name fits, and its stem is the one that is printed. */
START_TEST(test_print)
{
	static const char *const slots[] = {"", ".4294967295", PART_NAME_MAP};
	static const size_t maxima[] = {PART_NAME_LEAST, 143, NAME_MAX};
	char final[NAME_MAX + 1], name[PART_NAME], stem[PART_NAME];
	struct part_name parsed;
	size_t i, len;

	memset(final, 'x', sizeof(final));
	for (i = 0; i < UNIT_ROWS(maxima); i++)
		for (len = 1; len <= maxima[i]; len++) {
			final[len] = '\0';
			part_name_print(maxima[i], final, token, slots[_i],
			    name);
			ck_assert_uint_le(strlen(name), maxima[i]);
			ck_assert_int_eq(part_name_parse(name, &parsed), 0);
			ck_assert_int_eq(parsed.is_mapped, _i == 2);
			part_name_print_stem(maxima[i], final, stem);
			ck_assert_uint_eq(strlen(stem), parsed.stem);
			ck_assert_mem_eq(name, stem, parsed.stem);
			final[len] = 'x';
		}
}
END_TEST

Suite *
part_name_suite(void)
{
	Suite *suite = suite_create("part_name");
	TCase *tcase = unit_case(suite, "part_name");

	tcase_add_test(tcase, test_parse);
	tcase_add_loop_test(tcase, test_print, 0, 3);
	return suite;
}
