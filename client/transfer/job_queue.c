/*
 * A name from the command line, a list or the prompt becomes a job here, once
 * it has passed the rules for names; what it will be called in the target
 * folder is decided from it alone, never from what a server says. Below a
 * folder that is fetched, names are the server's, one component at a time.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/tree_folder.h"
#include "client/transfer/local_name.h"
#include "client/store/folder.h"
#include "client/transfer/job_queue.h"
#include "client/store/output.h"
#include "client/store/part.h"
#include "client/store/tree_finish.h"
#include "client/transfer/pieces.h"
#include "common/clock.h"
#include "common/names.h"

enum {
	/* Memory for entries that are known and not fetched yet, in bytes:
	 * with more than the first no more is listed than has to be, and more
	 * than the second there never is. */
	JOBS_PLENTY = 16 * 1024 * 1024,
	JOBS_MOST = 40 * 1024 * 1024,
	JOBS_BLOCK = 16, /* bytes that malloc adds to a block, about */
};

static int
compare(struct job *a, struct job *b)
{
	if (a->tree != b->tree)
		return a->tree < b->tree ? -1 : 1;
	return strcmp(a->final, b->final);
}

/* RB_GENERATE_STATIC of libbsd wants an __unused that glibc cannot have. */
RB_GENERATE_INTERNAL(job_tree, job, node, compare,
    static __attribute__((unused)))

void
jobs_open(struct jobs *jobs, const struct transfer_settings *settings,
    struct folder *folder)
{
	memset(jobs, 0, sizeof(*jobs));
	jobs->settings = settings;
	jobs->folder = folder;
	STAILQ_INIT(&jobs->files);
	STAILQ_INIT(&jobs->folders);
	STAILQ_INIT(&jobs->waiting);
	STAILQ_INIT(&jobs->splits);
	RB_INIT(&jobs->finals);
	SLIST_INIT(&jobs->spares);
	tree_folders_open(&jobs->tree_folders, folder, &settings->store);
	pthread_mutex_init(&jobs->lock, NULL);
	clock_cond_init(&jobs->changed);
}

void
jobs_lock(struct jobs *jobs)
{
	int saved = errno;

	pthread_mutex_lock(&jobs->lock);
	errno = saved;
}

void
jobs_unlock(struct jobs *jobs)
{
	int saved = errno;

	pthread_mutex_unlock(&jobs->lock);
	errno = saved;
}

void
jobs_wait(struct jobs *jobs, int64_t time)
{
	(void)clock_cond_wait(&jobs->changed, &jobs->lock, clock_now() + time);
}

void
jobs_tell(struct jobs *jobs)
{
	pthread_cond_broadcast(&jobs->changed);
}

bool
jobs_may_list(const struct jobs *jobs)
{
	if (jobs->n_listing == 0 && jobs->n_files == 0)
		return true;
	return jobs->memory + (jobs->n_listing + 1) * jobs->page < JOBS_PLENTY;
}

bool
jobs_are_too_many(const struct jobs *jobs)
{
	return jobs->memory > JOBS_MOST;
}

bool
jobs_will_be_fewer(const struct jobs *jobs, size_t page)
{
	return jobs->memory - page > JOBS_PLENTY &&
	    (jobs->n_files > 0 || jobs->n_listing > 1);
}

void
jobs_turn_out_file(struct jobs *jobs, struct job *job)
{
	if (job->is_folder)
		jobs->n_folders--;
	job->is_folder = false;
}

size_t
jobs_files_left(const struct jobs *jobs)
{
	return jobs->n - jobs->n_folders;
}

bool
jobs_are_one(const struct jobs *jobs)
{
	return jobs->n == 1;
}

/* Whether this is one that was asked for by name. */
static bool
is_named(const struct job *job)
{
	return !job->is_listed;
}

static void
free_job(struct job *job)
{
	bool uses_branch = job->output != NULL && job->tree != NULL;

	output_free(job->output);
	if (uses_branch)
		tree_folder_close(job->tree);
	/* The final name of an entry is the end of its name. */
	if (is_named(job))
		free(job->final);
	tree_folder_release(job->listed);
	tree_folder_release(job->tree);
	free(job->name);
	free(job);
}

/* What an entry takes. */
static size_t
memory_of(const struct job *job)
{
	return sizeof(*job) + job->name_len + 1 + 2 * (size_t)JOBS_BLOCK;
}

void
jobs_remove(struct jobs *jobs, struct job *job)
{
	if (!is_named(job))
		jobs->memory -= memory_of(job);
	if (is_named(job) && job->final != NULL)
		RB_REMOVE(job_tree, &jobs->finals, job);
	jobs_turn_out_file(jobs, job);
	if (job->pieces != NULL)
		job->pieces->out--;
	else
		jobs->n--;
	if (jobs->suspect == job)
		jobs->suspect = NULL;
	free_job(job);
}

static struct job_list *
list_of(struct jobs *jobs, const struct job *job)
{
	if (job->pieces != NULL)
		return &job->pieces->returned;
	return job->stage == JOB_LIST ? &jobs->folders : &jobs->files;
}

struct job *
jobs_take(struct jobs *jobs, struct job_list *list)
{
	struct job *job = STAILQ_FIRST(list);

	if (job == NULL)
		return NULL;
	STAILQ_REMOVE_HEAD(list, next);
	if (list == &jobs->files)
		jobs->n_files--;
	/* Whoever takes it sees for himself. */
	if (jobs->suspect == job)
		jobs->suspect = NULL;
	return job;
}

void
jobs_take_out(struct jobs *jobs, struct job *job)
{
	struct job_list *list = list_of(jobs, job);

	STAILQ_REMOVE(list, job, job, next);
	if (list == &jobs->files)
		jobs->n_files--;
}

void
jobs_put_first(struct jobs *jobs, struct job *job)
{
	struct job_list *list = list_of(jobs, job);

	STAILQ_INSERT_HEAD(list, job, next);
	if (list == &jobs->files)
		jobs->n_files++;
}

void
jobs_put_after(struct jobs *jobs, struct job *after, struct job *job)
{
	if (after == NULL)
		jobs_put_first(jobs, job);
	else
		STAILQ_INSERT_AFTER(&jobs->folders, after, job, next);
}

void
jobs_put_last(struct jobs *jobs, struct job *job)
{
	struct job_list *list = list_of(jobs, job);

	STAILQ_INSERT_TAIL(list, job, next);
	if (list == &jobs->files)
		jobs->n_files++;
}

void
jobs_put_off(struct jobs *jobs, struct job *job, int64_t again)
{
	struct job *at, *before = NULL;

	job->again = again;
	/* Most come in order. */
	if (again >= jobs->latest) {
		jobs->latest = again;
		STAILQ_INSERT_TAIL(&jobs->waiting, job, next);
		return;
	}
	STAILQ_FOREACH(at, &jobs->waiting, next) {
		if (at->again > again)
			break;
		before = at;
	}
	if (before == NULL)
		STAILQ_INSERT_HEAD(&jobs->waiting, job, next);
	else
		STAILQ_INSERT_AFTER(&jobs->waiting, before, job, next);
}

static void
remove_all(struct jobs *jobs, struct job_list *list)
{
	struct job *job;

	while ((job = jobs_take(jobs, list)) != NULL)
		jobs_remove(jobs, job);
}

void
jobs_close(struct jobs *jobs)
{
	struct tree_finish finish;

	remove_all(jobs, &jobs->files);
	remove_all(jobs, &jobs->folders);
	remove_all(jobs, &jobs->waiting);
	while (tree_finish_begin(&finish, &jobs->tree_folders))
		tree_finish_end(&finish);
	output_free_spares(&jobs->spares);
	pthread_cond_destroy(&jobs->changed);
	pthread_mutex_destroy(&jobs->lock);
}

/* What a new job asks first. */
static enum job_stage
first_stage(const struct transfer_settings *settings, const struct job *job)
{
	if (settings->store.is_tree && is_named(job))
		return JOB_LIST;
	return (settings->store.update || settings->settle > 0) &&
		is_named(job) ?
	    JOB_STAT :
	    JOB_FETCH;
}

/* A job for a name, not in the list yet; NULL without memory. */
static struct job *
new_job(const struct transfer_settings *settings, const char *name, size_t len,
    struct tree_folder *tree)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return NULL;
	job->name = strndup(name, len);
	job->name_len = len;
	job->stage = first_stage(settings, job);
	job->tree = tree;
	if (tree != NULL)
		tree_folder_hold(tree);
	if (job->name != NULL && tree != NULL)
		job->final = strdup(names_last(job->name));
	if (job->name != NULL &&
	    (tree != NULL ?
		    job->final != NULL :
		    local_name_final(settings, job->name, &job->final) == 0))
		return job;
	free_job(job);
	return NULL;
}

/* Returns advice about a name that is too long here, or "". */
static const char *
way_out(const struct jobs *jobs, const struct job *job)
{
	const struct transfer_settings *settings = jobs->settings;
	size_t most = jobs->folder->volume->name_max;

	if (settings->output != NULL)
		return "";
	if (!settings->keep_name && strlen(names_last(job->name)) <= most)
		return "; -k, which leaves out the \"new\", makes it fit";
	return settings->is_single_name ? "; -o FILE gives it another" : "";
}

/* Whether the name it gets here will do: 0, or -1 with the failure set. */
static int
check_final(struct jobs *jobs, const struct job *job, struct failure *failure)
{
	struct stat stat;

	if (job->final == NULL)
		return 0;
	if (strlen(job->final) > jobs->folder->volume->name_max)
		return failure_set(failure, EXIT_LOCAL,
		    "the name it would get here is too long%s",
		    way_out(jobs, job));
	if (part_is_name(job->final))
		return failure_set(failure, EXIT_LOCAL,
		    "the name it would get here is that of a part file");
	/* A file may be of an earlier run, if the name is that of a file. */
	if (job->stage == JOB_LIST &&
	    fstatat(jobs->folder->fd, job->final, &stat, AT_SYMLINK_NOFOLLOW) ==
		0 &&
	    !S_ISDIR(stat.st_mode) &&
	    (!S_ISREG(stat.st_mode) || jobs->settings->output != NULL))
		return failure_set(failure, EXIT_LOCAL,
		    S_ISLNK(stat.st_mode) ?
			"%s is a link here, and not followed" :
			"%s is not a folder here",
		    job->final);
	return 0;
}

int
jobs_add(struct jobs *jobs, const char *name, size_t len, const uint8_t *sum,
    struct failure *failure)
{
	return jobs_add_below(jobs, name, len, NULL, sum, failure);
}

/* Returns whether a job asks for what another asks for already. */
static bool
is_wanted_twice(const struct job *a, const struct job *b)
{
	return strcmp(a->name, b->name) == 0 && a->has_sum == b->has_sum &&
	    (!a->has_sum || memcmp(a->sum, b->sum, sizeof(a->sum)) == 0);
}

int
jobs_add_below(struct jobs *jobs, const char *name, size_t len,
    struct tree_folder *tree, const uint8_t *sum, struct failure *failure)
{
	bool top = jobs->settings->store.is_tree && len == 1 && name[0] == '.';
	struct job *job, *twin;
	bool is_same;

	if (!top && failure_check_name(failure, name, len) != 0)
		return -1;
	job = new_job(jobs->settings, name, len, tree);
	if (job == NULL)
		return failure_set(failure, EXIT_LOCAL, "out of memory");
	if (sum != NULL)
		memcpy(job->sum, sum, sizeof(job->sum));
	job->has_sum = sum != NULL;
	if (check_final(jobs, job, failure) != 0) {
		free_job(job);
		return -1;
	}
	twin =
	    job->final == NULL ? NULL : RB_INSERT(job_tree, &jobs->finals, job);
	if (twin != NULL) {
		is_same = is_wanted_twice(twin, job);
		free_job(job);
		return is_same ?
		    0 :
		    failure_set(failure, EXIT_USAGE,
			"another name of this run would be written to the "
			"same file; fetch one of them alone, with -o FILE");
	}
	jobs->n++;
	job->is_folder = job->stage == JOB_LIST;
	jobs->n_folders += job->is_folder;
	jobs_put_last(jobs, job);
	return 0;
}

char *
jobs_join(const struct job *parent, const char *entry)
{
	size_t len = parent->name_len, size = strlen(entry) + 1;
	char *name;

	if (strcmp(parent->name, ".") == 0)
		return strdup(entry);
	name = malloc(len + 1 + size);
	if (name == NULL)
		return NULL;
	memcpy(name, parent->name, len);
	name[len] = '/';
	memcpy(name + len + 1, entry, size);
	return name;
}

struct job *
jobs_new_entry(struct jobs *jobs, const struct job *parent, const char *entry,
    bool is_folder, const char **why)
{
	size_t above =
	    strcmp(parent->name, ".") == 0 ? 0 : parent->name_len + 1;
	struct job *job;

	if (above + strlen(entry) > NAMES_MAX ||
	    strlen(entry) > jobs->folder->volume->name_max) {
		*why = above + strlen(entry) > NAMES_MAX ?
		    "its name is too long" :
		    "its name is too long for the file system here";
		return NULL;
	}
	if (!is_folder && part_is_name(entry)) {
		*why = "its name is that of a part file";
		return NULL;
	}
	job = calloc(1, sizeof(*job));
	if (job != NULL)
		job->name = jobs_join(parent, entry);
	if (job == NULL || job->name == NULL) {
		*why = "out of memory";
		free(job);
		return NULL;
	}
	job->name_len = strlen(job->name);
	job->final = job->name + job->name_len - strlen(entry);
	job->stage = is_folder ? JOB_LIST : JOB_FETCH;
	job->is_folder = is_folder;
	jobs->n_folders += is_folder;
	job->is_listed = true;
	job->tree = parent->listed;
	tree_folder_hold(job->tree);
	jobs->memory += memory_of(job);
	jobs->n++;
	return job;
}

struct job *
jobs_new_piece(struct pieces *pieces, const struct job *whole, size_t piece,
    enum job_stage stage)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return NULL;
	job->name = strdup(whole->name);
	if (job->name == NULL) {
		free(job);
		return NULL;
	}
	job->name_len = whole->name_len;
	job->pieces = pieces;
	job->piece = piece;
	job->stage = stage;
	pieces->out++;
	return job;
}
