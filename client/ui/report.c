/*
 * Prints messages, each as one line by one write(2), after removing the
 * progress bar; counts what became of each name. Texts are built in memory on
 * the stack, because a lack of memory is reported here, too.
 */

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/report.h"
#include "client/ui/sha256sum.h"
#include "common/amount.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/names.h"
#include "common/standard.h"
#include "common/text.h"

enum {
	REPORT_NAME = 4 * NAMES_MAX + 64, /* a name, escaped, bytes */
};

void
report_open(struct report *report, const struct report_settings *settings,
    struct progress *progress)
{
	memset(report, 0, sizeof(*report));
	report->settings = settings;
	report->progress = progress;
	report->code = EXIT_OK;
	report->began = clock_now();
}

/* Writes "fileget: " and a line to standard error, escaped as a whole. */
static void __attribute__((format(printf, 2, 0)))
print_line(struct report *report, const char *format, va_list ap)
{
	char shown[REPORT_NAME], text[REPORT_NAME];

	vsnprintf(text, sizeof(text), format, ap);
	text_escape(shown, sizeof(shown), text, strlen(text));
	progress_clear(report->progress);
	dprintf(STDERR_FILENO, "fileget: %s\n", shown);
}

void
report_note(struct report *report, const char *format, ...)
{
	va_list ap;

	if (report->settings->quiet)
		return;
	va_start(ap, format);
	print_line(report, format, ap);
	va_end(ap);
}

void
report_detail(struct report *report, const char *format, ...)
{
	va_list ap;

	if (!report->settings->verbose)
		return;
	va_start(ap, format);
	print_line(report, format, ap);
	va_end(ap);
}

/* Prints a failure, also with -q. */
static void __attribute__((format(printf, 2, 3)))
print_error(struct report *report, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_line(report, format, ap);
	va_end(ap);
}

/* Prints the members that all objects have. path may be NULL. */
static void
begin_json(const char *name, const char *path, const char *status, int code)
{
	char shown[REPORT_NAME * 2], shown_path[REPORT_NAME * 2] = "null";

	text_json(shown, sizeof(shown), name, strlen(name));
	if (path != NULL)
		text_json(shown_path, sizeof(shown_path), path, strlen(path));
	fprintf(standard_stream(),
	    "{\"name\":%s,\"output\":%s,\"status\":\"%s\",\"exit\":%d", shown,
	    shown_path, status, code);
}

static void
end_json(void)
{
	fputs("}\n", standard_stream());
	fflush(standard_stream());
	standard_note();
}

static void
print_json_file(const struct report_file *file)
{
	char digest[DIGEST_HEX] = "";

	if (file->digest != NULL)
		text_hex(file->digest, DIGEST_LENGTH, digest);
	begin_json(file->name, file->path, "ok", EXIT_OK);
	fprintf(standard_stream(),
	    ",\"size\":%" PRIu64 ",\"received\":%" PRIu64 ","
	    "\"seconds\":%.6f,\"mtime_ns\":%" PRId64 ","
	    "\"xxh3_128\":%s%s%s,\"verified\":%s",
	    file->size, file->received, (double)file->elapsed / CLOCK_SEC,
	    file->mtime_ns, file->digest == NULL ? "null" : "\"", digest,
	    file->digest == NULL ? "" : "\"",
	    file->verified ? "true" : "false");
	end_json();
}

/* Prints what became of a name that was neither fetched nor failed. path may be
 * NULL. */
static void
print_json_status(const char *name, const char *path, const char *status)
{
	begin_json(name, path, status, EXIT_OK);
	end_json();
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
	if (report->settings->json)
		print_json_status(name, path, "skipped");
	report_detail(report, "%s: %s is the same already", name, path);
}

void
report_left_out(struct report *report, const char *name)
{
	report->left_out++;
	if (report->settings->json)
		print_json_status(name, NULL, "skipped");
	report_detail(report, "%s: left out, for it begins with a dot", name);
}

void
report_removed(struct report *report, const char *name, const char *path)
{
	bool is_dry = report->settings->is_dry;

	report->removed++;
	if (report->settings->json)
		print_json_status(name, path,
		    is_dry ? "would_remove" : "removed");
	else if (is_dry)
		report_note(report, "would remove %s", path);
	else
		report_detail(report, "%s: removed", path);
}

void
report_vanished(struct report *report, const char *name)
{
	report->vanished++;
	if (report->settings->json)
		print_json_status(name, NULL, "vanished");
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
		begin_json(name, path, "would_fetch", EXIT_OK);
		fprintf(standard_stream(), ",\"size\":%" PRIu64, size);
		end_json();
		return;
	}
	amount_print(size, amount);
	report_note(report, "would fetch %s -> %s  %s", name,
	    path == NULL ? "-" : path, amount);
}

void
report_tell_plan(struct report *report)
{
	char size[AMOUNT_TEXT];

	amount_print(report->bytes, size);
	report_note(report,
	    "dry run: %" PRIu64 " file%s (%s) would be fetched, %" PRIu64
	    " name%s removed, %" PRIu64 " skipped, %" PRIu64 " failed",
	    report->files, report->files == 1 ? "" : "s", size, report->removed,
	    report->removed == 1 ? "" : "s", report->skipped + report->left_out,
	    report->failed);
}

void
report_tell_removed(struct report *report)
{
	if (report->settings->is_dry)
		return;
	if (report->removed == 1)
		report_note(report,
		    "1 name was removed that the server does not have");
	else if (report->removed > 1)
		report_note(report,
		    "%" PRIu64 " names were removed that the server does not "
		    "have",
		    report->removed);
}

void
report_tell_left_out(struct report *report)
{
	uint64_t n = report->left_out - report->left_out_told;

	report->left_out_told = report->left_out;
	if (n == 1)
		report_note(report,
		    "1 name that begins with a dot was left out; --hidden "
		    "fetches it");
	else if (n > 1)
		report_note(report,
		    "%" PRIu64 " names that begin with a dot were left out; "
		    "--hidden fetches them",
		    n);
}

bool
report_tells_files(const struct report *report)
{
	const struct report_settings *settings = report->settings;

	return !settings->quiet || settings->json || settings->sums;
}

void
report_finished(struct report *report, const struct report_file *file)
{
	char size[AMOUNT_TEXT], speed[AMOUNT_TEXT];
	char name[REPORT_NAME], path[REPORT_NAME], digest[DIGEST_HEX];

	report->files++;
	report->bytes += file->size;
	if (report->settings->json)
		print_json_file(file);
	if (report->settings->sums && file->sha256 != NULL &&
	    file->path != NULL)
		print_sum(file);
	if (report->settings->quiet || report->settings->json)
		return;
	text_escape(name, sizeof(name), file->name, strlen(file->name));
	text_escape(path, sizeof(path), file->path == NULL ? "-" : file->path,
	    file->path == NULL ? 1 : strlen(file->path));
	amount_print(file->size, size);
	amount_print(amount_rate(file->received, file->elapsed), speed);
	if (file->digest != NULL)
		text_hex(file->digest, DIGEST_LENGTH, digest);
	progress_clear(report->progress);
	dprintf(STDERR_FILENO, "%s -> %s  %s  %.2f s  %s/s  %s%s%s%s\n", name,
	    path, size, (double)file->elapsed / CLOCK_SEC, speed,
	    file->digest == NULL ? "" : "xxh128 ",
	    file->digest == NULL ? "" : digest,
	    file->digest == NULL ? "" : "  ",
	    file->verified ? "verified" : "not verified");
}

void
report_failure(struct report *report, const char *name,
    const struct failure *failure, const char *hint)
{
	report_also_failed(report, name, failure);
	if (failure->code == EXIT_INTERRUPTED && report->interrupted)
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
report_also_failed(struct report *report, const char *name,
    const struct failure *failure)
{
	char error[2 * FAILURE_TEXT];

	report->failed++;
	if (report->code == EXIT_OK)
		report->code = failure->code;
	if (!report->settings->json || name == NULL)
		return;
	text_json(error, sizeof(error), failure->text, strlen(failure->text));
	begin_json(name, NULL, "failed", (int)failure->code);
	fprintf(standard_stream(), ",\"error\":%s", error);
	end_json();
}

const char *
report_server_hint(const struct report *report, const struct failure *failure)
{
	return failure->code == EXIT_PROTOCOL ||
		(failure->code == EXIT_STALLED && !report->has_answer) ?
	    "is it a fileserv?" :
	    NULL;
}

void
report_summary(struct report *report)
{
	char size[AMOUNT_TEXT], speed[AMOUNT_TEXT];
	int64_t elapsed = clock_now() - report->began;

	/* The line of a single file says the same. */
	if (report->settings->quiet ||
	    (report->files + report->failed < 2 && report->skipped == 0 &&
		!report->settings->is_tree))
		return;
	amount_print(report->bytes, size);
	amount_print(amount_rate(report->bytes, elapsed), speed);
	progress_clear(report->progress);
	dprintf(STDERR_FILENO,
	    "%" PRIu64 " file%s  %s  %.2f s  %s/s  %" PRIu64
	    " skipped  %" PRIu64 " failed\n",
	    report->files, report->files == 1 ? "" : "s", size,
	    (double)elapsed / CLOCK_SEC, speed,
	    report->skipped + report->left_out, report->failed);
}
