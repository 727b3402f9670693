/*
 * libedit edits the line. Characters are read here, so that signals of the
 * terminal are handled between two keys (prompt/job_control.h). libedit's own
 * signal handling is off: it works inside a handler, and only for the first
 * signal. After a resize the position of the cursor is computed here.
 */

#include <errno.h>
#include <histedit.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "client/prompt/job_control.h"
#include "client/prompt/line_editor.h"
#include "client/prompt/tab_list.h"
#include "client/ui/interrupt.h"
#include "client/ui/terminal.h"

enum {
	LINE_EDITOR_HISTORY = 500,  /* lines */
	LINE_EDITOR_QUESTION = 512, /* characters of the question */
};

struct line_editor {
	struct line_editor_owner owner;
	EditLine *edit;
	History *lines;
	unsigned columns; /* of the terminal, when the line was drawn */
};

static struct line_editor *
editor_of(EditLine *edit)
{
	struct line_editor *editor = NULL;

	el_get(edit, EL_CLIENTDATA, &editor);
	return editor;
}

static char *
question_text(EditLine *edit)
{
	struct line_editor *editor = editor_of(edit);

	return (char *)(uintptr_t)editor->owner.question(editor->owner.argument,
	    editor->columns);
}

static void
find_columns(struct line_editor *editor)
{
	unsigned rows;

	terminal_size(STDERR_FILENO, &rows, &editor->columns);
}

/* ---- the place on the screen -------------------------------------------- */

/* Returns the columns from the start of the question to a place in the line. A
 * control character is shown as two characters. */
static unsigned
width_to(struct line_editor *editor, const wchar_t *from, const wchar_t *to)
{
	wchar_t question[LINE_EDITOR_QUESTION];
	unsigned width = 0;
	size_t i, n;

	n = mbstowcs(question, question_text(editor->edit),
	    LINE_EDITOR_QUESTION);
	for (i = 0; n != (size_t)-1 && i < n; i++)
		width += wcwidth(question[i]) < 0 ?
		    2 :
		    (unsigned)wcwidth(question[i]);
	for (; from < to; from++)
		width += wcwidth(*from) < 0 ? 2 : (unsigned)wcwidth(*from);
	return width;
}

/* Erases the line and its question, and draws them for a terminal that has
 * another size. Terminals differ in how they wrap a line that has become too
 * wide; this erases no row above the question on any of them. */
static void
draw_resized(struct line_editor *editor)
{
	const LineInfoW *line = el_wline(editor->edit);
	unsigned before = editor->columns, width, up;

	width = width_to(editor, line->buffer, line->cursor);
	find_columns(editor);
	up = width / (before > editor->columns ? before : editor->columns);
	fputc('\r', stderr);
	if (up > 0)
		fprintf(stderr, "\033[%uA", up);
	fputs("\033[J", stderr);
	el_resize(editor->edit);
	el_set(editor->edit, EL_REFRESH);
}

/* Draws the line in a new row, since the shell has written, and sets the
 * terminal mode again. */
static void
draw_resumed(struct line_editor *editor)
{
	el_set(editor->edit, EL_PREP_TERM, 0);
	el_set(editor->edit, EL_PREP_TERM, 1);
	find_columns(editor);
	fputs("\r\033[J", stderr);
	el_resize(editor->edit);
	el_set(editor->edit, EL_REFRESH);
}

/* Moves behind the last row of the line. */
static void
go_below(struct line_editor *editor)
{
	const LineInfoW *line = el_wline(editor->edit);
	unsigned at, last;

	at = width_to(editor, line->buffer, line->cursor) / editor->columns;
	last = width_to(editor, line->buffer, line->lastchar) / editor->columns;
	for (; at <= last; at++)
		fputc('\n', stderr);
}

/* ---- keys --------------------------------------------------------------- */

/* Completes a name: the editor's function for Tab. */
static unsigned char
complete_name(EditLine *edit, int key)
{
	struct line_editor *editor = editor_of(edit);
	const LineInfo *info = el_line(edit);
	unsigned char result = CC_REFRESH_BEEP;
	struct completion_match match;
	char *line;

	(void)key;
	line = strndup(info->buffer, (size_t)(info->cursor - info->buffer));
	if (line != NULL &&
	    completion_find(editor->owner.completion, line, &match) == 0) {
		if (match.rest[0] != '\0') {
			if (el_insertstr(edit, match.rest) == 0)
				result = CC_REFRESH;
		} else if (match.n > 1 || match.unsafe) {
			go_below(editor);
			tab_list_print(stderr, match.entries, match.n,
			    editor->columns);
			el_set(edit, EL_REFRESH);
			result = CC_NORM;
		}
		completion_free_match(&match);
	}
	free(line);
	return result;
}

static void
act_on_signals(struct line_editor *editor)
{
	struct job_control_events events = job_control_take();

	if (events.to_raise != 0) {
		el_set(editor->edit, EL_PREP_TERM, 0);
		job_control_raise(events.to_raise);
	}
	if (events.to_raise != 0 || events.resumed)
		draw_resumed(editor);
	else if (events.resized)
		draw_resized(editor);
}

/* Waits for a key. Returns false after an interrupt; one that came just before
 * read(2) would be lost. */
static bool
wait_for_key(struct line_editor *editor)
{
	struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
	    {.fd = interrupt_fd(), .events = POLLIN}};

	while (!interrupt_pending()) {
		if (job_control_poll(fds, 2) >= 0)
			return fds[0].revents != 0 && !interrupt_pending();
		if (errno != EINTR)
			return true; /* read(2) tells the reason */
		act_on_signals(editor);
	}
	return false;
}

/* Reads one character for the editor. Returns 1, 0 at the end, or -1. */
static int
read_character(EditLine *edit, wchar_t *wide)
{
	struct line_editor *editor = editor_of(edit);
	mbstate_t state;
	size_t n = (size_t)-2;
	ssize_t got;
	char byte;

	memset(&state, 0, sizeof(state));
	/* -2: a character of several bytes is not complete yet. */
	while (n == (size_t)-2) {
		if (!wait_for_key(editor)) {
			/* The editor moves behind the line and returns it;
			 * line_editor_read drops it. */
			*wide = L'\n';
			return 1;
		}
		got = read(STDIN_FILENO, &byte, 1);
		if (got <= 0)
			return (int)got;
		n = mbrtowc(wide, &byte, 1, &state);
	}
	/* -1: not a character of this locale. */
	if (n == (size_t)-1)
		*wide = L'?';
	return 1;
}

static void
set_up(struct line_editor *editor)
{
	EditLine *edit = editor->edit;
	HistEvent event;

	history(editor->lines, &event, H_SETSIZE, LINE_EDITOR_HISTORY);
	el_set(edit, EL_CLIENTDATA, editor);
	el_set(edit, EL_PROMPT, question_text);
	el_set(edit, EL_EDITOR, "emacs");
	el_set(edit, EL_SIGNAL, 0);
	el_set(edit, EL_GETCFN, read_character);
	el_set(edit, EL_HIST, history, editor->lines);
	el_set(edit, EL_ADDFN, "remote-complete", "completes a name",
	    complete_name);
	el_set(edit, EL_BIND, "^I", "remote-complete", NULL);
	el_source(edit, NULL);
}

struct line_editor *
line_editor_new(const struct line_editor_owner *owner)
{
	struct line_editor *editor = NULL;

	if (!terminal_can_draw(STDERR_FILENO) ||
	    (editor = calloc(1, sizeof(*editor))) == NULL)
		return NULL;
	editor->owner = *owner;
	find_columns(editor);
	editor->lines = history_init();
	editor->edit = el_init("fileget", stdin, stderr, stderr);
	if (editor->lines == NULL || editor->edit == NULL) {
		line_editor_free(editor);
		return NULL;
	}
	set_up(editor);
	return editor;
}

void
line_editor_free(struct line_editor *editor)
{
	if (editor == NULL)
		return;
	if (editor->edit != NULL)
		el_end(editor->edit);
	if (editor->lines != NULL)
		history_end(editor->lines);
	free(editor);
}

enum line_editor_result
line_editor_read(struct line_editor *editor, char **line, size_t *len)
{
	const char *typed;
	int n = 0;

	*line = NULL;
	find_columns(editor);
	el_resize(editor->edit);
	job_control_begin();
	typed = el_gets(editor->edit, &n);
	job_control_end();
	*len = typed == NULL || n < 0 ? 0 : (size_t)n;
	if (interrupt_pending()) {
		*len -= *len > 0; /* the newline was not typed */
		return LINE_EDITOR_INTERRUPTED;
	}
	if (*len == 0) {
		fputc('\n', stderr);
		return LINE_EDITOR_END;
	}
	*line = strndup(typed, *len);
	return *line == NULL ? LINE_EDITOR_FAILED : LINE_EDITOR_LINE;
}

void
line_editor_remember(struct line_editor *editor, const char *line)
{
	HistEvent event;

	history(editor->lines, &event, H_ENTER, line);
}
