/* The entries of a page become jobs when its last byte is here, so that a page
 * that broke off can be asked for again. What is in a folder comes before its
 * next page, so that memory holds one page of each folder on the way down. */

#include <sys/stat.h>

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/same_file.h"
#include "client/store/tree_folder.h"
#include "client/transfer/dry_run.h"
#include "client/transfer/local_name.h"
#include "client/transfer/mirror.h"
#include "client/transfer/recv_folder.h"
#include "client/wire/list_reader.h"

enum {
	/* A page is empty if the server hides all of its names. */
	RECV_FOLDER_EMPTY = 10000, /* pages in a row */
};

/* An entry that is not fetched. */
struct misfit {
	STAILQ_ENTRY(misfit) next;
	const char *why; /* a static string; or one of these */
	char name[];
};

/* An entry that begins with a dot, or that --exclude leaves out. */
static const char misfit_hidden[] = "hidden", misfit_excluded[] = "excluded";

/* The entries of a page, until all of it is there. */
struct page {
	STAILQ_HEAD(misfit_list, misfit) misfits;
	struct job_list files;
	struct job_list folders;
	uint64_t cursor; /* of the next page */
	size_t memory;	 /* of the entries, bytes */
	bool is_new;	 /* it has a name that no page before has had */
	/* OK; MORE: does not fit into memory now; FAILED: never will. */
	enum outcome fits;
};

/* Drops the reply to a LIST that is not needed. Returns outcome, which the STAT
 * before it led to; LOST or FATAL if the connection is useless now. */
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

/* Frees the entries that did not become jobs of the queue, and the misfits. */
static void
drop_page(struct job_queue *queue, struct page *page)
{
	struct misfit *misfit, *next;
	struct job *job;

	STAILQ_FOREACH_SAFE(misfit, &page->misfits, next, next)
	free(misfit);
	STAILQ_CONCAT(&page->files, &page->folders);
	while ((job = STAILQ_FIRST(&page->files)) != NULL) {
		STAILQ_REMOVE_HEAD(&page->files, next);
		job_queue_remove(queue, job);
	}
}

/* Notes an entry to be reported once the page is complete. */
static void
add_misfit(struct page *page, const char *entry, const char *why)
{
	size_t size = strlen(entry) + 1;
	struct misfit *misfit = malloc(sizeof(*misfit) + size);

	if (misfit == NULL) {
		page->fits = OUTCOME_FAILED;
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
	const char *name;
	char *path;

	STAILQ_FOREACH(misfit, &page->misfits, next) {
		path = job_join_name(job, misfit->name);
		name = path == NULL ? misfit->name : path;
		if (misfit->why == misfit_hidden)
			report_left_out(reply->report, name);
		else if (misfit->why == misfit_excluded)
			report_detail(reply->report, "%s: excluded", name);
		else
			report_error(reply->report, name, EXIT_LOCAL, "%s",
			    misfit->why);
		free(path);
	}
}

/* Returns whether --exclude leaves out an entry. */
static bool
is_excluded(const struct job_reply *reply, const struct job *job,
    struct page *page, const char *entry, bool is_folder)
{
	const struct name_filter *filter = &reply->settings->filter;
	bool excludes = true;
	char *name;

	if (filter->n == 0)
		return false;
	name = job_join_name(job, entry);
	if (name == NULL)
		page->fits = OUTCOME_FAILED;
	else
		excludes =
		    name_filter_excludes(filter, name + job->below, is_folder);
	free(name);
	return excludes;
}

/* Adds an entry to the page, as a job or a misfit. */
static void
add_entry(struct job_reply *reply, const struct job *job, struct page *page,
    const struct protocol_record *record, const char *entry)
{
	size_t name_max =
	    job_queue_target(reply->queue)->folder->volume->name_max;
	bool is_folder = S_ISDIR(record->mode);
	const char *why;
	struct job *new;

	if (page->fits == OUTCOME_OK && job_queue_is_full(reply->queue))
		page->fits = job_queue_will_shrink(reply->queue, page->memory) ?
		    OUTCOME_MORE :
		    OUTCOME_FAILED;
	if (page->fits != OUTCOME_OK ||
	    listed_names_have(&job->folder.names, entry))
		return;
	page->is_new = true;
	if (is_excluded(reply, job, page, entry, is_folder)) {
		add_misfit(page, entry, misfit_excluded);
		return;
	}
	/* A server must not replace files like .bashrc or those in .ssh. */
	if (entry[0] == '.' && !reply->settings->hidden) {
		add_misfit(page, entry, misfit_hidden);
		return;
	}
	new = job_queue_new_entry(reply->queue, job, entry, is_folder, name_max,
	    &why);
	if (new == NULL) {
		add_misfit(page, entry, why);
		return;
	}
	page->memory += job_memory(new);
	if (is_folder) {
		STAILQ_INSERT_TAIL(&page->folders, new, next);
		return;
	}
	new->file.size = record->size;
	new->file.mtime_ns = record->mtime_ns;
	new->file.is_unseen =
	    protocol_is_unseen(record->mode, record->size, record->mtime_ns);
	STAILQ_INSERT_TAIL(&page->files, new, next);
}

/* Receives the entries of a page. Returns OK; MORE if they are to be asked for
 * again later, since they are too many now; or why not. */
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
	job_queue_note_page(reply->queue, page->memory);
	if (page->fits == OUTCOME_FAILED)
		failure_set(&reply->failure, EXIT_LOCAL,
		    "there is more in it, and in the folders above it, than "
		    "can be remembered");
	return page->fits;
}

/* Passes over and reports a file that is here (-u). Returns whether it did. */
static bool
skip_if_same(struct job_reply *reply, struct job *job)
{
	char path[PATH_MAX];

	if (!reply->settings->store.update || job->file.is_unseen ||
	    !same_file_keep(&job->tree->folder, job->final, job->file.size,
		job->file.mtime_ns))
		return false;
	local_name_print(reply->settings, job->tree, job->final, path,
	    sizeof(path));
	report_skipped(reply->report, job->name, path);
	job->tree->has_skipped = true;
	return true;
}

/* Notes the names of a page for --delete; the folder is open. Returns 0, or -1
 * with the failure set. */
static int
mirror_page(struct job_reply *reply, struct job *job, const struct page *page)
{
	const struct misfit *misfit;
	const struct job *entry;

	if (!reply->settings->store.deletes)
		return 0;
	if (mirror_begin_page(reply, job) != 0)
		return -1;
	STAILQ_FOREACH(misfit, &page->misfits, next)
		mirror_list_name(job, reply->queue, misfit->name);
	STAILQ_FOREACH(entry, &page->files, next)
		mirror_list_name(job, reply->queue, entry->final);
	STAILQ_FOREACH(entry, &page->folders, next)
		mirror_list_name(job, reply->queue, entry->final);
	return page->cursor == 0 ? mirror_end_folder(reply, job) : 0;
}

/* Keeps the names of a page that a break may make come again. */
static void
keep_names(struct listed_names *names, const struct page *page)
{
	const struct misfit *misfit;
	const struct job *entry;

	STAILQ_FOREACH(misfit, &page->misfits, next)
		listed_names_add(names, misfit->name);
	STAILQ_FOREACH(entry, &page->files, next)
		listed_names_add(names, entry->final);
	STAILQ_FOREACH(entry, &page->folders, next)
		listed_names_add(names, entry->final);
}

/* Gives the files of a page to the queue, and its folders to the reply.
 * Returns 0, or -1 with the failure set. */
static int
accept_page(struct job_reply *reply, struct job *job, struct page *page)
{
	struct tally *tally = &reply->progress->tally;
	struct job *entry;
	int result;

	if (tree_folder_open(job->folder.made, &reply->failure) != 0)
		return -1;
	result = mirror_page(reply, job, page);
	if (page->cursor != 0)
		keep_names(&job->folder.names, page);
	report_misfits(reply, job, page);
	while ((entry = STAILQ_FIRST(&page->files)) != NULL) {
		STAILQ_REMOVE_HEAD(&page->files, next);
		if (skip_if_same(reply, entry)) {
			tally_add_unchanged(tally, entry->file.size);
			job_queue_remove(reply->queue, entry);
			continue;
		}
		if (reply->settings->store.is_dry) {
			dry_run_entry(reply, entry);
			job_queue_remove(reply->queue, entry);
			continue;
		}
		tally_add_file(tally, &entry->file.tally, entry->file.size);
		job_queue_put(reply->queue, entry, JOB_PLACE_LAST);
	}
	tree_folder_close(job->folder.made);
	STAILQ_CONCAT(&reply->folders, &page->folders);
	return result;
}

/* Returns whether the listing will end: the cursor moves on, and not too many
 * pages in a row are empty. */
static bool
makes_progress(struct job *job, const struct page *page)
{
	if (STAILQ_EMPTY(&page->files) && STAILQ_EMPTY(&page->folders))
		job->folder.empty_pages++;
	else
		job->folder.empty_pages = 0;
	return page->cursor != job->folder.cursor &&
	    job->folder.empty_pages < RECV_FOLDER_EMPTY;
}

static enum outcome
receive_list(struct job_reply *reply, struct job *job)
{
	struct page page = {.fits = OUTCOME_OK};
	enum outcome outcome;

	STAILQ_INIT(&page.misfits);
	STAILQ_INIT(&page.files);
	STAILQ_INIT(&page.folders);
	outcome = receive_page(reply, job, &page);
	if (outcome == OUTCOME_OK && page.cursor != 0 &&
	    !makes_progress(job, &page))
		outcome = job_reply_violation(reply, "a listing without end");
	if (outcome == OUTCOME_OK && accept_page(reply, job, &page) != 0)
		outcome = OUTCOME_FAILED;
	drop_page(reply->queue, &page);
	if (outcome != OUTCOME_OK)
		return outcome;
	/* A server that always breaks off after the same page is given up. */
	if (page.is_new)
		connection_delivered(reply->connection);
	job->folder.has_page = true;
	job->folder.cursor = page.cursor;
	job->folder.connection =
	    page.cursor == 0 ? 0 : reply->connection->number;
	return page.cursor == 0 ? OUTCOME_OK : OUTCOME_MORE;
}

/* Makes the folder here. Returns OK, or why it is not to be listed. */
static enum outcome
begin_folder(struct job_reply *reply, struct job *job,
    const struct protocol_attributes *attributes)
{
	struct tree_folder *made;

	if (!S_ISDIR(attributes->mode))
		return OUTCOME_NOT_A_FOLDER;
	if (tree_folder_leads_back(job->tree, attributes->token)) {
		report_note(reply->report,
		    "%s leads back to a folder above it: passed over",
		    job->name);
		return OUTCOME_SAME;
	}
	made = tree_folder_new(&job_queue_target(reply->queue)->folders,
	    job->tree, job->final, attributes);
	if (made == NULL)
		failure_set(&reply->failure, EXIT_LOCAL, "out of memory");
	else if (tree_folder_make(made, &reply->failure) == 0)
		job->folder.made = made;
	else
		tree_folder_release(made);
	return job->folder.made != NULL ? OUTCOME_OK : OUTCOME_FAILED;
}

/* Receives the replies to STAT and to the first LIST. */
static enum outcome
receive_first(struct job_reply *reply, struct job *job)
{
	struct protocol_attributes attributes = {.mode = 0};
	enum outcome outcome;

	outcome = job_reply_receive_state(reply, job, &attributes);
	if (outcome == OUTCOME_LOST || outcome == OUTCOME_FATAL)
		return outcome;
	if (outcome == OUTCOME_OK)
		outcome = begin_folder(reply, job, &attributes);
	if (outcome == OUTCOME_OK)
		return receive_list(reply, job);
	outcome = pass_over(reply, job, outcome);
	if (outcome == OUTCOME_NOT_A_FOLDER) {
		job_queue_become_file(reply->queue, job);
		job->file.size = attributes.size;
		tally_add_file(&reply->progress->tally, &job->file.tally,
		    attributes.size);
	}
	return outcome;
}

enum outcome
recv_folder_receive(struct job_reply *reply, struct job *job)
{
	return job->folder.made == NULL ? receive_first(reply, job) :
					  receive_list(reply, job);
}
