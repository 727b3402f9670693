/* The jobs' lock is given up only where there is something to wait for: with
 * --fsync. The thread that has done a folder's last job finishes it. */

#include <limits.h>

#include "client/store/tree_finish.h"
#include "client/transfer/folder_end.h"

void
folder_end_due(struct jobs *jobs, struct report *report)
{
	struct tree_finish finish;
	char path[PATH_MAX];
	unsigned i;

	while (tree_finish_begin(&finish, &jobs->tree_folders)) {
		if (finish.needs_sync) {
			jobs_unlock(jobs);
			tree_finish_sync(&finish);
			jobs_lock(jobs);
		}
		for (i = 0; i < finish.n_failures; i++) {
			(void)tree_folder_print_path(finish.tree->above,
			    finish.tree->name, path, sizeof(path));
			report_failure(report, path, &finish.failures[i], NULL);
		}
		tree_finish_end(&finish);
	}
}
