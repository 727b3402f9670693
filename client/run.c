/*
 * The names of the command line, of a list (-i) or of a file of sums (-c), in
 * this order. Only what stands on the command line may be a pattern.
 */

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/base_folders.h"
#include "client/transfer/parallel.h"
#include "client/follow/follow.h"
#include "client/run.h"
#include "client/transfer/job_queue.h"
#include "client/browse/ls.h"
#include "client/browse/name_list.h"
#include "client/browse/remote_glob.h"
#include "client/ui/report.h"
#include "client/ui/sha256sum.h"
#include "common/names.h"

/*
 * The slashes that a shell puts behind the name of a folder it completes are
 * no part of it. What has nothing else is left to be refused as it stands, and
 * so is a pattern, which would match files too. Returns the length.
 */
static size_t
trim_slashes(char *name, size_t len)
{
	size_t left = len;

	while (left > 0 && name[left - 1] == '/')
		left--;
	if (left == 0 || names_is_pattern(name))
		return len;
	name[left] = '\0';
	return left;
}

FILE *
run_open_list(const struct client_options *options)
{
	const char *path = options->input_file;
	FILE *file;

	if (path == NULL)
		path = options->check_file;
	if (path == NULL)
		return NULL;
	file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (file == NULL)
		err(EXIT_USAGE, "cannot read %s from %s",
		    path == options->input_file ? "names" : "sums", path);
	return file;
}

/* Ends the program unless all of a file was read; that there is no memory for
 * a line is no error of the file's (getdelim(3)). */
static void
expect_end(FILE *file, const char *what, const char *path)
{
	if (ferror(file))
		err(EXIT_USAGE, "cannot read %s from %s", what, path);
	if (!feof(file))
		err(EXIT_LOCAL, "cannot read %s from %s", what, path);
}

/* A file's first line without what some systems put before a text in UTF-8. */
static char *
pass_mark(char *line)
{
	static const char mark[] = "\357\273\277";

	return strncmp(line, mark, strlen(mark)) == 0 ? line + strlen(mark) :
							line;
}

/* Where a name begins in a line: find(1) puts a "./" in front. */
static char *
pass_dot(char *line)
{
	return strncmp(line, "./", 2) == 0 && line[2] != '\0' ? line + 2 : line;
}

/* The names in a file (-i); an empty one is passed over. */
static void
add_names_from(const struct client_options *options, struct pipeline *pipeline,
    struct jobs *jobs)
{
	int end = options->input_nul ? '\0' : '\n';
	char *line = NULL, *name;
	bool first = true;
	size_t size = 0;
	ssize_t len;
	FILE *file = pipeline->list;

	while ((len = getdelim(&line, &size, end, file)) > 0) {
		if (line[len - 1] == end)
			line[--len] = '\0';
		/* A list from a system that ends its lines otherwise. */
		if (end == '\n' && len > 0 && line[len - 1] == '\r')
			line[--len] = '\0';
		name = pass_dot(end == '\n' && first ? pass_mark(line) : line);
		first = false;
		len -= name - line;
		if (pipeline->settings->store.is_tree)
			len = (ssize_t)trim_slashes(name, (size_t)len);
		if (len > 0)
			pipeline_add_name(pipeline, jobs, name, (size_t)len);
	}
	expect_end(file, "names", options->input_file);
	free(line);
}

/* How many lines of a file of sums were what. */
struct tally_of_lines {
	size_t sums;
	size_t others;	/* of another algorithm */
	size_t foreign; /* no sums */
	size_t nul;	/* of these, with a NUL in them */
};

/* One line of a file of sums, its end included. */
static void
add_sum_line(struct pipeline *pipeline, struct jobs *jobs,
    struct base_folders *base, struct sha256sum_reader *reader, char *line,
    size_t len, struct tally_of_lines *lines)
{
	uint8_t sum[SHA256SUM_LENGTH];
	char *name;

	if (line[len - 1] == (reader->nul ? '\0' : '\n'))
		line[--len] = '\0';
	/* A file from a system that ends its lines otherwise. */
	if (!reader->nul && len > 0 && line[len - 1] == '\r')
		line[--len] = '\0';
	if (strlen(line) != len) {
		lines->foreign++;
		lines->nul++;
		return;
	}
	switch (sha256sum_parse(reader, line, sum, &name)) {
	case SHA256SUM_SUM:
		lines->sums++;
		if (pipeline->settings->base != NULL)
			pipeline_add_below(pipeline, jobs, base, name, sum);
		else
			pipeline_add_sum(pipeline, jobs, name, strlen(name),
			    sum);
		break;
	case SHA256SUM_NOTHING:
		break;
	case SHA256SUM_ALGORITHM:
		lines->others++;
		break;
	case SHA256SUM_FOREIGN:
		lines->foreign++;
		break;
	}
}

/* Says what was passed over; ends the program if that was all. */
static void
judge_lines(struct pipeline *pipeline, const char *path,
    const struct tally_of_lines *lines)
{
	size_t n = lines->foreign + lines->others;

	if (lines->sums == 0 && lines->others > 0)
		errx(EXIT_USAGE,
		    "%s: no SHA-256 sums in it, but those of another "
		    "algorithm; none is checked",
		    path);
	if (lines->sums == 0)
		errx(EXIT_USAGE, "%s: no line of it is what sha256sum prints%s",
		    path,
		    lines->nul > 0 ? "; -0 reads what sha256sum -z prints" :
				     "");
	if (n == 0)
		return;
	report_note(pipeline->report,
	    n == 1 ? "%s: %zu line is not a SHA-256 sum, and was passed over" :
		     "%s: %zu lines are not SHA-256 sums, and were passed over",
	    path, n);
}

/* The names in a file of SHA-256 sums (-c). */
static void
add_sums_from(const struct client_options *options, struct pipeline *pipeline,
    struct jobs *jobs)
{
	struct sha256sum_reader reader = {.nul = options->input_nul};
	struct tally_of_lines lines = {.sums = 0};
	char *line = NULL, *text;
	bool first = true;
	size_t size = 0;
	FILE *file = pipeline->list;
	struct base_folders base;
	ssize_t len;

	base_folders_open(&base, &jobs->tree_folders);
	while ((len = getdelim(&line, &size, reader.nul ? '\0' : '\n', file)) >
	    0) {
		text = first ? pass_mark(line) : line;
		first = false;
		len -= text - line;
		if (len > 0)
			add_sum_line(pipeline, jobs, &base, &reader, text,
			    (size_t)len, &lines);
	}
	expect_end(file, "sums", options->check_file);
	free(line);
	base_folders_close(&base);
	judge_lines(pipeline, options->check_file, &lines);
}

/* The operand that goes with an option for one file alone is a pattern that
 * matches several: says so. */
static void
refuse_several(const struct client_options *options, struct pipeline *pipeline,
    const char *name, size_t n)
{
	struct failure failure;

	failure_set(&failure, EXIT_USAGE,
	    "%s goes with exactly one NAME, and %zu match",
	    options->transfer.output != NULL ? "-o" :
		options->is_follow	     ? "-f" :
					       "--sha256",
	    n);
	report_failure(pipeline->report, name, &failure, NULL);
}

/*
 * A name of the command line, or what it matches, which must be one where an
 * option is about one file: 0, or -1 when that was reported.
 */
static int
expand_operand(const struct client_options *options, struct pipeline *pipeline,
    const char *name, struct name_list *list)
{
	const struct remote_glob pattern = {.connection = &pipeline->connection,
	    .report = pipeline->report,
	    .folders = options->transfer.store.is_tree};
	bool one = options->transfer.output != NULL ||
	    options->transfer.has_sha256 || options->is_follow;

	if (remote_glob_expand(&pattern, name, 0, list) != 0)
		return -1;
	if (!one || list->n < 2)
		return 0;
	refuse_several(options, pipeline, name, list->n);
	return -1;
}

static void
add_operand(const struct client_options *options, struct pipeline *pipeline,
    struct jobs *jobs, const char *name)
{
	struct name_list list = {0};
	size_t i;

	if (expand_operand(options, pipeline, name, &list) == 0)
		for (i = 0; i < list.n; i++)
			pipeline_add_name(pipeline, jobs, list.names[i],
			    strlen(list.names[i]));
	name_list_free(&list);
}

void
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

void
run_list(const struct client_options *options, struct pipeline *pipeline)
{
	const struct ls ls = {.connection = &pipeline->connection,
	    .report = pipeline->report,
	    .recursive = options->transfer.store.is_tree,
	    .json = options->report.json};
	const struct remote_glob pattern = {.connection = &pipeline->connection,
	    .report = pipeline->report,
	    .folders = true};
	struct name_list list = {0};
	int i;

	if (options->transfer.sums)
		report_note(pipeline->report,
		    "--sums: nothing is written here, so there are no sums");
	for (i = 0; i < options->n_names; i++) {
		trim_slashes(options->names[i], strlen(options->names[i]));
		(void)remote_glob_expand(&pattern, options->names[i], 0, &list);
	}
	if (options->n_names == 0)
		(void)remote_glob_expand(&pattern, ".", 0, &list);
	ls_names(&ls, (const char *const *)list.names, list.n);
	name_list_free(&list);
}

void
run_fetch(const struct client_options *options, struct pipeline *pipeline)
{
	struct jobs jobs;
	int i;

	jobs_open(&jobs, &options->transfer, pipeline->folder);
	for (i = 0; i < options->n_names; i++) {
		if (options->transfer.store.is_tree)
			trim_slashes(options->names[i],
			    strlen(options->names[i]));
		add_operand(options, pipeline, &jobs, options->names[i]);
	}
	if (options->input_file != NULL)
		add_names_from(options, pipeline, &jobs);
	if (options->check_file != NULL)
		add_sums_from(options, pipeline, &jobs);
	parallel_run(pipeline, &jobs);
	jobs_close(&jobs);
	report_summary(pipeline->report);
}
