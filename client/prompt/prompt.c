/*
 * The loop of the prompt. The connection stays open between lines; if the
 * server has closed it, the next line connects again. Prompts go to standard
 * error, as all messages for a person do. Ctrl-C drops a line or ends a
 * download; a second one in a row ends the program.
 */

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/prompt/commands.h"
#include "client/prompt/help.h"
#include "client/prompt/job_control.h"
#include "client/prompt/line_editor.h"
#include "client/prompt/prompt.h"
#include "client/prompt/question.h"
#include "client/ui/interrupt.h"
#include "client/ui/terminal.h"
#include "client/wire/query.h"

struct prompt {
	struct commands commands;
	struct line_editor *editor; /* NULL: lines are not edited */
	char question[QUESTION_TEXT];
	bool is_terminal;     /* else each line is a name in a script */
	bool was_interrupted; /* by Ctrl-C, and no line was entered since */
	char *line;	      /* owned; NULL or the last line */
	size_t len;	      /* bytes of it, or of what was dropped */
};

static const char *
write_question(void *argument, unsigned columns)
{
	struct prompt *prompt = argument;

	return question_write(&prompt->commands.place, columns,
	    prompt->question);
}

/* ---- lines without an editor -------------------------------------------- */

static void
ask_plainly(struct prompt *prompt)
{
	unsigned rows, columns;

	terminal_size(STDERR_FILENO, &rows, &columns);
	dprintf(STDERR_FILENO, "%s", write_question(prompt, columns));
}

/* Asks on a terminal, and waits until a line was typed. Returns false after an
 * interrupt; one that came just before read(2) would be lost. */
static bool
wait_for_line(struct prompt *prompt)
{
	struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
	    {.fd = interrupt_fd(), .events = POLLIN}};
	struct job_control_events events;

	ask_plainly(prompt);
	while (!interrupt_pending()) {
		if (job_control_poll(fds, 2) >= 0 || errno != EINTR)
			break;
		events = job_control_take();
		if (events.to_raise != 0)
			job_control_raise(events.to_raise);
		if (events.to_raise != 0 || events.resumed)
			ask_plainly(prompt);
	}
	return !interrupt_pending();
}

static enum line_editor_result
read_plainly(struct prompt *prompt)
{
	size_t size = 0;
	ssize_t len;
	bool is_there = true;

	if (prompt->is_terminal) {
		job_control_begin();
		is_there = wait_for_line(prompt);
		job_control_end();
	}
	len = is_there ? getline(&prompt->line, &size, stdin) : 0;
	prompt->len = len < 0 ? 0 : (size_t)len;
	if (prompt->is_terminal && (prompt->len == 0 || interrupt_pending()))
		dprintf(STDERR_FILENO, "\n");
	if (interrupt_pending())
		return LINE_EDITOR_INTERRUPTED;
	if (len > 0)
		return LINE_EDITOR_LINE;
	return feof(stdin) ? LINE_EDITOR_END : LINE_EDITOR_FAILED;
}

/* ---- lines -------------------------------------------------------------- */

static enum line_editor_result
read_line(struct prompt *prompt)
{
	free(prompt->line);
	prompt->line = NULL;
	if (prompt->editor == NULL)
		return read_plainly(prompt);
	return line_editor_read(prompt->editor, &prompt->line, &prompt->len);
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

/* Runs the line. Returns false if it leaves the prompt. */
static bool
run_line(struct prompt *prompt)
{
	size_t n;

	if (is_empty_line(prompt->line))
		return false;
	n = trim_line(prompt->line, prompt->len);
	if (n == 0)
		return true;
	if (prompt->editor != NULL)
		line_editor_remember(prompt->editor, prompt->line);
	return commands_run(&prompt->commands, prompt->line, n);
}

/* Returns true if the prompt goes on after an interrupt, which has dropped so
 * many typed bytes. */
static bool
forget_interrupt(struct prompt *prompt, size_t dropped)
{
	struct report *report = prompt->commands.pipeline->report;
	bool again = prompt->was_interrupted && dropped == 0;

	if (!prompt->is_terminal || again || !interrupt_forget())
		return false;
	prompt->was_interrupted = true;
	/* A later download may be interrupted too. */
	report->interrupted = false;
	report_note(report, "Ctrl-C again leaves");
	return true;
}

/* Reads a line and runs it. Returns false if that was the last one. */
static bool
run_next(struct prompt *prompt)
{
	bool goes_on = false;

	switch (read_line(prompt)) {
	case LINE_EDITOR_LINE:
		prompt->was_interrupted = false;
		goes_on = run_line(prompt);
		return interrupt_pending() ? forget_interrupt(prompt, 0) :
					     goes_on;
	case LINE_EDITOR_INTERRUPTED:
		return forget_interrupt(prompt, prompt->len);
	case LINE_EDITOR_FAILED:
		report_error(prompt->commands.pipeline->report, NULL,
		    EXIT_LOCAL, "cannot read names: %s", strerror(errno));
		return false;
	default:
		return false;
	}
}

/* ---- start -------------------------------------------------------------- */

/* Requests the top folder, so that a wrong host or port is reported before a
 * name is typed. Returns 0, or -1 after reporting that there is no fileserv. */
static int
try_server(struct pipeline *pipeline)
{
	struct connection *connection = &pipeline->connection;
	struct protocol_attributes attributes;
	struct failure failure;
	int result;

	/* A person is waiting: one try. */
	connection_limit(connection, connection->settings->connect_timeout);
	result = query_stat(connection, ".", &attributes, &failure);
	connection_limit(connection, CONNECTION_NO_LIMIT);
	/* A fileserv may refuse the question. */
	if (result == 0 ||
	    (pipeline->report->has_answer && !query_is_over(&failure)))
		return 0;
	report_failure(pipeline->report, NULL, &failure,
	    report_server_hint(pipeline->report, &failure));
	return -1;
}

void
prompt_run(struct pipeline *pipeline)
{
	struct prompt prompt = {.is_terminal = isatty(STDIN_FILENO) == 1};
	const struct line_editor_owner owner = {
	    .completion = &prompt.commands.completion,
	    .question = write_question,
	    .argument = &prompt,
	};
	unsigned rows, columns;

	if (prompt.is_terminal && try_server(pipeline) != 0)
		return;
	commands_open(&prompt.commands, pipeline, prompt.is_terminal);
	if (prompt.is_terminal) {
		prompt.editor = line_editor_new(&owner);
		terminal_size(STDERR_FILENO, &rows, &columns);
		report_note(pipeline->report, "%s",
		    help_hint(columns, prompt.editor != NULL));
	}
	while (run_next(&prompt))
		continue;
	free(prompt.line);
	line_editor_free(prompt.editor);
	commands_close(&prompt.commands);
}
