/*
 * Prints messages, each as one line by one write(2), while the progress bar is
 * erased, and counts the outcome of each name. report_totals.c prints the
 * counts. Texts are built in memory on the stack, because a lack of memory is
 * reported here, too.
 */

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/report_private.h"
#include "client/ui/sha256sum.h"
#include "common/amount.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/names.h"
#include "common/standard.h"
#include "common/text.h"

enum {
	REPORT_NAME = 4 * NAMES_MAX + 64, /* a name, escaped, bytes */
	REPORT_SERVERS = 4096,		  /* servers and their bytes */
};

void
report_open(struct report *report, const struct report_settings *settings,
    struct progress *progress)
{
	memset(report, 0, sizeof(*report));
	report->settings = settings;
	report->progress = progress;
	report->code = EXIT_OK;
	failed_lines_open(&report->failed_lines, STDERR_FILENO);
	report_begin(report);
}

void
report_begin(struct report *report)
{
	report->is_single = false;
	report->is_tree = report->settings->is_tree;
	report->files = report->skipped = report->failed = report->bytes = 0;
	report->reused = 0;
	report->left_out = report->left_out_told = 0;
	report->not_begun = report->not_begun_told = 0;
	report->removed = report->vanished = 0;
	report->began = clock_now();
	failed_lines_forget(&report->failed_lines);
}

void
report_close(struct report *report)
{
	failed_lines_forget(&report->failed_lines);
}

void
report_set_kind(struct report *report, bool is_single, bool is_tree)
{
	report->is_single = is_single;
	report->is_tree = is_tree;
}

void
report_print(struct report *report, const char *line, bool is_failure)
{
	progress_hold(report->progress);
	dprintf(STDERR_FILENO, "%s\n", line);
	failed_lines_note(&report->failed_lines, line, is_failure);
	progress_release(report->progress);
}

/* Writes "fileget: " and a line to standard error, escaped as a whole. */
static void __attribute__((format(printf, 3, 0)))
print_message(struct report *report, bool is_failure, const char *format,
    va_list ap)
{
	static const char program[] = "fileget: ";
	char line[REPORT_NAME], text[REPORT_NAME];
	size_t n = strlen(program);

	vsnprintf(text, sizeof(text), format, ap);
	memcpy(line, program, n);
	text_escape(line + n, sizeof(line) - n, text, strlen(text));
	report_print(report, line, is_failure);
}

void
report_note(struct report *report, const char *format, ...)
{
	va_list ap;

	if (report->settings->quiet)
		return;
	va_start(ap, format);
	print_message(report, false, format, ap);
	va_end(ap);
}

void
report_detail(struct report *report, const char *format, ...)
{
	va_list ap;

	if (!report->settings->verbose)
		return;
	va_start(ap, format);
	print_message(report, false, format, ap);
	va_end(ap);
}

static void __attribute__((format(printf, 2, 3)))
print_error(struct report *report, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_message(report, true, format, ap);
	va_end(ap);
}

/* Print an object, with --json. */
static void
print_status(struct report *report, const char *name, const char *path,
    const char *status)
{
	if (report->settings->json == REPORT_JSON_NONE)
		return;
	progress_hold(report->progress);
	report_json_print_status(name, path, status);
	progress_release(report->progress);
}

static void
print_missing(struct report *report, const char *name, const char *status,
    const struct failure *failure)
{
	if (report->settings->json == REPORT_JSON_NONE || name == NULL)
		return;
	progress_hold(report->progress);
	report_json_print_missing(name, status, failure);
	progress_release(report->progress);
}

/* sha256sum(1) needs the name unchanged; on a terminal it is escaped. */
static void
print_sum(const struct report_file *file)
{
	char line[2 * NAMES_MAX + 2 * PATH_MAX], shown[4 * sizeof(line)];

	sha256sum_print(file->sha256, file->path, line, sizeof(line));
	if (isatty(STDOUT_FILENO) == 1) {
		text_escape(shown, sizeof(shown), line, strcspn(line, "\n"));
		fprintf(standard_stream(), "%s\n", shown);
	} else {
		fputs(line, standard_stream());
	}
	standard_note();
}

void
report_skipped(struct report *report, const char *name, const char *path)
{
	report->skipped++;
	print_status(report, name, path, "skipped");
	report_detail(report, "%s: %s is the same already", name, path);
}

void
report_left_out(struct report *report, const char *name)
{
	report->left_out++;
	print_status(report, name, NULL, "skipped");
	report_detail(report, "%s: left out, for it begins with a dot", name);
}

void
report_removed(struct report *report, const char *name, const char *path)
{
	bool is_dry = report->settings->is_dry;

	report->removed++;
	print_status(report, name, path, is_dry ? "would_remove" : "removed");
	if (report->settings->json)
		return;
	if (is_dry)
		report_note(report, "would remove %s", path);
	else
		report_detail(report, "%s: removed", path);
}

void
report_vanished(struct report *report, const char *name)
{
	report->vanished++;
	print_status(report, name, NULL, "vanished");
	report_note(report, "%s: has vanished since it was listed", name);
}

void
report_planned(struct report *report, const char *name, const char *path,
    uint64_t size)
{
	char amount[AMOUNT_TEXT];

	report->files++;
	report->bytes += size;
	if (report->settings->json) {
		progress_hold(report->progress);
		report_json_print_plan(name, path, size);
		progress_release(report->progress);
		return;
	}
	amount_print(size, amount);
	report_note(report, "would fetch %s -> %s  %s", name,
	    path == NULL ? "-" : path, amount);
}

static bool
prints_files(const struct report *report)
{
	const struct report_settings *settings = report->settings;

	return !settings->quiet && settings->json == REPORT_JSON_NONE &&
	    (settings->verbose || report->is_single);
}

bool
report_tells_files(const struct report *report)
{
	return prints_files(report) || report->settings->json ||
	    report->settings->sums;
}

bool
report_tells_digests(const struct report *report)
{
	return report->settings->verbose || report->settings->json;
}

static void
print_file(struct report *report, const struct report_file *file)
{
	char size[AMOUNT_TEXT], speed[AMOUNT_TEXT], line[3 * REPORT_NAME];
	char name[REPORT_NAME], path[REPORT_NAME], digest[DIGEST_HEX] = "";
	char shares[REPORT_SHARES];
	bool has_digest = file->digest != NULL && report->settings->verbose;

	text_escape(name, sizeof(name), file->name, strlen(file->name));
	text_escape(path, sizeof(path), file->path == NULL ? "-" : file->path,
	    file->path == NULL ? 1 : strlen(file->path));
	amount_print(file->size, size);
	amount_print(amount_rate(file->received, file->elapsed), speed);
	if (has_digest)
		text_hex(file->digest, DIGEST_LENGTH, digest);
	report_print_shares(file->received, file->reused, "  ", shares);
	snprintf(line, sizeof(line), "%s -> %s  %s  %.2f s  %s/s%s  %s%s%s%s",
	    name, path, size, (double)file->elapsed / CLOCK_SEC, speed, shares,
	    has_digest ? "xxh128 " : "", digest, has_digest ? "  " : "",
	    file->verified ? "verified" : "not verified");
	report_print(report, line, false);
}

/* Prints which of several servers brought how much of a file. */
static void
print_servers(struct report *report, const struct report_file *file)
{
	char line[REPORT_SERVERS] = "", bytes[AMOUNT_TEXT];
	size_t i, len = 0;

	for (i = 0; i < file->n_shares && len < sizeof(line); i++) {
		amount_print(file->shares[i].bytes, bytes);
		len += (size_t)snprintf(line + len, sizeof(line) - len,
		    "%s%s from %s", i == 0 ? "" : ", ", bytes,
		    file->shares[i].server);
	}
	if (file->n_shares > 0)
		report_detail(report, "%s: %s", file->name, line);
}

/* Standard output may be the terminal that the bar is on. */
static void
print_for_script(struct report *report, const struct report_file *file)
{
	progress_hold(report->progress);
	if (report->settings->json)
		report_json_print_file(file);
	if (report->settings->sums && file->sha256 != NULL &&
	    file->path != NULL)
		print_sum(file);
	progress_release(report->progress);
}

void
report_finished(struct report *report, const struct report_file *file)
{
	report->files++;
	report->bytes += file->size;
	report->reused += file->reused;
	if (report->settings->json || report->settings->sums)
		print_for_script(report, file);
	if (prints_files(report)) {
		print_servers(report, file);
		print_file(report, file);
	}
}

void
report_failure(struct report *report, const char *name,
    const struct failure *failure, const char *hint)
{
	report->failed++;
	if (report->code == EXIT_OK)
		report->code = failure->code;
	if (failure->code == EXIT_NOT_FOUND && name != NULL &&
	    report->n_missing < REPORT_MISSING)
		strlcpy(report->missing[report->n_missing++], name,
		    sizeof(report->missing[0]));
	print_missing(report, name, "failed", failure);
	if (failure->code == EXIT_READER_GONE ||
	    (failure->code == EXIT_INTERRUPTED && report->interrupted))
		return;
	report->interrupted |= failure->code == EXIT_INTERRUPTED;
	if (hint == NULL)
		hint = advice_for(&report->settings->advice, name, failure);
	print_error(report, "%s%s%s%s%s", name == NULL ? "" : name,
	    name == NULL ? "" : ": ", failure->text, hint == NULL ? "" : "; ",
	    hint == NULL ? "" : hint);
}

void
report_error(struct report *report, const char *name, enum exit_code code,
    const char *format, ...)
{
	struct failure failure = {.code = code};
	va_list ap;

	va_start(ap, format);
	vsnprintf(failure.text, sizeof(failure.text), format, ap);
	va_end(ap);
	report_failure(report, name, &failure, NULL);
}

void
report_not_begun(struct report *report, const char *name,
    const struct failure *failure)
{
	report->not_begun++;
	if (report->code == EXIT_OK)
		report->code = failure->code;
	print_missing(report, name, "not_begun", failure);
}

const char *
report_server_hint(const struct report *report, const struct failure *failure)
{
	if (failure->code == EXIT_PROTOCOL)
		return "is this the port of a fileserv?";
	return failure->code == EXIT_STALLED && !report->has_answer ?
	    "is it a fileserv?" :
	    NULL;
}
