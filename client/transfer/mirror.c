/*
 * Decides whether anything may be removed. store/leftovers.c chooses the
 * candidates; store/removal.c removes them.
 */

#include <limits.h>
#include <string.h>

#include "client/store/removal.h"
#include "client/store/tree_folder.h"
#include "client/transfer/local_name.h"
#include "client/transfer/mirror.h"
#include "client/ui/interrupt.h"

int
mirror_begin_page(struct job_reply *reply, struct job *job)
{
	struct leftovers *leftovers =
	    &job_queue_target(reply->queue)->leftovers;
	const struct tree_folder *made = job->folder.made;
	unsigned breaks = job_queue_breaks(reply->queue);

	if (job->folder.has_page) {
		if (job->folder.breaks != breaks)
			leftovers_bar(leftovers, job->name,
			    "the connection broke while it was listed");
		job->folder.breaks = breaks;
		return 0;
	}
	job->folder.breaks = breaks;
	/* In a new folder this run has made everything. */
	if (made->is_new || made->is_absent)
		return 0;
	job->folder.here = local_names_read(made->folder.fd);
	if (job->folder.here != NULL)
		return 0;
	return tree_folder_fail(made, "cannot list", &reply->failure);
}

void
mirror_list_name(struct job *job, struct job_queue *queue, const char *name)
{
	struct leftovers *leftovers = &job_queue_target(queue)->leftovers;

	/* A name that this run leaves out does not prove that the others are
	 * gone: it may be in the mount point of a disk that is away. */
	if (name[0] != '.' || leftovers->hidden)
		job->folder.listed++;
	if (name[0] == '.')
		leftovers->lists_hidden = true;
	if (job->folder.here != NULL)
		local_names_mark(job->folder.here, job->folder.made->folder.fd,
		    name);
}

/* Returns the length of the path of the top of a folder's tree, below base. */
static size_t
top_length(const struct tree_folder *tree)
{
	while (tree->above != NULL)
		tree = tree->above;
	return strcmp(tree->name, ".") == 0 ? 0 : strlen(tree->name);
}

/* Adds the leftovers of a folder. Returns 0, or -1 with the failure set. */
static int
add_leftovers(struct job_reply *reply, struct job *job)
{
	struct leftovers *leftovers =
	    &job_queue_target(reply->queue)->leftovers;
	const struct tree_folder *made = job->folder.made;
	char path[PATH_MAX];
	const struct leftovers_place place = {
	    .path = path,
	    .top = top_length(made),
	    .name = job->name,
	    .below = job->below,
	};
	ssize_t n;

	/* A path that is cut would lead elsewhere. */
	if (tree_folder_print_path(made->above, made->name, path,
		sizeof(path)) != 0)
		return tree_folder_fail(made, "cannot list", &reply->failure);
	n = leftovers_add(leftovers, &place, made->folder.fd, job->folder.here);
	if (n < 0)
		return failure_set(&reply->failure, EXIT_LOCAL,
		    "out of memory");
	if (n > 0 && job->folder.listed == 0)
		leftovers_bar(leftovers, job->name,
		    "the server lists nothing in it, and there is something "
		    "here");
	return 0;
}

int
mirror_end_folder(struct job_reply *reply, struct job *job)
{
	int result = 0;

	if (job->folder.here == NULL)
		return 0;
	if (local_names_in_doubt(job->folder.here))
		report_note(reply->report,
		    "%s: nothing in it was removed, for this file system takes "
		    "a name of the server for another one that is here",
		    job->name);
	else
		result = add_leftovers(reply, job);
	local_names_free(job->folder.here);
	job->folder.here = NULL;
	return result;
}

void
mirror_lose_folder(struct job_queue *queue, const struct job *job)
{
	leftovers_bar(&job_queue_target(queue)->leftovers, job->name,
	    "it vanished before it was listed to its end");
}

static void
report_removal(const struct job_target *target, const struct removal *removal,
    struct report *report)
{
	char path[PATH_MAX];

	if (removal->path == NULL || removal->name == NULL) {
		report_error(report, NULL, EXIT_LOCAL, "out of memory");
		return;
	}
	local_name_print(target->settings, NULL, removal->path, path,
	    sizeof(path));
	if (removal->error != 0)
		report_error(report, path, EXIT_LOCAL, "cannot be removed: %s",
		    strerror(removal->error));
	else if (removal->is_changed)
		report_note(report,
		    "%s: kept, for it has changed while this ran", path);
	else
		report_removed(report, removal->name, path);
}

static void
remove_leftovers(struct job_target *target, struct report *report)
{
	struct removal removal;
	int error;

	removal_open(&removal, &target->leftovers);
	while (!interrupt_pending() && removal_next(&removal))
		report_removal(target, &removal, report);
	error = removal_close(&removal);
	if (error != 0)
		report_error(report, NULL, EXIT_LOCAL,
		    "cannot sync the folders of what was removed: %s",
		    strerror(error));
	if (interrupt_pending())
		report_error(report, NULL, EXIT_INTERRUPTED, "interrupted");
}

void
mirror_finish(struct job_queue *queue, struct report *report)
{
	struct job_target *target = job_queue_target(queue);
	struct leftovers *leftovers = &target->leftovers;

	if (!target->settings->store.deletes || interrupt_pending())
		return;
	if (report->failed + report->not_begun > 0)
		report_note(report,
		    "nothing was removed (--delete), for not everything has "
		    "come");
	else if (leftovers->is_barred)
		report_failure(report, leftovers->where, &leftovers->why, NULL);
	else if (leftovers_complete(leftovers) != 0)
		report_error(report, NULL, EXIT_LOCAL,
		    "out of memory; nothing was removed");
	else
		remove_leftovers(target, report);
}
