/*
 * Someone in the middle changes one bit of each byte of a handshake, a request
 * and its reply, in turn: each time fileget fails, in time, without a file.
 */

#include <check.h>

#include "tests/attack/attack.h"
#include "tests/attack/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/tamper.h"

static const struct {
	const char *name;
	enum middle_way way;
} rows[] = {
    {"each byte of the client", MIDDLE_UP},
    {"each byte of the server", MIDDLE_DOWN},
};

START_TEST(each_changed_byte_is_an_error)
{
	size_t step = attack_is_full() ? 1 : 31;
	struct tamper tamper;
	unsigned n;

	tamper_begin(&tamper);
	n = tamper_flip(&tamper, rows[_i].way, 0, step);
	attack_say(rows[_i].name, "%u downloads with a changed byte: no file",
	    n);
	tamper_end(&tamper);
}
END_TEST

Suite *
tampered_suite(void)
{
	Suite *suite = suite_create("tampered");

	tcase_add_loop_test(harness_case(suite, "tampered", 300),
	    each_changed_byte_is_an_error, 0, HARNESS_ROWS(rows));
	return suite;
}
