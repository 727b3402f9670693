/* Makes and frees jobs; transfer/job_queue.c decides which there are and whose
 * turn it is. Any thread, under the queue's lock. */

#include <stdlib.h>
#include <string.h>

#include "client/store/local_names.h"
#include "client/store/part.h"
#include "client/store/tree_folder.h"
#include "client/transfer/job.h"
#include "common/names.h"

enum {
	JOB_BLOCK = 16, /* bytes that malloc adds to a block, about */
};

static struct job *
allocate_job(enum job_kind kind, enum job_stage stage, char *name, size_t len)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return NULL;
	job->kind = kind;
	job->stage = stage;
	job->name = name;
	job->name_len = len;
	return job;
}

struct job *
job_new_piece(struct pieces *pieces, size_t number, enum job_stage stage,
    char *name, size_t len)
{
	struct job *job = allocate_job(JOB_KIND_PIECE, stage, name, len);

	if (job == NULL)
		return NULL;
	job->piece.pieces = pieces;
	job->piece.number = number;
	return job;
}

/* Returns a job that owns name, which is freed if there is none. */
static struct job *
new_job_in(enum job_kind kind, enum job_stage stage, char *name,
    struct tree_folder *tree)
{
	struct job *job =
	    name == NULL ? NULL : allocate_job(kind, stage, name, strlen(name));

	if (job == NULL) {
		free(name);
		return NULL;
	}
	job->tree = tree;
	if (tree != NULL)
		tree_folder_hold(tree);
	return job;
}

struct job *
job_new(enum job_kind kind, enum job_stage stage, const char *name, size_t len,
    struct tree_folder *tree)
{
	struct job *job = new_job_in(kind, stage, strndup(name, len), tree);

	if (job != NULL && strcmp(job->name, ".") != 0)
		job->below = job->name_len + 1;
	return job;
}

char *
job_join_name(const struct job *folder, const char *entry)
{
	size_t len = folder->name_len, size = strlen(entry) + 1;
	char *name;

	if (strcmp(folder->name, ".") == 0)
		return strdup(entry);
	name = malloc(len + 1 + size);
	if (name == NULL)
		return NULL;
	memcpy(name, folder->name, len);
	name[len] = '/';
	memcpy(name + len + 1, entry, size);
	return name;
}

/* Returns why an entry cannot be fetched by its name, or NULL if it can. */
static const char *
refuse_entry_name(const struct job *folder, const char *entry, bool is_folder,
    size_t name_max)
{
	size_t above =
	    strcmp(folder->name, ".") == 0 ? 0 : folder->name_len + 1;
	size_t len = strlen(entry);

	if (above + len > NAMES_MAX)
		return "its name is too long";
	if (len > name_max)
		return "its name is too long for the file system here";
	if (!is_folder && part_is_name(entry))
		return "its name is that of a part file";
	return NULL;
}

struct job *
job_new_entry(const struct job *folder, const char *entry, bool is_folder,
    size_t name_max, const char **why)
{
	struct job *job;

	*why = refuse_entry_name(folder, entry, is_folder, name_max);
	if (*why != NULL)
		return NULL;
	*why = "out of memory";
	job = new_job_in(is_folder ? JOB_KIND_FOLDER : JOB_KIND_FILE,
	    is_folder ? JOB_LIST : JOB_START, job_join_name(folder, entry),
	    folder->folder.made);
	if (job == NULL)
		return NULL;
	job->final = job->name + job->name_len - strlen(entry);
	job->is_entry = true;
	job->below = folder->below;
	return job;
}

void
job_free(struct job *job)
{
	if (job->kind == JOB_KIND_FILE)
		shares_close(&job->file.shares);
	if (job->kind == JOB_KIND_FILE && job->file.output != NULL) {
		output_free(job->file.output);
		/* Open for as long as there is an output. */
		if (job->tree != NULL)
			tree_folder_close(job->tree);
	}
	if (job->kind == JOB_KIND_FOLDER) {
		listed_names_close(&job->folder.names);
		local_names_free(job->folder.here);
		tree_folder_release(job->folder.made);
	}
	/* The final name of an entry is the end of its name; the name of a
	 * piece is its file's. */
	if (!job->is_entry)
		free(job->final);
	tree_folder_release(job->tree);
	if (job->kind != JOB_KIND_PIECE)
		free(job->name);
	free(job);
}

void
job_become_file(struct job *job)
{
	job->kind = JOB_KIND_FILE;
	memset(&job->file, 0, sizeof(job->file));
}

size_t
job_memory(const struct job *job)
{
	return sizeof(*job) + job->name_len + 1 + 2 * (size_t)JOB_BLOCK;
}

uint64_t
job_bytes_here(const struct job *job)
{
	return job->kind == JOB_KIND_FILE && job->file.output != NULL ?
	    output_size(job->file.output) :
	    0;
}
