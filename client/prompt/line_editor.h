#ifndef CLIENT_PROMPT_LINE_EDITOR_H
#define CLIENT_PROMPT_LINE_EDITOR_H

/* Lines that are typed at a terminal: editing, history and the Tab key. The
 * main thread, while there is no other. */

#include <stddef.h>

#include "client/prompt/completion.h"

enum line_editor_result {
	LINE_EDITOR_LINE,
	LINE_EDITOR_END,	 /* Ctrl-D on an empty line, or no terminal */
	LINE_EDITOR_INTERRUPTED, /* interrupt_pending */
	LINE_EDITOR_FAILED,	 /* the line is lost, errno says why */
};

/* Provided by the owner of the editor. */
struct line_editor_owner {
	struct completion *completion;
	/* Returns the question in front of the line, for a terminal of so many
	 * columns; valid until the next call. */
	const char *(*question)(void *argument, unsigned columns);
	void *argument;
};

struct line_editor;

/* Returns an editor on standard input and standard error, or NULL if there is
 * none for this terminal. Borrows what the owner points to. */
struct line_editor *line_editor_new(const struct line_editor_owner *owner);
void line_editor_free(struct line_editor *editor);

/* Reads a line. The caller frees *line; *len is its bytes, with the newline.
 * After an interrupt *line is NULL, and *len the number of dropped bytes. */
enum line_editor_result line_editor_read(struct line_editor *editor,
    char **line, size_t *len);

/* Adds a line to the history, which drops its oldest line when full. */
void line_editor_remember(struct line_editor *editor, const char *line);

#endif
