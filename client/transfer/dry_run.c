/* Makes the same checks as a run makes before it asks for a file's bytes. What
 * only the bytes show, such as a full disk, is left out. */

#include <sys/stat.h>

#include <limits.h>

#include "client/store/tree_folder.h"
#include "client/transfer/dry_run.h"
#include "client/transfer/local_name.h"

/* Checks a file of this size, and reports that it would be fetched. folder is
 * the open folder of its target, or NULL for standard output. Returns 0, or -1
 * with the failure set. */
static int
plan_file(struct job_reply *reply, const struct job *job,
    const struct folder *folder, uint64_t size)
{
	const struct store_settings *store = &reply->settings->store;
	char path[PATH_MAX];

	if (failure_check_size(&reply->failure, size, store->max_size) != 0)
		return -1;
	if (job->final == NULL) {
		report_planned(reply->report, job->name, NULL, size);
		return 0;
	}
	if (folder_check_name(folder, job->final, store, &reply->failure) < 0)
		return -1;
	local_name_print(reply->settings, job->tree, job->final, path,
	    sizeof(path));
	report_planned(reply->report, job->name, path, size);
	return 0;
}

void
dry_run_entry(struct job_reply *reply, const struct job *job)
{
	if (plan_file(reply, job, &job->tree->folder, job->file.size) != 0)
		report_failure(reply->report, job->name, &reply->failure, NULL);
}

enum outcome
dry_run_name(struct job_reply *reply, const struct job *job,
    const struct protocol_attributes *attributes)
{
	const struct folder *folder = job_queue_target(reply->queue)->folder;
	int result;

	if (!S_ISREG(attributes->mode)) {
		failure_set(&reply->failure, EXIT_DENIED,
		    "it is not a regular file; if it is a folder, -r fetches "
		    "it");
		return OUTCOME_FAILED;
	}
	if (tree_folder_open(job->tree, &reply->failure) != 0)
		return OUTCOME_FAILED;
	result = plan_file(reply, job,
	    job->tree == NULL ? folder : &job->tree->folder, attributes->size);
	tree_folder_close(job->tree);
	return result == 0 ? OUTCOME_SAME : OUTCOME_FAILED;
}
