/* Reads defaults of options from FILEGET_OPTIONS and from the user's config
 * file, $XDG_CONFIG_HOME/fileget/config or ~/.config/fileget/config.
 * trust/user_file.c opens it, common/options_file.c reads it. */

#include <stdio.h>
#include <unistd.h>

#include "client/defaults.h"
#include "client/trust/user_file.h"

static int
refuse_config(struct options *options, const char *path, const char *why)
{
	snprintf(options->error, sizeof(options->error),
	    "%.400s: %s (--no-config does without it)", path, why);
	return -1;
}

/* Reads the config file, if there is one. */
static int
read_config(struct defaults *defaults, struct options *options)
{
	char *path = defaults->path, why[USER_FILE_WHY];
	int fd, result;

	if (!user_file_path("config", path))
		return 0;
	fd = user_file_open(path, why);
	if (fd < 0 && why[0] != '\0')
		return refuse_config(options, path, why);
	if (fd < 0) {
		path[0] = '\0';
		return 0;
	}
	result = options_file_read(options, fd, path, defaults->file);
	close(fd);
	return result;
}

int
defaults_read(struct defaults *defaults, struct options *options)
{
	int result = options_read_variable(options, "FILEGET_OPTIONS",
	    defaults->variable);

	return result != 0 ? result : read_config(defaults, options);
}
