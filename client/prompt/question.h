#ifndef CLIENT_PROMPT_QUESTION_H
#define CLIENT_PROMPT_QUESTION_H

#include "client/prompt/remote_cwd.h"

enum {
	QUESTION_TEXT = 256, /* bytes */
};

/* Writes the text in front of a typed line, for a terminal of so many columns:
 * at least half of a row is left for the line. On a wide terminal it has the
 * folder and how to leave, otherwise only the end of the folder's name,
 * escaped. Returns text. Any thread may call it. */
const char *question_write(const struct remote_cwd *place, unsigned columns,
    char text[QUESTION_TEXT]);

#endif
