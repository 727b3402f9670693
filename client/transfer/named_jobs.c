/* Makes jobs of names from the command line, a list or the prompt that pass the
 * rules. The name in the target folder follows from the name alone, never from
 * what a server says. transfer/recv_folder.c makes jobs of entries. */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/folder.h"
#include "client/store/part.h"
#include "client/store/tree_folder.h"
#include "client/transfer/local_name.h"
#include "client/transfer/named_jobs.h"
#include "common/names.h"

/* Returns a job for a name, in no list yet; NULL if memory is short. */
static struct job *
new_named_job(const struct transfer_settings *settings, const char *name,
    size_t len, struct tree_folder *tree, const uint8_t *sum)
{
	bool is_folder = settings->store.is_tree;
	struct job *job;
	int result = 0;

	job = job_new(is_folder ? JOB_KIND_FOLDER : JOB_KIND_FILE,
	    is_folder ? JOB_LIST : JOB_START, name, len, tree);
	if (job == NULL)
		return NULL;
	if (sum != NULL && !is_folder) {
		job->file.has_sum = true;
		memcpy(job->file.sum, sum, sizeof(job->file.sum));
	}
	if (tree == NULL)
		result = local_name_final(settings, job->name, &job->final);
	else if ((job->final = strdup(names_last(job->name))) == NULL)
		result = -1;
	if (result == 0)
		return job;
	job_free(job);
	return NULL;
}

/* Returns advice about a name that is too long here, or "". */
static const char *
advise_long_name(const struct transfer_settings *settings, const char *name,
    size_t name_max)
{
	if (settings->output != NULL)
		return "";
	if (!settings->keep_name && strlen(names_last(name)) <= name_max)
		return "; -k, which leaves out the \"new\", makes it fit";
	return settings->is_single_name ? "; -o FILE gives it another" : "";
}

/* Checks the name that a job gets here: 0, or -1 with the failure set. */
static int
check_final(const struct transfer_settings *settings,
    const struct folder *folder, const struct job *job, struct failure *failure)
{
	struct stat stat;

	if (job->final == NULL)
		return 0;
	if (strlen(job->final) > folder->volume->name_max)
		return failure_set(failure, EXIT_LOCAL,
		    "the name it would get here is too long%s",
		    advise_long_name(settings, job->name,
			folder->volume->name_max));
	if (part_is_name(job->final))
		return failure_set(failure, EXIT_LOCAL,
		    "the name it would get here is that of a part file");
	/* A regular file is no fault: the remote name may be a file too. */
	if (job->kind == JOB_KIND_FOLDER &&
	    fstatat(folder->fd, job->final, &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISDIR(stat.st_mode) &&
	    (!S_ISREG(stat.st_mode) || settings->output != NULL))
		return failure_set(failure, EXIT_LOCAL,
		    S_ISLNK(stat.st_mode) ?
			"%s is a link here, and not followed" :
			"%s is not a folder here",
		    job->final);
	return 0;
}

/* Returns whether both jobs ask for the same file with the same sum. */
static bool
are_same_request(const struct job *a, const struct job *b)
{
	if (strcmp(a->name, b->name) != 0)
		return false;
	return a->kind == JOB_KIND_FOLDER ||
	    (a->file.has_sum == b->file.has_sum &&
		memcmp(a->file.sum, b->file.sum, sizeof(a->file.sum)) == 0);
}

int
named_jobs_add(struct job_queue *queue, const char *name, size_t len,
    struct tree_folder *tree, const uint8_t *sum, struct failure *failure)
{
	const struct job_target *target = job_queue_target(queue);
	const struct transfer_settings *settings = target->settings;
	bool is_top = settings->store.is_tree && len == 1 && name[0] == '.';
	struct job *job, *twin;
	int result;

	if (!is_top && failure_check_name(failure, name, len) != 0)
		return -1;
	job = new_named_job(settings, name, len, tree, sum);
	if (job == NULL)
		return failure_set(failure, EXIT_LOCAL, "out of memory");
	if (check_final(settings, target->folder, job, failure) != 0) {
		job_free(job);
		return -1;
	}
	twin = job_queue_add(queue, job);
	if (twin == NULL)
		return 0;
	result = are_same_request(twin, job) ?
	    0 :
	    failure_set(failure, EXIT_USAGE,
		"another name of this run would be written to the same file; "
		"fetch one of them alone, with -o FILE");
	job_free(job);
	return result;
}

void
named_jobs_add_reported(struct job_queue *queue, struct report *report,
    const char *name, size_t len, const uint8_t *sum)
{
	const struct transfer_settings *settings =
	    job_queue_target(queue)->settings;
	struct failure failure;

	if (sum == NULL && settings->has_sha256)
		sum = settings->sha256;
	if (named_jobs_add(queue, name, len, NULL, sum, &failure) != 0)
		report_failure(report, name, &failure, NULL);
}

/* Returns 0, or -1 with the failure set. */
static int
add_below(struct job_queue *queue, struct base_folders *base, const char *name,
    const uint8_t *sum, struct failure *failure)
{
	const char *above = job_queue_target(queue)->settings->base;
	struct tree_folder *tree;
	char *whole;
	int result;

	if (failure_check_name(failure, name, strlen(name)) != 0 ||
	    base_folders_find(base, name, &tree, failure) != 0)
		return -1;
	if (strcmp(above, ".") == 0)
		return named_jobs_add(queue, name, strlen(name), tree, sum,
		    failure);
	if (asprintf(&whole, "%s/%s", above, name) < 0)
		return failure_set(failure, EXIT_LOCAL, "out of memory");
	result =
	    named_jobs_add(queue, whole, strlen(whole), tree, sum, failure);
	free(whole);
	return result;
}

void
named_jobs_add_below(struct job_queue *queue, struct report *report,
    struct base_folders *base, const char *name, const uint8_t *sum)
{
	struct failure failure;

	if (add_below(queue, base, name, sum, &failure) != 0)
		report_failure(report, name, &failure, NULL);
}
