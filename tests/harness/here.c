/* Expectations on fileget and the folder it writes into. */

#include <linux/capability.h>
#include <sys/prctl.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/wait.h"

enum {
	HERE_ARGS = 32
};

void
here_expect_exit(struct program *client, int code, const char *what)
{
	int got = program_wait(client, 2 * WAIT_LIMIT);

	/* A message of Check has at most 4 KiB. */
	ck_assert_msg(got == code,
	    "%s: exit %d instead of %d; it said:\n%.3000s", what, got, code,
	    program_err(client));
}

void
here_get(struct program *client, uint16_t port, int code, const char *what,
    const char *const *args)
{
	client_start(client, port, args, NULL);
	here_expect_exit(client, code, what);
}

void
here_start_after(struct program *client, uint16_t port, const char *const *args,
    void (*before)(void))
{
	const char *all[HERE_ARGS] = {"127.0.0.1"};
	char text[8];
	size_t n = 2;

	snprintf(text, sizeof(text), "%u", port);
	all[1] = text;
	for (; *args != NULL; args++) {
		ck_assert_uint_lt(n, HERE_ARGS - 1);
		all[n++] = *args;
	}
	program_start(client,
	    &(struct program_options){.path = harness_fileget,
		.args = all,
		.cwd = "here",
		.before = before});
}

void
here_drop_power(void)
{
	/* exec drops capabilities outside the bounding set
	 * (capabilities(7)). A user who may not do this has none. */
	(void)prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0);
	(void)prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0);
	(void)prctl(PR_CAPBSET_DROP, CAP_FOWNER, 0, 0, 0);
}

static DIR *
open_folder(const char *folder)
{
	int fd =
	    openat(scratch_fd(), folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	ck_assert_msg(dir != NULL, "%s cannot be opened", folder);
	return dir;
}

static bool
is_listed(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

void
here_expect_names(const char *folder, const char *what,
    const char *const *names)
{
	DIR *dir = open_folder(folder);
	struct dirent *entry;
	size_t found = 0, wanted = 0;

	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		ck_assert_msg(is_listed(entry->d_name, names),
		    "%s: '%s' in %s should not be there", what, entry->d_name,
		    folder);
		found++;
	}
	closedir(dir);
	while (names[wanted] != NULL)
		wanted++;
	ck_assert_msg(found == wanted, "%s: %zu names in %s instead of %zu",
	    what, found, folder, wanted);
}

unsigned
here_find_part(const char *folder, char name[NAME_MAX + 1])
{
	DIR *dir = open_folder(folder);
	struct dirent *entry;
	unsigned found = 0;
	size_t len;

	while ((entry = readdir(dir)) != NULL) {
		len = strlen(entry->d_name);
		if (len < 5 || strcmp(entry->d_name + len - 5, ".part") != 0)
			continue;
		memcpy(name, entry->d_name, len + 1);
		found++;
	}
	closedir(dir);
	return found;
}

void
here_expect_harmless(const char *text, const char *what)
{
	const unsigned char *at = (const unsigned char *)text;

	for (; *at != '\0'; at++) {
		ck_assert_msg(*at == '\n' || *at >= ' ',
		    "%s: byte 0x%02x is shown", what, *at);
		ck_assert_msg(*at != 0x7f, "%s: DEL is shown", what);
		/* U+0080 to U+009F in UTF-8. */
		ck_assert_msg(at[0] != 0xc2 || at[1] < 0x80 || at[1] > 0x9f,
		    "%s: C1 character 0x%02x is shown", what, at[1]);
	}
}
