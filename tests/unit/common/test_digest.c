/*
 * Digests: fixed values for algorithm, seed and byte order, and every way to
 * split the bytes compared with the library's function for whole buffers.
 */

#include <string.h>

#include "common/digest.h"
#include "common/text.h"
#include "tests/unit/unit.h"

START_TEST(test_fixed_values)
{
	/* XXH3-128 with seed 0, in canonical form. */
	static const struct {
		const char *title, *text, *value;
	} rows[] = {
	    {"empty", "", "99aa06d3014798d86001c324468d497f"},
	    {"abc", "abc", "06b05ab6733a618578af5f94892f3950"},
	};
	uint8_t value[DIGEST_LENGTH];
	char text[DIGEST_HEX];
	struct digest digest;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		digest_of(rows[i].text, strlen(rows[i].text), value);
		text_hex(value, DIGEST_LENGTH, text);
		ck_assert_msg(strcmp(text, rows[i].value) == 0, "%s: %s",
		    rows[i].title, text);
		digest_reset(&digest);
		digest_update(&digest, rows[i].text, strlen(rows[i].text));
		digest_value(&digest, value);
		text_hex(value, DIGEST_LENGTH, text);
		ck_assert_msg(strcmp(text, rows[i].value) == 0,
		    "%s, streaming: %s", rows[i].title, text);
	}
}
END_TEST

static void
reference(const uint8_t *bytes, size_t len, uint8_t value[DIGEST_LENGTH])
{
	XXH128_canonical_t canonical;

	XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes, len));
	memcpy(value, canonical.digest, DIGEST_LENGTH);
}

START_TEST(test_every_length)
{
	uint8_t bytes[2100], value[DIGEST_LENGTH], expected[DIGEST_LENGTH];
	struct digest digest;
	size_t len;

	unit_fill(bytes, sizeof(bytes), 1);
	digest_reset(&digest);
	for (len = 0; len <= sizeof(bytes); len++) {
		reference(bytes, len, expected);
		digest_of(bytes, len, value);
		ck_assert_mem_eq(value, expected, DIGEST_LENGTH);
		/* One byte at a time; digest_value does not change the state.
		 */
		digest_value(&digest, value);
		ck_assert_mem_eq(value, expected, DIGEST_LENGTH);
		if (len < sizeof(bytes))
			digest_update(&digest, bytes + len, 1);
	}
}
END_TEST

START_TEST(test_any_cuts)
{
	static uint8_t bytes[300000];
	uint8_t value[DIGEST_LENGTH], expected[DIGEST_LENGTH];
	struct digest digest;
	uint32_t seed = 7;
	size_t done, some;
	int round;

	unit_fill(bytes, sizeof(bytes), 2);
	reference(bytes, sizeof(bytes), expected);
	for (round = 0; round < 20; round++) {
		/* A used state can be reset. */
		digest_reset(&digest);
		for (done = 0; done < sizeof(bytes); done += some) {
			some = unit_random(&seed) % 5000;
			if (some > sizeof(bytes) - done)
				some = sizeof(bytes) - done;
			digest_update(&digest, bytes + done, some);
		}
		digest_value(&digest, value);
		ck_assert_mem_eq(value, expected, DIGEST_LENGTH);
	}
}
END_TEST

Suite *
digest_suite(void)
{
	Suite *suite = suite_create("digest");
	TCase *tcase = unit_case(suite, "digest");

	tcase_add_test(tcase, test_fixed_values);
	tcase_add_test(tcase, test_every_length);
	tcase_add_test(tcase, test_any_cuts);
	return suite;
}
