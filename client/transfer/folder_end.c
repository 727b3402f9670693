/* The thread that has done a folder's last job finishes the folder. The lock is
 * released only where there is something to wait for: with --fsync. */

#include <limits.h>

#include "client/store/tree_finish.h"
#include "client/transfer/folder_end.h"

static void
end_folder(struct job_queue *queue, struct report *report,
    struct tree_finish *finish)
{
	char path[PATH_MAX];
	unsigned i;

	if (finish->needs_sync) {
		job_queue_unlock(queue);
		tree_finish_sync(finish);
		job_queue_lock(queue);
	}
	for (i = 0; i < finish->n_failures; i++) {
		(void)tree_folder_print_path(finish->tree->above,
		    finish->tree->name, path, sizeof(path));
		report_failure(report, path, &finish->failures[i], NULL);
	}
	tree_finish_end(finish);
}

void
folder_end_due(struct job_queue *queue, struct report *report)
{
	struct tree_folders *folders = &job_queue_target(queue)->folders;
	struct tree_finish finish;

	while (!STAILQ_EMPTY(&folders->due)) {
		(void)tree_finish_begin(&finish, folders);
		end_folder(queue, report, &finish);
	}
}
