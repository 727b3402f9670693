/*
 * fileget, from requests to files, against a server that sends any bytes: every
 * name has one outcome, existing files stay unless replaced by whole ones, no
 * file is written elsewhere, and no output moves a terminal.
 */

#include <string.h>

#include "client/transfer/local_name.h"
#include "client/transfer/named_jobs.h"
#include "client/transfer/pipeline.h"
#include "common/clock.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/said.h"
#include "tests/fuzz/target.h"

/* The first two bytes of an input select the command line. */
enum {
	KIND_VERIFY = 1,
	KIND_RESUME = 2,
	KIND_OLD = 4,
	KIND_PART = 8,
	KIND_TREE = 16,
	KIND_STDOUT = 32,
	KIND_UPDATE = 64,
	KIND_NO_CLOBBER = 128,
	/* The second byte. */
	KIND_JSON = 1 << 8,
	KIND_SUMS = 2 << 8,
	KIND_VERBOSE = 4 << 8,
	KIND_SEVERAL = 8 << 8, /* several names */
	KIND_RETRY = 16 << 8,
	KIND_PIECES = 32 << 8,
	KIND_WAIT = 64 << 8,
	KIND_MAX_SIZE = 128 << 8,
};

static const char *const names[] = {"f", "d/g", "h"};

static bool
is(unsigned kind, unsigned bit)
{
	return (kind & bit) != 0;
}

static struct server_list servers;

static struct transfer_settings
transfer_settings_of(unsigned kind, const char *folder)
{
	return (struct transfer_settings){
	    .connection = {.servers = &servers,
		.host = "host",
		.retry = is(kind, KIND_RETRY) ? 2 : 0,
		.connect_timeout = CLOCK_SEC,
		.timeout = CLOCK_SEC},
	    .store = {.is_named = is(kind, KIND_STDOUT),
		.is_tree = is(kind, KIND_TREE),
		.update = is(kind, KIND_UPDATE),
		.no_clobber = is(kind, KIND_NO_CLOBBER),
		.resume = is(kind, KIND_RESUME),
		.verify = is(kind, KIND_VERIFY),
		.max_size = is(kind, KIND_MAX_SIZE) ? 16 : UINT64_MAX},
	    .directory = folder,
	    .output = is(kind, KIND_STDOUT) ? "-" : NULL,
	    .jobs = is(kind, KIND_PIECES) ? 2 : 1,
	    .sums = is(kind, KIND_SUMS),
	    .wait = is(kind, KIND_WAIT) ? 3 * CLOCK_SEC : 0,
	};
}

/* Removes combinations that the command line refuses. */
static unsigned
without_conflicts(unsigned kind)
{
	if (is(kind, KIND_STDOUT))
		kind &= ~(unsigned)(KIND_TREE | KIND_UPDATE | KIND_JSON |
		    KIND_SUMS | KIND_SEVERAL | KIND_NO_CLOBBER | KIND_PIECES |
		    KIND_OLD | KIND_PART);
	return kind;
}

/* Runs fileget as main does; returns its report, which points to progress. */
static struct report
run_fetch(const struct transfer_settings *settings, unsigned kind, size_t n,
    struct progress *progress)
{
	const struct progress_settings progress_settings = {
	    .mode = PROGRESS_MODE_AUTO};
	const struct report_settings report_settings = {.json =
							    is(kind, KIND_JSON),
	    .sums = is(kind, KIND_SUMS),
	    .verbose = is(kind, KIND_VERBOSE),
	    .is_tree = is(kind, KIND_TREE)};
	struct folder folder = {.fd = -1};
	struct report report;
	struct pipeline pipeline;
	struct job_queue *queue;
	size_t i;

	if (settings->output == NULL)
		FUZZ_REQUIRE(folder_open(&folder, settings->directory) == 0);
	progress_open(progress, &progress_settings);
	report_open(&report, &report_settings, progress);
	pipeline_open(&pipeline, settings,
	    settings->output == NULL ? &folder : NULL, &report, progress, NULL);
	queue = job_queue_new(settings, pipeline.folder);
	FUZZ_REQUIRE(queue != NULL);
	for (i = 0; i < n; i++)
		named_jobs_add_reported(queue, &report, names[i],
		    strlen(names[i]), NULL);
	pipeline_run(&pipeline, queue);
	FUZZ_REQUIRE(job_queue_count(queue) == 0);
	job_queue_free(queue);
	report_summary(&report);
	report_close(&report);
	pipeline_close(&pipeline);
	folder_close(&folder);
	return report;
}

static void
check_report(const struct report *report, const struct target *target, size_t n,
    unsigned kind)
{
	uint64_t missing = report->failed + report->not_begun;
	uint64_t all = report->files + report->skipped + missing;
	const struct tally *tally = &report->progress->tally;

	FUZZ_REQUIRE((report->code == EXIT_OK) == (missing == 0));
	/* In the end each file is here, or no longer counted. */
	FUZZ_REQUIRE(tally->here == tally->all);
	FUZZ_REQUIRE(tally->files_over == tally->files_all);
	FUZZ_REQUIRE(tally->files_unknown == 0);
	FUZZ_REQUIRE(TAILQ_EMPTY(&tally->under_way));
	if (!is(kind, KIND_TREE))
		FUZZ_REQUIRE(all == n);
	FUZZ_REQUIRE(is(kind, KIND_STDOUT) || target->files <= report->files);
	/* A file of a requested name was there, and was not replaced. */
	if (is(kind, KIND_OLD) && report->files == 0)
		FUZZ_REQUIRE(target->still_old);
}

int
fuzz_fetch(const uint8_t *data, size_t size)
{
	unsigned kind = (unsigned)fuzz_take_number(&data, &size, 2);
	struct target target = {.said = data, .len = size};
	struct said out, err;
	struct transfer_settings settings;
	struct progress progress;
	struct report report;
	size_t n;

	kind = without_conflicts(kind);
	n = is(kind, KIND_SEVERAL) ? sizeof(names) / sizeof(names[0]) : 1;
	target.old = is(kind, KIND_OLD);
	target.part = is(kind, KIND_PART);
	target.tree = is(kind, KIND_TREE);
	target.verified = is(kind, KIND_VERIFY);
	server_list_open(&servers);
	(void)server_list_add(&servers, "host", 1);
	settings = transfer_settings_of(kind, target_begin(&target));
	hostile_begin(data, size);
	said_begin();
	report = run_fetch(&settings, kind, n, &progress);
	said_end(&out, &err);
	if (hostile_end() > 1)
		target.said = NULL;
	target_check(&target);
	check_report(&report, &target, n, kind);
	FUZZ_REQUIRE(said_is_harmless(&err));
	if (!is(kind, KIND_STDOUT))
		FUZZ_REQUIRE(said_is_harmless(&out));
	else if (target.said != NULL && out.len > 0)
		FUZZ_REQUIRE(
		    memmem(target.said, target.len, out.text, out.len) != NULL);
	return 0;
}
