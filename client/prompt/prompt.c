/*
 * The loop of the prompt. The connection stays open between lines; if the
 * server has closed it, the next line connects again. Prompts go to standard
 * error, as all messages for a person do.
 */

#include <sys/stat.h>

#include <errno.h>
#include <histedit.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "client/prompt/commands.h"
#include "client/prompt/prompt.h"
#include "client/ui/interrupt.h"
#include "client/ui/terminal.h"
#include "common/text.h"

enum {
	PROMPT_HISTORY = 500,  /* lines */
	PROMPT_QUESTION = 128, /* bytes; longer folder names are cut */
	PROMPT_SHOWN = 100,    /* names that Tab shows at once */
};

/* The editor's client data. */
struct prompt {
	struct commands commands;
	char question[PROMPT_QUESTION];
};

static struct prompt *
prompt_of(EditLine *editor)
{
	struct prompt *prompt = NULL;

	el_get(editor, EL_CLIENTDATA, &prompt);
	return prompt;
}

static char *
write_question(struct prompt *prompt)
{
	const char *folder = prompt->commands.place.folder;
	char shown[PROMPT_QUESTION / 2];

	text_escape(shown, sizeof(shown), folder, strlen(folder));
	snprintf(prompt->question, sizeof(prompt->question),
	    "file to fetch%s%s (empty line to leave): ",
	    folder[0] == '\0' ? "" : " from ", shown);
	return prompt->question;
}

static char *
prompt_text(EditLine *editor)
{
	return write_question(prompt_of(editor));
}

/* Shows the names below the line; the editor then writes the line again. */
static void
show_names(const struct completion_match *match)
{
	char shown[4 * NAMES_MAX + 1];
	size_t i;

	fputc('\n', stderr);
	for (i = 0; i < match->n && i < PROMPT_SHOWN; i++) {
		text_escape(shown, sizeof(shown), match->entries[i]->name,
		    strlen(match->entries[i]->name));
		fprintf(stderr, "%s%s%s", i == 0 ? "" : "  ", shown,
		    S_ISDIR(match->entries[i]->mode) ? "/" : "");
	}
	if (match->n > i)
		fprintf(stderr, "  and %zu more", match->n - i);
	fputc('\n', stderr);
}

/* Completes a name: the editor's function for Tab. */
static unsigned char
complete_name(EditLine *editor, int key)
{
	struct prompt *prompt = prompt_of(editor);
	const LineInfo *info = el_line(editor);
	unsigned char result = CC_REFRESH_BEEP;
	struct completion_match match;
	char *line;

	(void)key;
	line = strndup(info->buffer, (size_t)(info->cursor - info->buffer));
	if (line != NULL &&
	    completion_find(&prompt->commands.completion, line, &match) == 0) {
		if (match.rest[0] != '\0') {
			if (el_insertstr(editor, match.rest) == 0)
				result = CC_REFRESH;
		} else if (match.n > 1 || match.unsafe) {
			show_names(&match);
			result = CC_REDISPLAY;
		}
		completion_free_match(&match);
	}
	free(line);
	return result;
}

/* Waits until standard input is readable. Returns false if an interrupt came
 * first; one that came just before read(2) would be lost. */
static bool
wait_for_input(void)
{
	struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
	    {.fd = interrupt_fd(), .events = POLLIN}};

	while (!interrupt_pending() &&
	    (poll(fds, 2, -1) < 0 ? errno == EINTR : fds[0].revents == 0))
		continue;
	return !interrupt_pending();
}

/* Reads one character for the editor. Returns 1, 0 at the end, or -1. */
static int
read_character(EditLine *editor, wchar_t *wide)
{
	mbstate_t state;
	size_t n = (size_t)-2;
	ssize_t got;
	char byte;

	(void)editor;
	memset(&state, 0, sizeof(state));
	/* -2: a character of several bytes is not complete yet. */
	while (n == (size_t)-2) {
		if (!wait_for_input())
			return -1;
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

/* Removes the newline and the blanks around a line. Returns its length. */
static size_t
trim_line(char *line, size_t len)
{
	size_t blanks = 0;

	while (len > 0 &&
	    (line[len - 1] == '\n' || line[len - 1] == '\r' ||
		remote_cwd_is_blank(line[len - 1])))
		len--;
	while (blanks < len && remote_cwd_is_blank(line[blanks]))
		blanks++;
	len -= blanks;
	memmove(line, line + blanks, len);
	line[len] = '\0';
	return len;
}

/* Returns whether a line leaves the prompt; one of blanks does not. */
static bool
is_empty_line(const char *line)
{
	return line[strspn(line, "\r\n")] == '\0';
}

/* Reports that a line was lost, because of errno. */
static void
report_lost_line(const struct prompt *prompt)
{
	report_error(prompt->commands.pipeline->report, NULL, EXIT_LOCAL,
	    "cannot read names: %s", strerror(errno));
}

/* Reads lines without editing; on a terminal, after a question each. */
static void
run_plainly(struct prompt *prompt, bool is_terminal)
{
	char *line = NULL;
	size_t size = 0, n;
	ssize_t len = 0;

	for (;;) {
		if (is_terminal)
			dprintf(STDERR_FILENO, "%s", write_question(prompt));
		if (is_terminal && !wait_for_input())
			break;
		len = getline(&line, &size, stdin);
		if (len <= 0 || is_empty_line(line) || interrupt_pending())
			break;
		n = trim_line(line, (size_t)len);
		if (n > 0)
			commands_run(&prompt->commands, line, n);
	}
	if (is_terminal && (len <= 0 || interrupt_pending()))
		dprintf(STDERR_FILENO, "\n");
	if (len < 0 && !feof(stdin) && !interrupt_pending())
		report_lost_line(prompt);
	free(line);
}

static void
run_on_terminal(struct prompt *prompt, EditLine *editor, History *lines)
{
	HistEvent event;
	const char *typed;
	char *line;
	size_t n;
	int len;

	while ((typed = el_gets(editor, &len)) != NULL && len > 0) {
		line = strndup(typed, (size_t)len);
		if (line == NULL)
			report_lost_line(prompt);
		n = line == NULL ? 0 : trim_line(line, (size_t)len);
		if (n > 0) {
			history(lines, &event, H_ENTER, line);
			commands_run(&prompt->commands, line, n);
		}
		free(line);
		if (is_empty_line(typed) || interrupt_pending())
			break;
	}
	if (typed == NULL)
		dprintf(STDERR_FILENO, "\n");
}

static void
set_editor(struct prompt *prompt, EditLine *editor, History *lines)
{
	el_set(editor, EL_CLIENTDATA, prompt);
	el_set(editor, EL_PROMPT, prompt_text);
	el_set(editor, EL_EDITOR, "emacs");
	el_set(editor, EL_SIGNAL, 1);
	el_set(editor, EL_GETCFN, read_character);
	el_set(editor, EL_HIST, history, lines);
	el_set(editor, EL_ADDFN, "remote-complete", "completes a name",
	    complete_name);
	el_set(editor, EL_BIND, "^I", "remote-complete", NULL);
	el_source(editor, NULL);
}

void
prompt_run(struct pipeline *pipeline)
{
	struct prompt prompt;
	EditLine *editor = NULL;
	History *lines = NULL;
	HistEvent event;
	bool is_terminal = isatty(STDIN_FILENO) == 1;

	commands_open(&prompt.commands, pipeline);
	if (is_terminal && terminal_can_draw(STDERR_FILENO)) {
		lines = history_init();
		editor = el_init("fileget", stdin, stderr, stderr);
	}
	if (is_terminal)
		report_note(pipeline->report, "%s%s", commands_hint,
		    editor == NULL || lines == NULL ? "" : "; Tab completes");
	if (editor == NULL || lines == NULL) {
		run_plainly(&prompt, is_terminal);
	} else {
		history(lines, &event, H_SETSIZE, PROMPT_HISTORY);
		set_editor(&prompt, editor, lines);
		run_on_terminal(&prompt, editor, lines);
	}
	if (editor != NULL)
		el_end(editor);
	if (lines != NULL)
		history_end(lines);
	commands_close(&prompt.commands);
}
