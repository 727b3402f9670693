/*
 * Chooses between fetching, -l, -f and the prompt, and expands the names on the
 * command line, which may be patterns. name_files.c reads names in files, which
 * are never patterns. Runs in the main thread.
 */

#include <stdbool.h>
#include <string.h>

#include "client/browse/ls.h"
#include "client/browse/name_list.h"
#include "client/browse/remote_glob.h"
#include "client/browse/suggestion.h"
#include "client/follow/follow.h"
#include "client/name_files.h"
#include "client/prompt/prompt.h"
#include "client/run.h"
#include "client/transfer/named_jobs.h"
#include "client/transfer/parallel.h"
#include "client/ui/interrupt.h"
#include "client/ui/report.h"
#include "client/wire/query.h"
#include "common/clock.h"

#define RUN_WAIT (2 * CLOCK_SEC) /* for an optional answer */

/* Adds an operand, or the names that it matches, to list. Returns 0, or -1
 * after reporting a failure; an option for one file allows one match only. */
static int
expand_operand(const struct client_options *options, struct pipeline *pipeline,
    const char *name, struct name_list *list)
{
	const struct remote_glob pattern = {.connection = &pipeline->connection,
	    .report = pipeline->report,
	    .folders = options->transfer.store.is_tree};

	if (remote_glob_expand(&pattern, name,
		options->names_are_exact ? strlen(name) : 0, list) != 0)
		return -1;
	if (options->single == NULL || list->n < 2)
		return 0;
	report_error(pipeline->report, name, EXIT_USAGE,
	    "%s needs exactly one NAME, and %zu match", options->single,
	    list->n);
	return -1;
}

static void
add_operand(const struct client_options *options, struct pipeline *pipeline,
    struct job_queue *queue, const char *name)
{
	struct name_list list = {0};
	size_t i;

	if (expand_operand(options, pipeline, name, &list) == 0)
		for (i = 0; i < list.n; i++)
			named_jobs_add_reported(queue, pipeline->report,
			    list.names[i], strlen(list.names[i]), NULL);
	name_list_free(&list);
}

static void
run_follow(const struct client_options *options, struct pipeline *pipeline)
{
	struct name_list list = {0};

	if (expand_operand(options, pipeline, options->names[0], &list) == 0) {
		/* It makes a connection of its own. */
		connection_close(&pipeline->connection);
		follow_run(&options->follow, list.names[0], pipeline->report,
		    pipeline->connection.rate);
	}
	name_list_free(&list);
}

static void
run_list(const struct client_options *options, struct pipeline *pipeline)
{
	const struct ls ls = {.connection = &pipeline->connection,
	    .report = pipeline->report,
	    .recursive = options->transfer.store.is_tree,
	    .filter = &options->transfer.filter,
	    .json = options->report.json};
	const struct remote_glob pattern = {.connection = &pipeline->connection,
	    .report = pipeline->report,
	    .folders = true};
	struct name_list list = {0};
	const char *name;
	int i;

	if (options->transfer.sums)
		report_note(pipeline->report,
		    "--sums: nothing is written here, so there are no sums");
	for (i = 0; i < options->n_names; i++) {
		name = options->names[i];
		(void)remote_glob_expand(&pattern, name,
		    options->names_are_exact ? strlen(name) : 0, &list);
	}
	if (options->n_names == 0)
		(void)remote_glob_expand(&pattern, ".", 0, &list);
	ls_names(&ls, (const char *const *)list.names, list.n);
	name_list_free(&list);
}

/* A server without --hidden leaves such names out of its listings, and refuses
 * every one that it is asked for. */
static void
tell_unserved(struct pipeline *pipeline)
{
	struct connection *connection = &pipeline->connection;
	struct protocol_attributes attributes;
	struct failure failure;

	if (!pipeline->report->has_answer || interrupt_pending())
		return;
	connection_limit(connection, RUN_WAIT);
	if (query_stat(connection, ".hidden", &attributes, &failure) != 0 &&
	    failure.code == EXIT_DENIED)
		report_note(pipeline->report,
		    "the server has no names that begin with a dot: it was "
		    "started without --hidden");
	connection_limit(connection, CONNECTION_NO_LIMIT);
}

static void
run_fetch(const struct client_options *options, struct pipeline *pipeline,
    FILE *names_file)
{
	struct job_queue *queue;
	int i;

	queue = job_queue_new(&options->transfer, pipeline->folder);
	if (queue == NULL) {
		report_error(pipeline->report, NULL, EXIT_LOCAL,
		    "out of memory");
		return;
	}
	for (i = 0; i < options->n_names; i++)
		add_operand(options, pipeline, queue, options->names[i]);
	if (names_file != NULL)
		name_files_read(options, names_file, pipeline, queue);
	parallel_run(pipeline, queue);
	job_queue_free(queue);
	if (options->transfer.hidden)
		tell_unserved(pipeline);
	if (options->report.is_dry)
		report_tell_plan(pipeline->report);
	else
		report_summary(pipeline->report);
}

void
run_work(const struct client_options *options, struct pipeline *pipeline,
    FILE *names_file)
{
	if (options->is_follow)
		run_follow(options, pipeline);
	else if (options->is_list)
		run_list(options, pipeline);
	else if (options->transfer.is_prompt)
		prompt_run(pipeline);
	else
		run_fetch(options, pipeline, names_file);
	suggestion_tell(&pipeline->connection, pipeline->report, options->names,
	    (size_t)options->n_names, false);
}
