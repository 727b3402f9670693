/*
 * Changes the groups first, since only root may do that, and then the user. An
 * attempt to become root again must fail. Runs in main, before any thread.
 */

#include <sys/types.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/user.h"

struct identity {
	uid_t uid;
	gid_t gid;
};

static int
give_up_root(const struct identity *identity)
{
	const uid_t uid = identity->uid;
	const gid_t gid = identity->gid;

	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		return -1;
	if (setresuid((uid_t)-1, 0, (uid_t)-1) == 0) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

/* Reads a number. The largest one means "unchanged" to setresuid(2). */
static bool
read_id(const char *text, uint32_t *id)
{
	const char *wrong;

	if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
		return false;
	*id = (uint32_t)strtonum(text, 0, UINT32_MAX - 1, &wrong);
	return wrong == NULL;
}

/* Returns true if errno after getpwnam(3) or getgrnam(3) only means that there
 * is no such entry, or no file of entries. */
static bool
is_unknown(int code)
{
	return code == 0 || code == ENOENT || code == ESRCH || code == EBADF ||
	    code == EPERM;
}

/* Finds a user by name or number. For a number that the system does not know,
 * the group has the same number. Returns NULL, or an error text. */
static const char *
find_user(const char *text, struct identity *identity)
{
	const struct passwd *user;

	errno = 0;
	user = getpwnam(text);
	if (user == NULL && is_unknown(errno) &&
	    read_id(text, &identity->uid)) {
		identity->gid = identity->uid;
		user = getpwuid(identity->uid);
		if (user == NULL)
			return NULL;
	}
	if (user == NULL)
		return is_unknown(errno) ? "there is no such user" :
					   strerror(errno);
	identity->uid = user->pw_uid;
	identity->gid = user->pw_gid;
	return NULL;
}

/* Finds a group in the same way. */
static const char *
find_group(const char *text, struct identity *identity)
{
	const struct group *group;

	errno = 0;
	group = getgrnam(text);
	if (group != NULL)
		identity->gid = group->gr_gid;
	else if (!is_unknown(errno))
		return strerror(errno);
	else if (!read_id(text, &identity->gid))
		return "there is no such group";
	return NULL;
}

/* Reads "user" or "user:group". Returns NULL, or an error text. */
static const char *
read_identity(const char *text, struct identity *identity)
{
	char user[USER_ERROR];
	const char *why, *colon = strchr(text, ':');
	size_t len = colon == NULL ? strlen(text) : (size_t)(colon - text);

	if (len >= sizeof(user))
		return "there is no such user";
	memcpy(user, text, len);
	user[len] = '\0';
	why = find_user(user, identity);
	if (why == NULL && colon != NULL)
		why = find_group(colon + 1, identity);
	if (why != NULL)
		return why;
	if (identity->uid == 0)
		return "that is root: name a user without privileges";
	return identity->gid == 0 ? "that group is root's: add another one, "
				    "as in USER:GROUP" :
				    NULL;
}

int
user_become(const char *text, char error[USER_ERROR])
{
	struct identity identity = {.uid = 0};
	const char *why = read_identity(text, &identity);

	if (why == NULL && geteuid() != 0 && geteuid() != identity.uid)
		why = "only root can become another user";
	else if (why == NULL && geteuid() == 0 && give_up_root(&identity) != 0)
		why = strerror(errno);
	if (why == NULL)
		return 0;
	strlcpy(error, why, USER_ERROR);
	return -1;
}
