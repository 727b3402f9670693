/* Finds the user's own key, and what this user may be called in a list of
 * clients. common/identity.c reads and makes the file. Runs in the main thread,
 * before any other is started. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/trust/client_key.h"
#include "client/trust/user_file.h"
#include "common/identity.h"
#include "common/key_file.h"

#define VARIABLE "FILEGET_KEY_FILE"

/* Returns the path of FILEGET_KEY_FILE, or NULL. */
static const char *
named_path(void)
{
	const char *path = getenv(VARIABLE);

	return path != NULL && path[0] != '\0' ? path : NULL;
}

/* Reads a file that must be there. */
static struct identity *
read_named(const char *path, struct failure *failure)
{
	struct identity *identity = NULL;
	char error[IDENTITY_ERROR];
	int fd = key_file_open(path);

	if (fd < 0)
		key_file_fail(error, path, "%s%s", strerror(errno),
		    errno == ENOENT ? " ('fileget --my-key' makes it)" : "");
	else {
		identity = identity_read(fd, path, false, error);
		close(fd);
	}
	if (identity == NULL)
		failure_set(failure, EXIT_UNTRUSTED, VARIABLE ": %s", error);
	return identity;
}

/* Reads or makes a file. If it is neither there nor can be made, *lacks is set
 * to true. */
static struct identity *
read_or_make(const char *path, bool *lacks, struct failure *failure)
{
	struct identity *identity;
	char error[IDENTITY_ERROR];
	bool made;

	identity = identity_read_or_make(path, &made, error);
	*lacks = identity == NULL &&
	    faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
	if (identity == NULL)
		failure_set(failure, *lacks ? EXIT_LOCAL : EXIT_UNTRUSTED,
		    "your key: %s", error);
	return identity;
}

struct identity *
client_key_open(struct report *report, bool told, struct failure *failure)
{
	char path[PATH_MAX], error[IDENTITY_ERROR];
	struct identity *identity;
	bool lacks = true;

	if (named_path() != NULL)
		return read_named(named_path(), failure);
	if (!user_file_path("key.pem", path))
		failure_set(failure, EXIT_LOCAL, "your key: no home for it");
	else {
		identity = read_or_make(path, &lacks, failure);
		if (!lacks)
			return identity;
	}
	if (told)
		report_note(report,
		    "%s; this run has a key of its own, so a later run cannot "
		    "go on with this link",
		    failure->text);
	else
		report_detail(report, "%s; this run has a key of its own",
		    failure->text);
	identity = identity_make(error);
	if (identity == NULL)
		failure_set(failure, EXIT_LOCAL, "your key: %s", error);
	return identity;
}

/* Appends at most most characters of a word to name; those that a list of
 * clients does not take become dashes. */
static void
add_word(char name[CLIENT_KEY_NAME], const char *word, size_t most)
{
	static const char accepted[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789-._";
	char *at = name + strlen(name);
	size_t i;

	for (i = 0; i < most && word[i] != '\0'; i++)
		*at++ = strchr(accepted, word[i]) != NULL ? word[i] : '-';
	*at = '\0';
}

/* Prints "user@host", with the first label of the host's name. */
static void
print_name(char name[CLIENT_KEY_NAME])
{
	const struct passwd *user = getpwuid(geteuid());
	char host[HOST_NAME_MAX + 1] = "", number[16];

	snprintf(number, sizeof(number), "%u", (unsigned int)geteuid());
	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
		strlcpy(host, "host", sizeof(host));
	host[strcspn(host, ".")] = '\0';
	name[0] = '\0';
	add_word(name, user != NULL ? user->pw_name : number, 31);
	strlcat(name, "@", CLIENT_KEY_NAME);
	add_word(name, host, 32);
}

int
client_key_line(char line[CLIENT_KEY_LINE], struct failure *failure)
{
	char own[PATH_MAX], name[CLIENT_KEY_NAME], key[KEY_NAME_TEXT];
	const char *path = named_path();
	struct identity *identity;
	bool lacks;

	if (path == NULL && user_file_path("key.pem", own))
		path = own;
	if (path == NULL)
		return failure_set(failure, EXIT_LOCAL,
		    "your key: there is no home for it; " VARIABLE
		    " can name a file");
	identity = read_or_make(path, &lacks, failure);
	if (identity == NULL)
		return -1;
	print_name(name);
	key_name_format(identity_name(identity), key);
	snprintf(line, CLIENT_KEY_LINE, "%s %s", name, key);
	identity_free(identity);
	return 0;
}
