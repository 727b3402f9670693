/*
 * "new" and the last component of the name, unless an option says otherwise.
 */

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "client/store/tree_folder.h"
#include "client/transfer/local_name.h"
#include "common/names.h"

/* -o DIR without the slashes that may follow. */
static void
copy_output(const struct client_options *options, char path[PATH_MAX])
{
	size_t len;

	strlcpy(path, options->output, PATH_MAX);
	len = strlen(path);
	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
}

void
local_name_folder(const struct client_options *options, char *path, size_t size)
{
	char output[PATH_MAX];
	char *slash;

	strlcpy(path, options->directory == NULL ? "." : options->directory,
	    size);
	if (options->output == NULL)
		return;
	copy_output(options, output);
	slash = strrchr(output, '/');
	if (options->output_is_folder) {
		strlcpy(path, output, size);
	} else if (slash != NULL) {
		slash[slash == output ? 1 : 0] = '\0';
		strlcpy(path, output, size);
	}
}

int
local_name_final(const struct client_options *options, const char *name,
    char **final)
{
	const char *last =
	    strcmp(name, ".") == 0 ? options->host : names_last(name);
	char output[PATH_MAX];

	*final = NULL;
	if (options_to_stdout(options))
		return 0;
	if (options->output_is_folder) {
		*final = strdup(".");
	} else if (options->output != NULL) {
		copy_output(options, output);
		*final = strdup(names_last(output));
	} else if (asprintf(final, "%s%s", options->keep_name ? "" : "new",
		       last) < 0) {
		*final = NULL;
	}
	return *final == NULL ? -1 : 0;
}

/* A file in the folder that is written into, by its path from there. */
static void
print(const struct client_options *options, const char *final, char *path,
    size_t size)
{
	char folder[PATH_MAX];

	local_name_folder(options, folder, sizeof(folder));
	if (options->output != NULL && !options->recursive)
		strlcpy(path, options->output, size);
	else if (options->directory == NULL && strcmp(folder, ".") == 0)
		strlcpy(path, final, size);
	else
		snprintf(path, size, "%s/%s", folder, final);
}

void
local_name_print_job(const struct client_options *options,
    const struct job *job, char *path, size_t size)
{
	char below[PATH_MAX];

	(void)tree_folder_print_path(job->tree, job->final, below,
	    sizeof(below));
	print(options, below, path, size);
}
