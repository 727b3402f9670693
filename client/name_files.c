/*
 * Reads the names in a file: one a line (-i), or with their SHA-256 sums (-c).
 * Lines may end with CR LF, and the first may begin with a byte order mark.
 * Runs in the main thread, before any other is started.
 */

#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/name_files.h"
#include "client/operands.h"
#include "client/store/base_folders.h"
#include "client/transfer/job_queue.h"
#include "client/transfer/named_jobs.h"
#include "client/ui/interrupt.h"
#include "client/ui/report.h"
#include "client/ui/sha256sum.h"
#include "common/names.h"

struct name_file {
	FILE *file;
	const char *path;
	const char *content; /* for messages */
	int end;	     /* of a line, '\n' or with -0 '\0' */
	bool may_have_mark;  /* the next line may begin with a BOM */
	char *line;
	size_t size; /* allocated for line, bytes */
};

/* Numbers of lines in a file of sums. */
struct sum_lines {
	size_t sums;
	size_t others;	/* of another algorithm */
	size_t foreign; /* not a sum */
	size_t nul;	/* foreign lines with a NUL inside */
};

FILE *
name_files_open(const struct client_options *options)
{
	const char *path = options->input_file;
	FILE *file;

	if (path == NULL)
		path = options->check_file;
	if (path == NULL)
		return NULL;
	file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (file == NULL && interrupt_pending())
		exit(EXIT_INTERRUPTED);
	if (file == NULL)
		err(EXIT_USAGE, "cannot read %s from %s",
		    path == options->input_file ? "names" : "sums", path);
	return file;
}

/* Returns the next line without its end, and its length, or NULL if there is
 * none. It is valid until the next call. */
static char *
read_line(struct name_file *file, size_t *len)
{
	static const char mark[] = "\357\273\277";
	ssize_t got = getdelim(&file->line, &file->size, file->end, file->file);
	char *line = file->line;
	size_t n = (size_t)got;

	if (got <= 0)
		return NULL;
	if (line[n - 1] == file->end)
		line[--n] = '\0';
	if (file->end == '\n' && n > 0 && line[n - 1] == '\r')
		line[--n] = '\0';
	if (file->may_have_mark && strncmp(line, mark, strlen(mark)) == 0) {
		line += strlen(mark);
		n -= strlen(mark);
	}
	file->may_have_mark = false;
	*len = n;
	return line;
}

/* Ends the program unless the file was read to its end. If memory is short,
 * getdelim(3) fails and sets neither feof nor ferror. */
static void
end_file(struct name_file *file)
{
	if (!feof(file->file) && interrupt_pending())
		exit(EXIT_INTERRUPTED);
	if (!feof(file->file))
		err(ferror(file->file) ? EXIT_USAGE : EXIT_LOCAL,
		    "cannot read %s from %s", file->content, file->path);
	free(file->line);
}

static void
read_names(struct name_file *file, struct pipeline *pipeline,
    struct job_queue *queue)
{
	char *name;
	size_t len;

	while ((name = read_line(file, &len)) != NULL) {
		/* find(1) puts a "./" in front. */
		if (strncmp(name, "./", 2) == 0 && name[2] != '\0') {
			name += 2;
			len -= 2;
		}
		if (pipeline->settings->store.is_tree)
			len = operands_trim_slashes(name, len);
		if (len > 0)
			named_jobs_add_reported(queue, pipeline->report, name,
			    len, NULL);
	}
	end_file(file);
}

static void
add_sum_line(struct pipeline *pipeline, struct job_queue *queue,
    struct base_folders *base, struct sha256sum_reader *reader, char *line,
    struct sum_lines *lines)
{
	uint8_t sum[SHA256SUM_LENGTH];
	char *name;

	switch (sha256sum_parse(reader, line, sum, &name)) {
	case SHA256SUM_SUM:
		lines->sums++;
		if (pipeline->settings->base != NULL)
			named_jobs_add_below(queue, pipeline->report, base,
			    name, sum);
		else
			named_jobs_add_reported(queue, pipeline->report, name,
			    strlen(name), sum);
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

/* Reports how many lines were skipped; ends the program if that was all. */
static void
judge_lines(struct pipeline *pipeline, const char *path,
    const struct sum_lines *lines)
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

static void
read_sums(struct name_file *file, struct pipeline *pipeline,
    struct job_queue *queue)
{
	struct sha256sum_reader reader = {.nul = file->end == '\0'};
	struct sum_lines lines = {.sums = 0};
	struct base_folders base;
	char *line;
	size_t len;

	base_folders_open(&base, &job_queue_target(queue)->folders);
	while ((line = read_line(file, &len)) != NULL) {
		if (strlen(line) == len) {
			add_sum_line(pipeline, queue, &base, &reader, line,
			    &lines);
		} else {
			lines.foreign++;
			lines.nul++;
		}
	}
	end_file(file);
	base_folders_close(&base);
	judge_lines(pipeline, file->path, &lines);
}

void
name_files_read(const struct client_options *options, FILE *file,
    struct pipeline *pipeline, struct job_queue *queue)
{
	bool has_sums = options->check_file != NULL;
	struct name_file input = {
	    .file = file,
	    .path = has_sums ? options->check_file : options->input_file,
	    .content = has_sums ? "sums" : "names",
	    .end = options->input_nul ? '\0' : '\n',
	    .may_have_mark = has_sums || !options->input_nul,
	};

	if (has_sums)
		read_sums(&input, pipeline, queue);
	else
		read_names(&input, pipeline, queue);
}
