/*
 * Each of the two streams is a file in memory while it is captured. Its offset
 * tells how much was written, so that it is never emptied.
 */

#include <sys/mman.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/said.h"

/* Declared by the sanitizers. */
extern void __sanitizer_set_report_fd(void *fd) __attribute__((weak));

static struct {
	int before; /* the original descriptor, or -1 */
	int memory;
	char *text; /* SAID_TEXT bytes */
} caught[] = {{.before = -1}, {.before = -1}};

static void
open_both(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		caught[i].before = dup(STDOUT_FILENO + i);
		caught[i].memory = memfd_create("said", MFD_CLOEXEC);
		caught[i].text = malloc(SAID_TEXT);
		FUZZ_REQUIRE(caught[i].before >= 0 && caught[i].memory >= 0 &&
		    caught[i].text != NULL);
	}
	fuzz_stderr = caught[1].before;
	if (__sanitizer_set_report_fd != NULL)
		__sanitizer_set_report_fd((void *)(intptr_t)fuzz_stderr);
}

void
said_begin(void)
{
	int i;

	if (caught[0].before < 0)
		open_both();
	fflush(stdout);
	for (i = 0; i < 2; i++)
		FUZZ_REQUIRE(dup2(caught[i].memory, STDOUT_FILENO + i) >= 0);
}

/* Reads one stream's text and restores the stream. */
static void
end_one(int i, struct said *said)
{
	off_t len = lseek(caught[i].memory, 0, SEEK_CUR);
	ssize_t got = 0;

	FUZZ_REQUIRE(dup2(caught[i].before, STDOUT_FILENO + i) >= 0);
	if (len > SAID_TEXT)
		len = SAID_TEXT;
	if (len > 0)
		got = pread(caught[i].memory, caught[i].text, (size_t)len, 0);
	FUZZ_REQUIRE(got == len);
	lseek(caught[i].memory, 0, SEEK_SET);
	*said = (struct said){caught[i].text, (size_t)len};
}

void
said_end(struct said *out, struct said *err)
{
	fflush(stdout);
	end_one(0, out);
	end_one(1, err);
}

bool
said_is_harmless(const struct said *said)
{
	const unsigned char *text = (const unsigned char *)said->text;
	size_t i;

	for (i = 0; i < said->len; i++) {
		if ((text[i] < 0x20 && text[i] != '\n') || text[i] == 0x7f)
			return false;
		/* C1 control characters in UTF-8. */
		if (i > 0 && text[i - 1] == 0xc2 && text[i] < 0xa0)
			return false;
	}
	return said->len == 0 || said->len == SAID_TEXT ||
	    text[said->len - 1] == '\n';
}
