/* The files are prefixes of one block of pseudo-random bytes. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "common/content_version.h"
#include "tests/harness/attempt.h"
#include "tests/harness/client.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"

enum {
	ATTEMPT_BYTES = 700000, /* larger than any buffer */
	ATTEMPT_FEW = 300,
	ATTEMPT_ARGS = 16,
};

static const char old_text[] = "the older file";

static const struct protocol_token token = {UINT64_C(0x0011223344556677),
    UINT64_C(0x8899aabbccddeeff)};

const char *
attempt_part_name(const struct attempt *attempt)
{
	static char name[64];

	snprintf(name, sizeof(name), "newf.%016x%016" PRIx64 ".part", 0,
	    content_version_of(attempt->file.size, attempt->file.mtime_ns));
	return name;
}

static const uint8_t *
bytes(void)
{
	static uint8_t block[ATTEMPT_BYTES];
	uint32_t state = 1;
	size_t i;

	/* A linear congruential generator (Numerical Recipes). */
	for (i = 0; i < sizeof(block) && block[sizeof(block) - 1] == 0; i++) {
		state = state * 1664525 + 1013904223;
		block[i] = (uint8_t)(state >> 24);
	}
	return block;
}

void
attempt_prepare(struct attempt *attempt, unsigned kind)
{
	static unsigned number;
	char name[64];

	memset(attempt, 0, sizeof(*attempt));
	attempt->kind = kind;
	attempt->file = (struct fake_file){
	    .bytes = bytes(),
	    .size = kind & ATTEMPT_SMALL ? ATTEMPT_FEW : ATTEMPT_BYTES,
	    .token = token,
	    .mode = 0100644,
	    .mtime_ns = 1,
	};
	snprintf(attempt->folder, sizeof(attempt->folder), "here/%u", number++);
	scratch_mkdir(attempt->folder);
	snprintf(name, sizeof(name), "%s/newf", attempt->folder);
	if (kind & ATTEMPT_OLD)
		scratch_text(name, old_text);
}

void
attempt_leave_part(struct attempt *attempt, unsigned kind, size_t n)
{
	char name[128];

	attempt_prepare(attempt, kind);
	snprintf(name, sizeof(name), "%s/%s", attempt->folder,
	    attempt_part_name(attempt));
	scratch_write(name, attempt->file.bytes, n);
}

void
attempt_start(struct attempt *attempt, const char *row, unsigned kind,
    void (*play)(struct fake *), const void *lie, const char *const *args)
{
	const char *all[ATTEMPT_ARGS] = {"-P"};
	size_t n = 1;

	if (attempt->folder[0] == '\0')
		attempt_prepare(attempt, kind);
	attempt->row = row;
	attempt->lie = lie;
	all[n++] = attempt->folder + strlen("here/");
	all[n++] = "--retry=0";
	if (kind & ATTEMPT_UNVERIFIED)
		all[n++] = "--no-verify";
	for (; *args != NULL; args++) {
		ck_assert_uint_lt(n, ATTEMPT_ARGS - 2);
		all[n++] = *args;
	}
	all[n] = "f";
	fake_start(&attempt->fake, 4, play, attempt);
	client_start(&attempt->client, attempt->fake.port, all, NULL);
}

static void
expect_part(const struct attempt *attempt)
{
	char name[128], *part;
	size_t len;

	snprintf(name, sizeof(name), "%s/%s", attempt->folder,
	    attempt_part_name(attempt));
	part = scratch_read(name, &len);
	ck_assert_msg(part != NULL, "%s: no part file", attempt->row);
	ck_assert_msg(len > 0 && len <= attempt->file.size &&
		memcmp(part, attempt->file.bytes, len) == 0,
	    "%s: the part file has other bytes", attempt->row);
	free(part);
}

static void
expect_old(const struct attempt *attempt)
{
	char name[64], *text;
	size_t len;

	snprintf(name, sizeof(name), "%s/newf", attempt->folder);
	text = scratch_read(name, &len);
	ck_assert_msg(text != NULL && strcmp(text, old_text) == 0,
	    "%s: the older file is not as it was", attempt->row);
	free(text);
}

void
attempt_expect_new(const struct attempt *attempt)
{
	char name[64], *text;
	size_t len;

	snprintf(name, sizeof(name), "%s/newf", attempt->folder);
	text = scratch_read(name, &len);
	ck_assert_msg(text != NULL && len == attempt->file.size &&
		memcmp(text, attempt->file.bytes, len) == 0,
	    "%s: not the right file", attempt->row);
	free(text);
	ck_assert_uint_eq(scratch_count(attempt->folder), 1);
}

void
attempt_finish(struct attempt *attempt, int code, enum attempt_part part)
{
	const char *names[3] = {NULL};
	char found[NAME_MAX + 1];
	size_t n = 0;

	here_expect_exit(&attempt->client, code, attempt->row);
	here_expect_harmless(program_err(&attempt->client), attempt->row);
	fake_stop(&attempt->fake);
	if (code == 0) {
		attempt_expect_new(attempt);
		return;
	}
	if (attempt->kind & ATTEMPT_OLD) {
		names[n++] = "newf";
		expect_old(attempt);
	}
	if (part == ATTEMPT_PART ||
	    (part != ATTEMPT_NO_PART &&
		here_find_part(attempt->folder, found) > 0)) {
		names[n++] = part == ATTEMPT_ODD_PART ?
		    found :
		    attempt_part_name(attempt);
		if (part != ATTEMPT_ODD_PART)
			expect_part(attempt);
	}
	here_expect_names(attempt->folder, attempt->row, names);
	here_expect_names("outside", attempt->row, HERE_LIST(NULL));
	here_expect_names("served", attempt->row, HERE_LIST(NULL));
}

void
attempt_run(struct attempt *attempt, const char *row, unsigned kind,
    void (*play)(struct fake *), const void *lie, const char *const *args,
    int code)
{
	memset(attempt, 0, sizeof(*attempt));
	attempt_start(attempt, row, kind, play, lie, args);
	attempt_finish(attempt, code, ATTEMPT_NO_PART);
}
