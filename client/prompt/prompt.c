/*
 * The loop of the teaching notes' example. The connection stays open between
 * names; where the server has ended it meanwhile, the next name makes another.
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
#include "client/ui/interrupt.h"
#include "client/prompt/prompt.h"
#include "client/ui/terminal.h"
#include "common/text.h"

enum {
	PROMPT_HISTORY = 500,  /* lines */
	PROMPT_QUESTION = 128, /* bytes; a longer folder's name is cut */
	PROMPT_SHOWN = 100,    /* names that Tab shows at once */
};

/* What the editor's functions work with. */
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

/* Below the line, which the editor writes again afterwards. */
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

/* The Tab key, as el_set(EL_ADDFN) has it. */
static unsigned char
complete(EditLine *editor, int key)
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

/*
 * Reads one character for the editor: 1, 0 at the end, or -1. libedit's own
 * way blocks in read(2), and an interrupt that comes just before is lost.
 */
static int
read_character(EditLine *editor, wchar_t *wide)
{
	struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
	    {.fd = interrupt_fd(), .events = POLLIN}};
	mbstate_t state;
	size_t n = (size_t)-2;
	ssize_t got;
	char byte;

	(void)editor;
	memset(&state, 0, sizeof(state));
	/* -2: a character of several bytes is not complete yet. */
	while (n == (size_t)-2) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return -1;
		if (interrupt_pending())
			return -1;
		if (fds[0].revents == 0)
			continue;
		got = read(STDIN_FILENO, &byte, 1);
		if (got <= 0)
			return (int)got;
		n = mbrtowc(wide, &byte, 1, &state);
	}
	/* What is no character of this locale. */
	if (n == (size_t)-1)
		*wide = L'?';
	return 1;
}

/* A line without its newline and the blanks around it: its length, 0 for an
 * empty one. */
static size_t
trim(char *line, size_t len)
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

/* An empty line leaves; one of blanks does nothing. */
static bool
is_empty(const char *line)
{
	return line[strspn(line, "\r\n")] == '\0';
}

/* What was to be read is lost, for want of memory, say. */
static void
complain(const struct prompt *prompt)
{
	struct failure failure;

	failure_set(&failure, EXIT_LOCAL, "cannot read names: %s",
	    strerror(errno));
	report_failure(prompt->commands.pipeline->report, NULL, &failure, NULL);
}

/* Waits for a line of a terminal; false: it is interrupted instead. An
 * interrupt just before read(2) would be lost. */
static bool
wait_for_line(void)
{
	struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
	    {.fd = interrupt_fd(), .events = POLLIN}};

	while (!interrupt_pending() &&
	    (poll(fds, 2, -1) < 0 ? errno == EINTR : fds[0].revents == 0))
		continue;
	return !interrupt_pending();
}

/* Without line editing; with asks, each line is asked for. */
static void
run_plainly(struct prompt *prompt, bool asks)
{
	char *line = NULL;
	size_t size = 0, n;
	ssize_t len = 0;

	for (;;) {
		if (asks)
			dprintf(STDERR_FILENO, "%s", write_question(prompt));
		if (asks && !wait_for_line())
			break;
		len = getline(&line, &size, stdin);
		if (len <= 0 || is_empty(line) || interrupt_pending())
			break;
		n = trim(line, (size_t)len);
		if (n > 0)
			commands_run(&prompt->commands, line, n);
	}
	if (asks && (len <= 0 || interrupt_pending()))
		dprintf(STDERR_FILENO, "\n");
	if (len < 0 && !feof(stdin) && !interrupt_pending())
		complain(prompt);
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
			complain(prompt);
		n = line == NULL ? 0 : trim(line, (size_t)len);
		if (n > 0) {
			history(lines, &event, H_ENTER, line);
			commands_run(&prompt->commands, line, n);
		}
		free(line);
		if (is_empty(typed) || interrupt_pending())
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
	    complete);
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
	bool asks = isatty(STDIN_FILENO) == 1;

	commands_open(&prompt.commands, pipeline);
	/* The prompt goes to standard error, like all else that is meant for a
	 * person; the editor moves the cursor there. */
	if (asks && terminal_can_draw(STDERR_FILENO)) {
		lines = history_init();
		editor = el_init("fileget", stdin, stderr, stderr);
	}
	if (asks)
		report_note(pipeline->report, "%s%s", commands_hint,
		    editor == NULL || lines == NULL ? "" : "; Tab completes");
	if (editor == NULL || lines == NULL) {
		run_plainly(&prompt, asks);
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
