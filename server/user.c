/*
 * Changes the groups first, since only root may do that, and then the user. An
 * attempt to become root again must fail. Runs in main, before any thread.
 */

#include <sys/types.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "server/user.h"

static int
give_up_root(const struct passwd *user)
{
	if (setgroups(0, NULL) != 0 ||
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
		return -1;
	if (setresuid((uid_t)-1, 0, (uid_t)-1) == 0) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

int
user_become(const char *name, char error[USER_ERROR])
{
	const struct passwd *user;
	const char *why = NULL;

	errno = 0;
	user = getpwnam(name);
	if (user == NULL)
		why = errno == 0 ? "there is no such user" : strerror(errno);
	else if (user->pw_uid == 0)
		why = "that is root: name a user without privileges";
	else if (geteuid() != 0 && geteuid() != user->pw_uid)
		why = "only root can become another user";
	else if (geteuid() == 0 && give_up_root(user) != 0)
		why = strerror(errno);
	if (why == NULL)
		return 0;
	strlcpy(error, why, USER_ERROR);
	return -1;
}
