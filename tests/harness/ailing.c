/* Starts the daemon beside the e2e program, and talks to it by its file. */

#include <sys/mount.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/ailing.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/wait.h"

static struct program daemon_of_mount;

/* Returns true if the folder is on another device than the scratch folder, or
 * the daemon has ended. */
static bool
is_mounted(void *where)
{
	struct stat above, there;

	return program_ended(&daemon_of_mount) ||
	    (fstatat(scratch_fd(), "below", &above, 0) == 0 &&
		fstatat(scratch_fd(), where, &there, 0) == 0 &&
		above.st_dev != there.st_dev);
}

/* Returns the path of the daemon, which is beside the programs if it could be
 * built. */
static const char *
find_daemon(char path[SCRATCH_PATH])
{
	const char *slash = strrchr(harness_fileserv, '/');

	snprintf(path, SCRATCH_PATH, "%.*s/tests/ailing",
	    (int)(slash - harness_fileserv), harness_fileserv);
	return path;
}

bool
ailing_mount(const char *test, const char *where, bool shuffle)
{
	char from[SCRATCH_PATH], to[SCRATCH_PATH], control[SCRATCH_PATH];
	char path[SCRATCH_PATH], name[64];
	const char *const args[] = {scratch_path(from, "below"),
	    scratch_path(to, where), scratch_path(control, "control"),
	    shuffle ? "shuffle" : NULL, NULL};
	struct program_options options = {.path = find_daemon(path),
	    .args = args};

	if (access(path, X_OK) != 0 || geteuid() != 0 ||
	    access("/dev/fuse", R_OK | W_OK) != 0) {
		harness_skip(test, "no libfuse3, no /dev/fuse, or not root");
		return false;
	}
	(void)mkdirat(scratch_fd(), "below", 0755);
	ailing_tell("");
	program_start(&daemon_of_mount, &options);
	snprintf(name, sizeof(name), "%s", where);
	ck_assert(wait_until(is_mounted, name, WAIT_LIMIT));
	if (!program_ended(&daemon_of_mount))
		return true;
	harness_skip(test, program_err(&daemon_of_mount));
	return false;
}

void
ailing_tell(const char *line)
{
	scratch_text("control.new", line);
	scratch_rename("control.new", "control");
}

struct program *
ailing_daemon(void)
{
	return &daemon_of_mount;
}

void
ailing_unmount(const char *where)
{
	char path[SCRATCH_PATH];

	ck_assert_int_eq(umount2(scratch_path(path, where), MNT_DETACH), 0);
	if (daemon_of_mount.pid > 0)
		ck_assert_int_eq(program_wait(&daemon_of_mount, WAIT_LIMIT), 0);
}
