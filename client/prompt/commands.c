/* A line is a command if it is "ls", "cd" or "help", or begins with "ls " or
 * "cd ". Any other line is a name to fetch; so are ./ls and 'ls'. */

#include <sys/stat.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/browse/ls.h"
#include "client/browse/name_list.h"
#include "client/browse/remote_glob.h"
#include "client/prompt/commands.h"
#include "client/transfer/named_jobs.h"
#include "client/transfer/parallel.h"
#include "client/wire/query.h"

const char commands_hint[] =
    "type a name to fetch it, or ls [DIR], cd [DIR], help";

static const char help[] =
    "NAME        fetch NAME, or all files that match it, with *, ? and [ in "
    "it\n"
    "            (.. is the folder above, a leading / the served folder)\n"
    "ls [DIR]    list the folder\n"
    "cd [DIR]    change to the folder; without DIR, to the top\n"
    "help        show this help\n"
    "./NAME      fetch a file named ls, cd or help\n"
    "'NAME'      fetch exactly NAME: no pattern, blanks at its ends kept\n"
    "An empty line leaves.\n";

/* The line without the command's word. */
struct argument {
	char typed[REMOTE_CWD_NAME]; /* without quotes */
	bool quoted;		     /* it is no pattern */
};

void
commands_open(struct commands *commands, struct pipeline *pipeline)
{
	memset(commands, 0, sizeof(*commands));
	commands->pipeline = pipeline;
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
	    .folders = folders};
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

static void
run_ls(struct commands *commands, const struct argument *argument)
{
	const struct ls ls = {.connection = &commands->pipeline->connection,
	    .report = commands->pipeline->report,
	    .json = commands->pipeline->report->settings->json};
	struct name_list list = {0};

	/* Completion then lists the folder anew too. */
	completion_forget(&commands->completion);
	if (expand_argument(commands, argument, true, &list) == 0)
		ls_names(&ls, (const char *const *)list.names, list.n);
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
}

static void
run_help(struct commands *commands, const struct argument *argument)
{
	(void)commands;
	(void)argument;
	dprintf(STDERR_FILENO, "%s", help);
}

static void
run_fetch_names(struct commands *commands, const struct argument *argument)
{
	struct pipeline *pipeline = commands->pipeline;
	struct name_list list = {0};
	struct job_queue *queue;
	size_t i;

	if (expand_argument(commands, argument,
		pipeline->settings->store.is_tree, &list) != 0)
		goto out;
	queue = job_queue_new(pipeline->settings, pipeline->folder);
	if (queue == NULL) {
		report_error(pipeline->report, NULL, EXIT_LOCAL,
		    "out of memory");
		goto out;
	}
	for (i = 0; i < list.n; i++)
		named_jobs_add_reported(queue, pipeline->report, list.names[i],
		    strlen(list.names[i]), NULL);
	parallel_run(pipeline, queue);
	job_queue_free(queue);
out:
	name_list_free(&list);
}

static const struct {
	const char *word;
	bool takes_argument;
	void (*run)(struct commands *, const struct argument *);
} table[] = {
    {"ls", true, run_ls},
    {"cd", true, run_cd},
    {"help", false, run_help},
};

void
commands_run(struct commands *commands, const char *line, size_t len)
{
	void (*run)(struct commands *, const struct argument *) =
	    run_fetch_names;
	struct argument argument;
	size_t i, word, skip = 0;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		word = strlen(table[i].word);
		if (len < word || memcmp(line, table[i].word, word) != 0 ||
		    (len > word &&
			(!remote_cwd_is_blank(line[word]) ||
			    !table[i].takes_argument)))
			continue;
		run = table[i].run;
		skip = word;
		while (skip < len && remote_cwd_is_blank(line[skip]))
			skip++;
	}
	if (set_argument(&argument, line + skip, len - skip) != 0)
		report_error(commands->pipeline->report, line, EXIT_USAGE,
		    "not a name: it is too long, or has a NUL");
	else
		run(commands, &argument);
}
