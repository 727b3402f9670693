/* A local name is "new" and the last component, unless an option differs. */

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "client/store/tree_folder.h"
#include "client/transfer/local_name.h"
#include "common/names.h"

/* -o DIR without the slashes that may follow. */
static void
copy_output(const struct transfer_settings *settings, char path[PATH_MAX])
{
	size_t len;

	strlcpy(path, settings->output, PATH_MAX);
	len = strlen(path);
	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
}

void
local_name_folder(const struct transfer_settings *settings, char *path,
    size_t size)
{
	char output[PATH_MAX];
	char *slash;

	strlcpy(path, settings->directory == NULL ? "." : settings->directory,
	    size);
	if (settings->output == NULL)
		return;
	copy_output(settings, output);
	slash = strrchr(output, '/');
	if (settings->output_is_folder) {
		strlcpy(path, output, size);
	} else if (slash != NULL) {
		slash[slash == output ? 1 : 0] = '\0';
		strlcpy(path, output, size);
	}
}

int
local_name_final(const struct transfer_settings *settings, const char *name,
    char **final)
{
	const char *last = strcmp(name, ".") == 0 ? settings->connection.host :
						    names_last(name);
	char output[PATH_MAX];

	*final = NULL;
	if (settings->output != NULL && strcmp(settings->output, "-") == 0)
		return 0;
	if (settings->output_is_folder) {
		*final = strdup(".");
	} else if (settings->output != NULL) {
		copy_output(settings, output);
		*final = strdup(names_last(output));
	} else if (asprintf(final, "%s%s", settings->keep_name ? "" : "new",
		       last) < 0) {
		*final = NULL;
	}
	return *final == NULL ? -1 : 0;
}

void
local_name_print(const struct transfer_settings *settings,
    const struct tree_folder *tree, const char *final, char *path, size_t size)
{
	char folder[PATH_MAX], below[PATH_MAX];

	(void)tree_folder_print_path(tree, final, below, sizeof(below));
	local_name_folder(settings, folder, sizeof(folder));
	if (settings->output != NULL && !settings->store.is_tree)
		strlcpy(path, settings->output, size);
	else if (settings->directory == NULL && strcmp(folder, ".") == 0)
		strlcpy(path, below, size);
	else
		snprintf(path, size, "%s/%s", folder, below);
}
