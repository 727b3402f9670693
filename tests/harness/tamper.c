/*
 * An attempt that succeeds although a byte was changed is allowed for these
 * bytes alone: the version in the header of a record that is not encrypted,
 * which RFC 8446, 5.1, tells receivers to ignore; and the alert at the end
 * (close_notify), after which nothing is expected.
 */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <check.h>

#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/sum.h"
#include "tests/harness/tamper.h"

enum {
	TAMPER_FILE = 100, /* bytes */
	TAMPER_HEADER = 5, /* bytes of a record's header */
	TAMPER_DATA = 23,  /* the type of an encrypted record */
	TAMPER_ALERT = 19, /* bytes of an encrypted alert */
};

static struct program client;

/* Returns the offset behind the record that begins at an offset. */
static size_t
record_end(const struct middle_record *record, size_t at)
{
	size_t len;

	if (record->len - at < TAMPER_HEADER)
		return record->len;
	len = (size_t)record->bytes[at + 3] << 8 | record->bytes[at + 4];
	len += TAMPER_HEADER;
	return record->len - at < len ? record->len : at + len;
}

static bool
may_change(const struct middle_record *record, size_t offset)
{
	size_t at = 0, end;

	for (end = record_end(record, at); end <= offset;
	     end = record_end(record, at))
		at = end;
	if (record->len - at < TAMPER_HEADER)
		return false;
	if (record->bytes[at] != TAMPER_DATA)
		return offset - at == 1 || offset - at == 2;
	return end == record->len && end - at == TAMPER_HEADER + TAMPER_ALERT;
}

/* Downloads through the middle. Returns the exit code; exit 0 comes with the
 * file, and any other without. */
static int
download(struct tamper *tamper, struct middle *middle, const char *what)
{
	/* A change of a length makes one side wait. */
	bool waits = middle->flip >= 0 || middle->cut >= 0;
	int code;

	scratch_clear("here");
	middle_start(middle);
	code = encrypted_run(&client, &tamper->encrypted, middle->port,
	    waits ? HERE_LIST("-q", "--no-resume", "--connect-timeout", "3",
			"--timeout", "3", "f") :
		    HERE_LIST("-q", "--no-resume", "f"));
	middle_stop(middle);
	if (code == 0)
		sum_expect_files("here/newf", "served/f");
	else
		ck_assert_msg(!scratch_exists("here/newf"),
		    "%s: exit %d with a file", what, code);
	return code;
}

void
tamper_begin(struct tamper *tamper)
{
	struct middle middle;
	int way;

	scratch_fill("served/f", TAMPER_FILE, 1);
	encrypted_start(&tamper->encrypted,
	    HERE_LIST("--request-timeout", "4", "--timeout", "4"));
	middle_prepare(&middle, tamper->encrypted.server.port);
	ck_assert_int_eq(download(tamper, &middle, "unchanged"), 0);
	for (way = 0; way < MIDDLE_WAYS; way++)
		tamper->len[way] = middle.records[way].len;
	middle_free(&middle);
}

unsigned
tamper_flip(struct tamper *tamper, enum middle_way way, size_t first,
    size_t step)
{
	struct middle middle;
	char what[64];
	unsigned n = 0;
	size_t at;
	int code;

	for (at = first; at < tamper->len[way]; at += step, n++) {
		middle_prepare(&middle, tamper->encrypted.server.port);
		middle.way = way;
		middle.flip = (int64_t)at;
		middle.mask = (uint8_t)(1 << at % 8);
		snprintf(what, sizeof(what), "byte %zu of way %d", at,
		    (int)way);
		code = download(tamper, &middle, what);
		ck_assert_msg(code != 0 || middle.records[way].len <= at ||
			may_change(&middle.records[way], at),
		    "%s: changed, and exit 0", what);
		middle_free(&middle);
	}
	return n;
}

/* Downloads with an end after at bytes of a way. */
static void
cut_at(struct tamper *tamper, enum middle_way way, size_t at)
{
	struct middle middle;
	char what[64];

	middle_prepare(&middle, tamper->encrypted.server.port);
	middle.way = way;
	middle.cut = (int64_t)at;
	snprintf(what, sizeof(what), "cut at %zu of way %d", at, (int)way);
	ck_assert_msg(download(tamper, &middle, what) != 0, "%s: and exit 0",
	    what);
	middle_free(&middle);
}

unsigned
tamper_cut(struct tamper *tamper, enum middle_way way)
{
	struct middle whole;
	const struct middle_record *record;
	size_t at = 0, end;
	unsigned n = 0;

	middle_prepare(&whole, tamper->encrypted.server.port);
	ck_assert_int_eq(download(tamper, &whole, "unchanged"), 0);
	record = &whole.records[way];
	for (; at < record->len; at = end, n += 2) {
		end = record_end(record, at);
		if (may_change(record, end - 1))
			break;
		cut_at(tamper, way, at);
		cut_at(tamper, way, at + (end - at) / 2);
	}
	middle_free(&whole);
	return n;
}

void
tamper_end(struct tamper *tamper)
{
	struct middle middle;

	middle_prepare(&middle, tamper->encrypted.server.port);
	ck_assert_int_eq(download(tamper, &middle, "at the end"), 0);
	middle_free(&middle);
	server_stop(&tamper->encrypted.server);
}
