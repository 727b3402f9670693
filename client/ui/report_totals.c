/* The lines with counts of a batch: the plan of a dry run, the names left out
 * or not begun, and the totals at the end. */

#include <stdio.h>
#include <string.h>

#include "client/ui/report_private.h"
#include "common/amount.h"
#include "common/clock.h"

enum {
	REPORT_LINE = 256, /* bytes of a line with counts */
};

/* Appends ", 300 unchanged" to a line. */
static void
add_count(char *line, size_t size, uint64_t n, const char *what)
{
	size_t len = strlen(line);
	char count[AMOUNT_COUNT];

	if (n == 0)
		return;
	amount_print_count(n, count);
	snprintf(line + len, size - len, ", %s %s", count, what);
}

void
report_print_shares(uint64_t received, uint64_t reused, const char *before,
    char shares[REPORT_SHARES])
{
	char fetched[AMOUNT_TEXT], here[AMOUNT_TEXT];

	shares[0] = '\0';
	if (reused == 0)
		return;
	amount_print(received, fetched);
	amount_print(reused, here);
	snprintf(shares, REPORT_SHARES, "%s%s fetched, %s reused", before,
	    fetched, here);
}

/* Appends the counts of what was not simply fetched. */
static void
add_counts(const struct report *report, char *line, size_t size)
{
	add_count(line, size, report->skipped, "unchanged");
	add_count(line, size, report->left_out, "skipped");
	add_count(line, size, report->removed, "removed");
	add_count(line, size, report->vanished, "vanished");
	add_count(line, size, report->not_begun, "not begun");
	add_count(line, size, report->failed, "failed");
}

void
report_tell_plan(struct report *report)
{
	char line[REPORT_LINE], size[AMOUNT_TEXT], files[AMOUNT_COUNT];

	amount_print(report->bytes, size);
	amount_print_count(report->files, files);
	snprintf(line, sizeof(line), "dry run: %s file%s (%s) would be fetched",
	    files, report->files == 1 ? "" : "s", size);
	add_counts(report, line, sizeof(line));
	report_note(report, "%s", line);
}

void
report_tell_left_out(struct report *report)
{
	uint64_t n = report->left_out - report->left_out_told;
	char count[AMOUNT_COUNT];

	report->left_out_told = report->left_out;
	amount_print_count(n, count);
	if (n == 1)
		report_note(report,
		    "1 name that begins with a dot was left out; --hidden "
		    "fetches it");
	else if (n > 1)
		report_note(report,
		    "%s names that begin with a dot were left out; --hidden "
		    "fetches them",
		    count);
}

void
report_tell_not_begun(struct report *report)
{
	uint64_t n = report->not_begun - report->not_begun_told;
	char count[AMOUNT_COUNT], line[REPORT_LINE];

	report->not_begun_told = report->not_begun;
	amount_print_count(n, count);
	if (n == 0)
		return;
	snprintf(line, sizeof(line), "fileget: %s more name%s not begun", count,
	    n == 1 ? " was" : "s were");
	report_print(report, line, true);
}

void
report_summary(struct report *report)
{
	char line[REPORT_LINE], files[AMOUNT_COUNT], size[AMOUNT_TEXT],
	    speed[AMOUNT_TEXT], shares[REPORT_SHARES];
	int64_t elapsed = clock_now() - report->began;
	uint64_t received = tally_received(&report->progress->tally);

	progress_hold(report->progress);
	failed_lines_print_again(&report->failed_lines);
	progress_release(report->progress);
	failed_lines_forget(&report->failed_lines);
	/* The line of a single file says the same. */
	if (report->settings->quiet ||
	    (report->files + report->failed + report->not_begun < 2 &&
		report->skipped == 0 && !report->is_tree))
		return;
	amount_print_count(report->files, files);
	amount_print(report->bytes, size);
	amount_print(amount_rate(received, elapsed), speed);
	report_print_shares(received, report->reused, ", ", shares);
	snprintf(line, sizeof(line), "%s file%s, %s in %.*f s%s%s%s%s", files,
	    report->files == 1 ? "" : "s", size, elapsed < CLOCK_SEC ? 2 : 1,
	    (double)elapsed / CLOCK_SEC, received == 0 ? "" : ", ",
	    received == 0 ? "" : speed, received == 0 ? "" : "/s", shares);
	add_counts(report, line, sizeof(line));
	report_print(report, line, false);
}
