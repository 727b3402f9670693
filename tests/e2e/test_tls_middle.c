/*
 * Someone in the middle of a connection inside TLS, who changes bytes, cuts the
 * connection, reads along, or answers in place of the server. tests/attack does
 * the same with each single byte.
 */

#include <stdlib.h>
#include <string.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/sum.h"
#include "tests/harness/tamper.h"

enum {
	STEP = HARNESS_SLOW ? 97 : 23, /* each such byte is changed */
	SECRET = 200000, /* bytes of the file that is read along */
	WINDOW = 8,	 /* any 16 bytes of a file contain an aligned window */
};

static struct program client;
static struct encrypted encrypted;
static struct middle middle;

/* ---- changed and cut ---------------------------------------------------- */

START_TEST(a_changed_byte_is_an_error)
{
	struct tamper tamper;

	tamper_begin(&tamper);
	ck_assert_uint_gt(tamper_flip(&tamper, MIDDLE_UP, 3, STEP), 3);
	ck_assert_uint_gt(tamper_flip(&tamper, MIDDLE_DOWN, 4, STEP), 5);
	tamper_end(&tamper);
}
END_TEST

START_TEST(a_cut_connection_is_an_error)
{
	struct tamper tamper;

	tamper_begin(&tamper);
	ck_assert_uint_gt(tamper_cut(&tamper, MIDDLE_UP), 5);
	ck_assert_uint_gt(tamper_cut(&tamper, MIDDLE_DOWN), 5);
	tamper_end(&tamper);
}
END_TEST

/* ---- read along --------------------------------------------------------- */

static int
compare_windows(const void *a, const void *b)
{
	return memcmp(a, b, WINDOW);
}

/* Returns whether a record contains an aligned window of a file, and so perhaps
 * 16 bytes of it. windows is the file, its windows sorted. */
static bool
shows_file(const struct middle_record *record, const char *windows, size_t len)
{
	size_t i;

	for (i = 0; i + WINDOW <= record->len; i++)
		if (bsearch(record->bytes + i, windows, len / WINDOW, WINDOW,
			compare_windows) != NULL)
			return true;
	return false;
}

static bool
shows_name(const struct middle_record *record, const char *name)
{
	return memmem(record->bytes, record->len, name, strlen(name)) != NULL;
}

/* Checks whether the recorded connection shows file and name. */
static void
expect_shown(bool wanted)
{
	size_t len;
	char *windows = scratch_read("served/a secret name", &len);

	ck_assert_ptr_nonnull(windows);
	qsort(windows, len / WINDOW, WINDOW, compare_windows);
	ck_assert_uint_gt(middle.records[MIDDLE_DOWN].len, SECRET);
	ck_assert(
	    shows_file(&middle.records[MIDDLE_DOWN], windows, len) == wanted);
	ck_assert(
	    shows_name(&middle.records[MIDDLE_UP], "a secret name") == wanted);
	ck_assert(!shows_file(&middle.records[MIDDLE_UP], windows, len));
	ck_assert(!shows_name(&middle.records[MIDDLE_DOWN], "secret name"));
	free(windows);
	middle_free(&middle);
}

START_TEST(a_recording_shows_nothing)
{
	struct server plain;

	scratch_fill("served/a secret name", SECRET, 7);
	encrypted_start(&encrypted, NULL);
	middle_prepare(&middle, encrypted.server.port);
	middle_start(&middle);
	ck_assert_int_eq(encrypted_run(&client, &encrypted, middle.port,
			     HERE_LIST("a secret name")),
	    0);
	middle_stop(&middle);
	sum_expect_files("here/newa secret name", "served/a secret name");
	expect_shown(false);
	server_stop(&encrypted.server);

	/* The control: without TLS the same search finds both. */
	server_start(&plain, NULL);
	middle_prepare(&middle, plain.port);
	middle_start(&middle);
	ck_assert_int_eq(client_run(&client, middle.port,
			     HERE_LIST("a secret name")),
	    0);
	middle_stop(&middle);
	expect_shown(true);
	server_stop(&plain);
}
END_TEST

/* ---- answered in place of the server ------------------------------------ */

static const struct {
	const char *row;
	const char *bytes;
	size_t len;
	int code; /* 0: 3, 6, 7 or 13 */
} strippers[] = {
    {"a refusal without TLS", "\5\0\0\0\0\0\0\4nope", 12, 13},
    {"a file without TLS", "\0\0\0\0\0\0\0\4evil", 12, 13},
    {"BUSY without TLS", "\11\0\0\0\0\0\0\4busy", 12, 13},
    {"HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n", 28, 13},
    {"SSH", "SSH-2.0-OpenSSH_9.2\r\n", 21, 13},
    {"an alert: no such version", "\25\3\3\0\2\2\106", 7, 7},
    {"an alert: no such protocol", "\25\3\3\0\2\2\170", 7, 7},
    {"an alert: handshake failure", "\25\3\3\0\2\2\50", 7, 0},
    {"a warning alert", "\25\3\3\0\2\1\0", 7, 0},
    {"a record that is too long", "\26\3\3\377\377", 5, 0},
    {"data before the handshake", "\27\3\3\0\4evil", 9, 0},
};

/* Checks that the client has sent a hello and perhaps an alert, no more. */
static void
expect_hello_alone(const char *row)
{
	const struct middle_record *record = &middle.records[MIDDLE_UP];
	size_t at, len;

	ck_assert_msg(record->len > 5 && record->bytes[0] == 22 &&
		record->bytes[5] == 1,
	    "%s: no hello", row);
	for (at = 0; at + 5 <= record->len; at += 5 + len) {
		len =
		    (size_t)record->bytes[at + 3] << 8 | record->bytes[at + 4];
		ck_assert_msg(at == 0 || record->bytes[at] == 21,
		    "%s: a record of type %d after the hello", row,
		    record->bytes[at]);
	}
	ck_assert_msg(!shows_name(record, "secret"), "%s: the name", row);
}

START_TEST(nobody_can_strip_tls)
{
	int code;

	/* For its key; nobody asks it. */
	encrypted_start(&encrypted, NULL);
	middle_prepare(&middle, encrypted.server.port);
	middle.answer = strippers[_i].bytes;
	middle.answer_len = strippers[_i].len;
	middle_start(&middle);
	code = encrypted_run(&client, &encrypted, middle.port,
	    HERE_LIST("--connect-timeout", "3", "secret"));
	middle_stop(&middle);
	if (strippers[_i].code != 0)
		ck_assert_msg(code == strippers[_i].code, "%s: exit %d\n%s",
		    strippers[_i].row, code, program_err(&client));
	else
		ck_assert_msg(code == 13 || code == 7 || code == 6 || code == 3,
		    "%s: exit %d\n%s", strippers[_i].row, code,
		    program_err(&client));
	ck_assert_uint_eq(program_lines(program_err(&client)), 1);
	here_expect_harmless(program_err(&client), strippers[_i].row);
	here_expect_names("here", strippers[_i].row, HERE_LIST(NULL));
	expect_hello_alone(strippers[_i].row);
	middle_free(&middle);
	server_stop(&encrypted.server);
}
END_TEST

Suite *
tls_middle_suite(void)
{
	Suite *suite = suite_create("tls_middle");
	TCase *tcase = harness_case(suite, "middle", 180);

	tcase_add_test(tcase, a_changed_byte_is_an_error);
	tcase_add_test(tcase, a_cut_connection_is_an_error);
	tcase_add_test(tcase, a_recording_shows_nothing);
	tcase_add_loop_test(tcase, nobody_can_strip_tls, 0,
	    HARNESS_ROWS(strippers));
	return suite;
}
