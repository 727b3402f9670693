/* Counts bytes in place of columns: no character takes more columns than it has
 * bytes. */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/prompt/question.h"
#include "common/text.h"

enum {
	QUESTION_ROOM = 20, /* columns that are left for the line, at least */
	QUESTION_MOST = QUESTION_TEXT / 2, /* columns that it ever takes */
};

/* Returns the end of a text, of at most so many bytes, which begins with a
 * whole character. */
static const char *
find_end(const char *text, size_t most)
{
	size_t len = strlen(text);

	if (len <= most)
		return text;
	text += len - most;
	while (((unsigned char)*text & 0xc0) == 0x80)
		text++;
	return text;
}

const char *
question_write(const struct remote_cwd *place, unsigned columns,
    char text[QUESTION_TEXT])
{
	char shown[4 * REMOTE_CWD_NAME];
	size_t most = columns < QUESTION_MOST ? columns : QUESTION_MOST;
	const char *end;
	int len;

	text_escape(shown, sizeof(shown), place->folder, strlen(place->folder));
	len = snprintf(text, QUESTION_TEXT,
	    "file to fetch%s%s (empty line to leave): ",
	    shown[0] == '\0' ? "" : " from ", shown);
	if ((size_t)len + QUESTION_ROOM <= most)
		return text;
	if (shown[0] == '\0')
		strlcpy(shown, "fileget", sizeof(shown));
	most = most / 2 > sizeof("...> ") ? most / 2 - sizeof("...> ") : 1;
	end = find_end(shown, most);
	strlcpy(text, end == shown ? "" : "...", QUESTION_TEXT);
	strlcat(text, end, QUESTION_TEXT);
	strlcat(text, "> ", QUESTION_TEXT);
	return text;
}
