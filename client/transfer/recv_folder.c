/*
 * A page counts as a whole or not at all: what is in it becomes jobs when its
 * last byte is there, so that one that broke off can be asked for again. What
 * is in a folder comes before its next page, so that no more than a page of
 * each folder on the way down is ever held.
 */

#include <sys/stat.h>

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/same_file.h"
#include "client/store/tree_folder.h"
#include "client/transfer/local_name.h"
#include "client/wire/list_reader.h"
#include "client/transfer/recv_folder.h"

enum {
	/* A server passes over what it does not show, but not for ever. */
	RECV_FOLDER_EMPTY = 10000, /* pages in a row */
};

/* An entry that is not fetched. */
struct misfit {
	STAILQ_ENTRY(misfit) next;
	const char *why; /* a static string; NULL: it begins with a dot */
	char name[];
};

/* What a page has brought, until all of it is there. */
struct page {
	STAILQ_HEAD(misfit_list, misfit) misfits;
	struct job_list files;
	struct job_list folders;
	struct job *last; /* of the folders, or NULL */
	uint64_t cursor;
	size_t memory;	  /* of the entries, bytes */
	bool is_too_much; /* there are more than can be held, */
	bool comes_again; /* for now */
};

/* Reads and drops the reply to a LIST that is not needed. Returns outcome,
 * which the STAT before it led to, or OUTCOME_LOST or OUTCOME_FATAL if the
 * connection is of no use any more. */
static enum outcome
pass_over(struct job_reply *reply, struct job *job, enum outcome outcome)
{
	struct failure failure = reply->failure;
	enum outcome passed;

	passed = job_reply_begin(reply, job);
	if (passed == OUTCOME_OK && list_reader_skip(&reply->reader) != 0)
		passed = job_reply_end(reply);
	if (passed == OUTCOME_LOST || passed == OUTCOME_FATAL)
		return passed;
	reply->failure = failure;
	return outcome;
}

/* What was not taken of a page, and what was told of it. */
static void
drop(struct jobs *jobs, struct page *page)
{
	struct misfit *misfit;
	struct job *job;

	while ((misfit = STAILQ_FIRST(&page->misfits)) != NULL) {
		STAILQ_REMOVE_HEAD(&page->misfits, next);
		free(misfit);
	}
	STAILQ_CONCAT(&page->files, &page->folders);
	while ((job = STAILQ_FIRST(&page->files)) != NULL) {
		STAILQ_REMOVE_HEAD(&page->files, next);
		jobs_remove(jobs, job);
	}
}

/* Told only once the page counts: it may come again. */
static void
add_misfit(struct page *page, const char *entry, const char *why)
{
	size_t size = strlen(entry) + 1;
	struct misfit *misfit = malloc(sizeof(*misfit) + size);

	if (misfit == NULL) {
		page->is_too_much = true;
		return;
	}
	misfit->why = why;
	memcpy(misfit->name, entry, size);
	STAILQ_INSERT_TAIL(&page->misfits, misfit, next);
}

static void
report_misfits(const struct job_reply *reply, const struct job *job,
    const struct page *page)
{
	const struct misfit *misfit;
	struct failure failure;
	const char *name;
	char *path;

	STAILQ_FOREACH(misfit, &page->misfits, next) {
		path = jobs_join(job, misfit->name);
		name = path == NULL ? misfit->name : path;
		if (misfit->why == NULL) {
			report_left_out(reply->report, name);
		} else {
			failure_set(&failure, EXIT_LOCAL, "%s", misfit->why);
			report_failure(reply->report, name, &failure, NULL);
		}
		free(path);
	}
}

/* An entry, as a job of the page. */
static void
add_entry(struct job_reply *reply, const struct job *job, struct page *page,
    const struct protocol_record *record, const char *entry)
{
	bool is_folder = S_ISDIR(record->mode);
	size_t before = reply->jobs->memory;
	const char *why;
	struct job *new;

	if (!page->is_too_much && jobs_are_too_many(reply->jobs)) {
		page->is_too_much = true;
		page->comes_again =
		    jobs_will_be_fewer(reply->jobs, page->memory);
	}
	if (page->is_too_much)
		return;
	/* It could be .bashrc, or a folder as .ssh, that is written over. */
	if (entry[0] == '.' && !reply->settings->hidden) {
		add_misfit(page, entry, NULL);
		return;
	}
	new = jobs_new_entry(reply->jobs, job, entry, is_folder, &why);
	if (new == NULL) {
		add_misfit(page, entry, why);
		return;
	}
	page->memory += reply->jobs->memory - before;
	new->size = record->size;
	new->mtime_ns = record->mtime_ns;
	new->is_unseen =
	    protocol_is_unseen(record->mode, record->size, record->mtime_ns);
	if (is_folder) {
		STAILQ_INSERT_TAIL(&page->folders, new, next);
		page->last = new;
	} else {
		STAILQ_INSERT_TAIL(&page->files, new, next);
	}
}

/* The entries of a page. */
static enum outcome
receive_page(struct job_reply *reply, struct job *job, struct page *page)
{
	struct protocol_record record;
	enum outcome outcome;
	char name[LIST_READER_NAME];
	struct list_reader list;
	int got;

	outcome = job_reply_begin(reply, job);
	if (outcome != OUTCOME_OK)
		return outcome;
	if (list_reader_begin(&list, &reply->reader) != 0)
		return job_reply_end(reply);
	while ((got = list_reader_next(&list, &record, name)) == 1)
		add_entry(reply, job, page, &record, name);
	if (got != 0)
		return job_reply_end(reply);
	page->cursor = list.cursor;
	if (page->memory > reply->jobs->page)
		reply->jobs->page = page->memory;
	if (!page->is_too_much)
		return OUTCOME_OK;
	if (page->comes_again)
		return OUTCOME_NEXT;
	failure_set(&reply->failure, EXIT_LOCAL,
	    "there is more in it, and in the folders above it, than can be "
	    "remembered");
	return OUTCOME_FAILED;
}

/* With -u, a file that is here already is passed over, and told: true. */
static bool
skip_if_same(struct job_reply *reply, struct job *job)
{
	char path[PATH_MAX];

	if (!reply->settings->store.update || job->is_unseen ||
	    !same_file_keep(&job->tree->folder, job->final, job->size,
		job->mtime_ns))
		return false;
	local_name_print_job(reply->settings, job, path, sizeof(path));
	report_skipped(reply->report, job->name, path);
	job->tree->has_skipped = true;
	return true;
}

/* What is in the page is to be fetched, or listed in its turn. */
static int
take_page(struct job_reply *reply, struct job *job, struct page *page)
{
	struct jobs *jobs = reply->jobs;
	struct job *entry;

	if (tree_folder_open(job->listed, &reply->failure) != 0)
		return -1;
	report_misfits(reply, job, page);
	while ((entry = STAILQ_FIRST(&page->files)) != NULL) {
		STAILQ_REMOVE_HEAD(&page->files, next);
		if (skip_if_same(reply, entry)) {
			jobs_remove(jobs, entry);
			continue;
		}
		jobs_put_last(jobs, entry);
		progress_add_file(reply->progress);
	}
	tree_folder_close(job->listed);
	reply->after = page->last;
	STAILQ_CONCAT(&page->folders, &jobs->folders);
	STAILQ_SWAP(&page->folders, &jobs->folders, job);
	return 0;
}

/* Whether a listing gets on. */
static bool
gets_on(struct job *job, const struct page *page)
{
	bool is_empty =
	    STAILQ_EMPTY(&page->files) && STAILQ_EMPTY(&page->folders);

	job->tries = is_empty ? job->tries + 1 : 0;
	return page->cursor != job->cursor && job->tries < RECV_FOLDER_EMPTY;
}

static enum outcome
receive_list(struct job_reply *reply, struct job *job)
{
	struct page page = {.cursor = 0};
	enum outcome outcome;

	STAILQ_INIT(&page.misfits);
	STAILQ_INIT(&page.files);
	STAILQ_INIT(&page.folders);
	outcome = receive_page(reply, job, &page);
	if (outcome == OUTCOME_OK && page.cursor != 0 && !gets_on(job, &page))
		outcome = job_reply_violation(reply, "a listing without end");
	if (outcome == OUTCOME_OK && take_page(reply, job, &page) != 0)
		outcome = OUTCOME_FAILED;
	drop(reply->jobs, &page);
	if (outcome != OUTCOME_OK)
		return outcome;
	connection_delivered(reply->connection);
	job->cursor = page.cursor;
	return page.cursor == 0 ? OUTCOME_DONE : OUTCOME_NEXT;
}

/* The folder begins here: 0, or -1 with the failure set. */
static int
begin_folder(struct job_reply *reply, struct job *job,
    const struct protocol_attributes *attributes)
{
	job->listed = tree_folder_new(&reply->jobs->tree_folders, job->tree,
	    job->final, attributes);
	if (job->listed == NULL)
		return failure_set(&reply->failure, EXIT_LOCAL,
		    "out of memory");
	if (tree_folder_make(job->listed, &reply->failure) == 0)
		return 0;
	/* Asked for again after a break, it begins here again. */
	tree_folder_release(job->listed);
	job->listed = NULL;
	return -1;
}

/* What the STAT has said of it decides what a name is. */
static enum outcome
begin(struct job_reply *reply, struct job *job)
{
	struct protocol_attributes attributes = {.mode = 0};
	enum outcome outcome;

	outcome = job_reply_receive_state(reply, job, &attributes);
	if (outcome == OUTCOME_LOST || outcome == OUTCOME_FATAL)
		return outcome;
	if (outcome != OUTCOME_OK)
		return pass_over(reply, job, outcome);
	if (!S_ISDIR(attributes.mode)) {
		outcome = pass_over(reply, job, OUTCOME_NEXT);
		job->size = attributes.size;
		jobs_turn_out_file(reply->jobs, job);
		progress_add_file(reply->progress);
		job->stage =
		    reply->settings->store.update ? JOB_STAT : JOB_FETCH;
		return outcome;
	}
	if (tree_folder_leads_back(job->tree, attributes.token)) {
		report_note(reply->report,
		    "%s leads back to a folder above it: passed over",
		    job->name);
		return pass_over(reply, job, OUTCOME_DONE);
	}
	if (begin_folder(reply, job, &attributes) != 0)
		return pass_over(reply, job, OUTCOME_FAILED);
	return receive_list(reply, job);
}

enum outcome
recv_folder_receive(struct job_reply *reply, struct job *job)
{
	return job->listed == NULL ? begin(reply, job) :
				     receive_list(reply, job);
}
