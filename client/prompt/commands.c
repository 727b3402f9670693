/*
 * A line is a command if it is a word of the table, or begins with one that
 * takes an argument and a blank. Any other line is a name to fetch; so are
 * "get ls", ./ls and 'ls'.
 */

#include <sys/stat.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/browse/ls.h"
#include "client/browse/name_list.h"
#include "client/browse/remote_glob.h"
#include "client/browse/suggestion.h"
#include "client/prompt/commands.h"
#include "client/prompt/help.h"
#include "client/transfer/named_jobs.h"
#include "client/transfer/parallel.h"
#include "client/ui/terminal.h"
#include "client/wire/query.h"
#include "common/text.h"

enum {
	COMMANDS_SHORT = 12, /* bytes of a name that advice repeats */
};

/* The line without the command's word. */
struct argument {
	char typed[REMOTE_CWD_NAME]; /* without quotes */
	bool quoted;		     /* it is no pattern */
};

void
commands_open(struct commands *commands, struct pipeline *pipeline,
    bool is_typed)
{
	memset(commands, 0, sizeof(*commands));
	commands->pipeline = pipeline;
	commands->tree = *pipeline->settings;
	commands->tree.store.is_tree = true;
	commands->is_typed = is_typed;
	completion_open(&commands->completion, &pipeline->connection,
	    &commands->place);
}

void
commands_close(struct commands *commands)
{
	completion_forget(&commands->completion);
}

/* Sets the argument, without quotes that enclose all of it. Returns 0, or -1 if
 * it is too long for a name or has a NUL. */
static int
set_argument(struct argument *argument, const char *text, size_t len)
{
	argument->quoted = len >= 2 && (text[0] == '\'' || text[0] == '"') &&
	    text[len - 1] == text[0];
	if (argument->quoted) {
		text++;
		len -= 2;
	}
	if (len >= sizeof(argument->typed) || memchr(text, '\0', len) != NULL)
		return -1;
	memcpy(argument->typed, text, len);
	argument->typed[len] = '\0';
	return 0;
}

/* Adds an argument's names. Returns 0, or -1 after reporting the failure. */
static int
expand_argument(struct commands *commands, const struct argument *argument,
    bool folders, struct name_list *list)
{
	const struct remote_glob pattern = {.connection =
						&commands->pipeline->connection,
	    .report = commands->pipeline->report,
	    .folders = folders,
	    .advice = commands->is_typed && !folders ?
		help_for_habit(argument->typed) :
		NULL};
	char name[REMOTE_CWD_NAME];
	size_t fixed;

	if (remote_cwd_resolve(&commands->place, argument->typed, name,
		&fixed) != 0) {
		report_error(commands->pipeline->report, argument->typed,
		    EXIT_USAGE,
		    "not a name: it leads above the top, or is too long");
		return -1;
	}
	/* A quoted name is fixed as a whole. */
	return remote_glob_expand(&pattern, name,
	    argument->quoted ? strlen(name) : fixed, list);
}

/* Suggests other names for those of the n names that were not found. */
static void
suggest_names(struct commands *commands, char *const *names, size_t n)
{
	struct pipeline *pipeline = commands->pipeline;

	suggestion_tell(&pipeline->connection, pipeline->report, names, n,
	    true);
}

/* Removes options in front of a typed argument: people type "ls -l", and ls
 * always prints the long form. */
static void
drop_options(struct argument *argument)
{
	size_t n = 1;

	if (argument->quoted || argument->typed[0] != '-')
		return;
	n += strspn(&argument->typed[1], "1Aahl");
	if (argument->typed[n] != '\0' &&
	    !remote_cwd_is_blank(argument->typed[n]))
		return;
	while (remote_cwd_is_blank(argument->typed[n]))
		n++;
	memmove(argument->typed, &argument->typed[n],
	    strlen(&argument->typed[n]) + 1);
}

static void
run_ls(struct commands *commands, const struct argument *typed)
{
	struct argument argument = *typed;
	const struct ls ls = {.connection = &commands->pipeline->connection,
	    .report = commands->pipeline->report,
	    .json = commands->pipeline->report->settings->json};
	struct name_list list = {0};

	if (commands->is_typed)
		drop_options(&argument);
	/* Completion then lists the folder anew too. */
	completion_forget(&commands->completion);
	if (expand_argument(commands, &argument, true, &list) == 0)
		ls_names(&ls, (const char *const *)list.names, list.n);
	suggest_names(commands, list.names, list.n);
	name_list_free(&list);
}

static void
run_cd(struct commands *commands, const struct argument *argument)
{
	struct report *report = commands->pipeline->report;
	struct protocol_attributes attributes = {.mode = S_IFDIR};
	struct failure failure;
	char name[REMOTE_CWD_NAME];

	if (argument->typed[0] == '\0')
		strlcpy(name, ".", sizeof(name));
	else if (remote_cwd_resolve(&commands->place, argument->typed, name,
		     NULL) != 0) {
		report_error(commands->pipeline->report, argument->typed,
		    EXIT_USAGE,
		    "not a folder: it leads above the top, or is too long");
		return;
	}
	if (strcmp(name, ".") != 0 &&
	    query_stat(&commands->pipeline->connection, name, &attributes,
		&failure) != 0)
		report_failure(report, name, &failure, NULL);
	else if (!S_ISDIR(attributes.mode))
		report_error(commands->pipeline->report, name, EXIT_DENIED,
		    "not a folder");
	else
		remote_cwd_go(&commands->place, name);
	suggest_names(commands, (char *[]){name}, 1);
}

static void
run_pwd(struct commands *commands, const struct argument *argument)
{
	const char *folder = commands->place.folder;
	char shown[4 * REMOTE_CWD_NAME];

	(void)argument;
	text_escape(shown, sizeof(shown), folder, strlen(folder));
	dprintf(STDERR_FILENO, "/%s\n", shown);
}

static void
run_help(struct commands *commands, const struct argument *argument)
{
	unsigned rows, columns;

	(void)commands;
	(void)argument;
	terminal_size(STDERR_FILENO, &rows, &columns);
	help_print(columns);
}

static void
run_leave(struct commands *commands, const struct argument *argument)
{
	(void)argument;
	commands->is_over = true;
}

/* Returns false after reporting that a typed name cannot be fetched: it is a
 * folder, the server cannot be asked, or the name does not exist and looks like
 * a command of another program. */
static bool
check_typed_name(struct commands *commands, const struct argument *argument,
    const char *name)
{
	struct pipeline *pipeline = commands->pipeline;
	const char *typed = argument->typed, *shown = typed;
	struct protocol_attributes attributes;
	struct failure failure;

	if (strlen(typed) > COMMANDS_SHORT)
		shown = "NAME";
	if (failure_check_name(&failure, name, strlen(name)) != 0)
		return true; /* fetching reports the broken rule */
	if (query_stat(&pipeline->connection, name, &attributes, &failure) ==
	    0) {
		if (!S_ISDIR(attributes.mode))
			return true;
		report_error(pipeline->report, typed, EXIT_DENIED,
		    "a folder: cd %s goes there, -r %s fetches it", shown,
		    shown);
		return false;
	}
	if (query_is_over(&failure)) {
		report_failure(pipeline->report, typed, &failure,
		    report_server_hint(pipeline->report, &failure));
		return false;
	}
	if (failure.code != EXIT_NOT_FOUND || argument->quoted ||
	    help_for_habit(typed) == NULL)
		return true; /* fetching reports the reason, or waits */
	report_error(pipeline->report, typed, EXIT_NOT_FOUND,
	    "no such file; %s", help_for_habit(typed));
	return false;
}

/* Fetches the names with these settings instead of the pipeline's. */
static void
fetch_names(struct pipeline *pipeline, const struct transfer_settings *settings,
    const struct name_list *list)
{
	const struct transfer_settings *usual = pipeline->settings;
	struct job_queue *queue = job_queue_new(settings, pipeline->folder);
	size_t i;

	if (queue == NULL) {
		report_error(pipeline->report, NULL, EXIT_LOCAL,
		    "out of memory");
		return;
	}
	report_begin(pipeline->report);
	for (i = 0; i < list->n; i++)
		named_jobs_add_reported(queue, pipeline->report, list->names[i],
		    strlen(list->names[i]), NULL);
	pipeline->settings = settings;
	parallel_run(pipeline, queue);
	pipeline->settings = usual;
	job_queue_free(queue);
	report_summary(pipeline->report);
}

static void
run_get(struct commands *commands, const struct argument *argument)
{
	struct pipeline *pipeline = commands->pipeline;
	bool is_tree = pipeline->settings->store.is_tree;
	struct name_list list = {0};

	if (argument->typed[0] == '\0')
		report_error(pipeline->report, NULL, EXIT_USAGE,
		    "get NAME fetches the file NAME");
	else if (expand_argument(commands, argument, is_tree, &list) == 0 &&
	    (is_tree || !commands->is_typed || list.n != 1 ||
		check_typed_name(commands, argument, list.names[0])))
		fetch_names(pipeline, pipeline->settings, &list);
	suggest_names(commands, list.names, list.n);
	name_list_free(&list);
}

static void
run_tree(struct commands *commands, const struct argument *argument)
{
	struct pipeline *pipeline = commands->pipeline;
	struct name_list list = {0};

	if (argument->typed[0] == '\0')
		report_error(pipeline->report, NULL, EXIT_USAGE,
		    "-r NAME fetches the folder NAME (. is this one)");
	else if (expand_argument(commands, argument, true, &list) == 0)
		fetch_names(pipeline, &commands->tree, &list);
	suggest_names(commands, list.names, list.n);
	name_list_free(&list);
}

/* in_scripts: also a command if no person types the lines. */
static const struct command {
	const char *word;
	bool takes_argument;
	bool in_scripts;
	void (*run)(struct commands *, const struct argument *);
} table[] = {
    {"ls", true, true, run_ls},
    {"cd", true, true, run_cd},
    {"help", false, true, run_help},
    {"?", false, false, run_help},
    {"pwd", false, false, run_pwd},
    {"get", true, false, run_get},
    {"-r", true, false, run_tree},
    {"exit", false, false, run_leave},
    {"quit", false, false, run_leave},
    {"bye", false, false, run_leave},
};

/* Returns whether a line begins with this word and a blank, or is the word. */
static bool
begins_with_word(const char *line, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && memcmp(line, word, n) == 0 &&
	    (len == n || remote_cwd_is_blank(line[n]));
}

/* Returns the length of a word and the blanks behind it. */
static size_t
skip_word(const char *line, size_t len, const char *word)
{
	size_t n = strlen(word);

	while (n < len && remote_cwd_is_blank(line[n]))
		n++;
	return n;
}

/* Returns the command of a line, or NULL if it is a name. */
static const struct command *
find_command(const struct commands *commands, const char *line, size_t len)
{
	const struct command *command;
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		command = &table[i];
		if ((commands->is_typed || command->in_scripts) &&
		    begins_with_word(line, len, command->word) &&
		    (command->takes_argument || len == strlen(command->word)))
			return command;
	}
	return NULL;
}

bool
commands_run(struct commands *commands, const char *line, size_t len)
{
	void (*run)(struct commands *, const struct argument *) = run_get;
	const struct command *command = find_command(commands, line, len);
	struct argument argument;
	size_t skip = 0;

	if (command != NULL) {
		run = command->run;
		skip = skip_word(line, len, command->word);
	}
	if (command != NULL && run == run_get &&
	    begins_with_word(line + skip, len - skip, "-r")) {
		run = run_tree;
		skip += skip_word(line + skip, len - skip, "-r");
	}
	if (set_argument(&argument, line + skip, len - skip) != 0)
		report_error(commands->pipeline->report, line, EXIT_USAGE,
		    "not a name: it is too long, or has a NUL");
	else
		run(commands, &argument);
	return !commands->is_over;
}
