/*
 * fileget that tries, once a server has answered, what a server that has taken
 * it over would want: a file beside the target folder, and a program. It says
 * what came of it, and goes on as usual.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/folder.h"

int __real_folder_check_name(const struct folder *folder, const char *final,
    const struct options *options, struct failure *failure);
int __wrap_folder_check_name(const struct folder *folder, const char *final,
    const struct options *options, struct failure *failure);

static const char *
outcome(int result)
{
	return result < 0 ? strerror(errno) : "done";
}

int
__wrap_folder_check_name(const struct folder *folder, const char *final,
    const struct options *options, struct failure *failure)
{
	char *const none[] = {NULL};

	fprintf(stderr, "beside: %s\n",
	    outcome(open("../outside/made", O_WRONLY | O_CREAT, 0600)));
	fprintf(stderr, "over: %s\n",
	    outcome(open("../outside/secret", O_WRONLY)));
	fprintf(stderr, "gone: %s\n", outcome(unlink("../outside/secret")));
	fprintf(stderr, "within: %s\n",
	    outcome(openat(folder->fd, "made", O_WRONLY | O_CREAT, 0600)));
	if (access("/bin/true", X_OK) == 0)
		fprintf(stderr, "execute: %s\n",
		    outcome(execve("/bin/true", none, none)));
	return __real_folder_check_name(folder, final, options, failure);
}
