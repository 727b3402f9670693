/*
 * The shared file or folder, the ticket, and the end of the share, for the main
 * thread. share_visit.c decides about requests, share_guests.c knows who has
 * come, share_link.c prints the link.
 */

#include <sys/stat.h>
#include <sys/time.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/standard.h"
#include "common/text.h"
#include "server/share.h"
#include "server/share_private.h"

#define SHARE_HOUR (3600 * CLOCK_SEC)

/* ---- what is shared ----------------------------------------------------- */

/* Takes an absolute path without links apart: the served folder, and the name
 * in the link. Returns 0, or -1 with errno. */
static int
split_path(struct share *share, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash[1] == '\0') {
		errno = EINVAL; /* "/" has no name */
		return -1;
	}
	share->name = strdup(slash + 1);
	if (share->is_folder)
		share->folder = strdup(path);
	else
		share->folder = slash == path ?
		    strdup("/") :
		    strndup(path, (size_t)(slash - path));
	return share->name == NULL || share->folder == NULL ? -1 : 0;
}

/* Finds what is at the path. Returns 0, or -1 with errno. */
static int
find_shared(struct share *share, const char *given)
{
	char *path = realpath(given, NULL);
	struct stat stat_now;
	int result = -1, saved;

	if (path == NULL)
		return -1;
	if (stat(path, &stat_now) == 0) {
		share->is_folder = S_ISDIR(stat_now.st_mode);
		if (share->is_folder || S_ISREG(stat_now.st_mode))
			result = split_path(share, path);
		else
			errno = ENODEV;
	}
	saved = errno;
	free(path);
	errno = saved;
	return result;
}

static void
explain_path(const char *path, int code, char *error)
{
	char shown[SHARE_ERROR / 2];

	text_escape(shown, sizeof(shown), path, strlen(path));
	snprintf(error, SHARE_ERROR, "cannot share %s: %s", shown,
	    code == EINVAL     ? "it is no file or folder with a name" :
		code == ENODEV ? "it is neither a regular file nor a folder" :
				 strerror(code));
}

/* Returns 0, or -1 with a message if the options do not fit a folder. */
static int
check_folder(const struct share *share, const struct share_settings *settings,
    char *error)
{
	if (!share->is_folder)
		return 0;
	if (settings->once > 0)
		snprintf(error, SHARE_ERROR,
		    "--once is for a file: a server cannot know when a client "
		    "has a whole folder; --for TIME (90s, 30m, 2h) ends the "
		    "share");
	else if (settings->time == 0)
		snprintf(error, SHARE_ERROR,
		    "--share of a folder needs --for TIME (90s, 30m, 2h)");
	else
		return 0;
	return -1;
}

/* One key and an hour, unless the operator says otherwise. */
static void
set_limits(struct share *share, const struct share_settings *settings)
{
	share->once = (unsigned)settings->once;
	share->time = settings->time;
	if (settings->time > 0)
		return;
	share->time = SHARE_HOUR;
	if (settings->once == 0)
		share->once = 1;
}

struct share *
share_new(const struct share_settings *settings, bool *usage,
    char error[SHARE_ERROR])
{
	struct share *share = calloc(1, sizeof(*share));
	uint8_t random[KEY_NAME_HASH];

	*usage = false;
	if (share == NULL) {
		snprintf(error, SHARE_ERROR, "cannot share: %s",
		    strerror(ENOMEM));
		return NULL;
	}
	pthread_mutex_init(&share->lock, NULL);
	share->wake_fd = -1;
	share->end = CLOCK_NEVER;
	if (find_shared(share, settings->path) != 0) {
		explain_path(settings->path, errno, error);
		share_free(share);
		return NULL;
	}
	if (check_folder(share, settings, error) != 0) {
		*usage = true;
		share_free(share);
		return NULL;
	}
	set_limits(share, settings);
	share->scope_name =
	    (struct scope_name){.bytes = (const uint8_t *)share->name,
		.len = strlen(share->name)};
	share->scope = (struct scope){.names = &share->scope_name, .n = 1};
	if (share_guests_open(&share->guests,
		share->once > 0 ? share->once : SHARE_KEYS_MOST) != 0) {
		explain_path(settings->path, ENOMEM, error);
		share_free(share);
		return NULL;
	}
	arc4random_buf(random, sizeof(random));
	key_name_of(&share->ticket, random);
	explicit_bzero(random, sizeof(random));
	return share;
}

void
share_free(struct share *share)
{
	if (share == NULL)
		return;
	share_guests_close(&share->guests);
	pthread_mutex_destroy(&share->lock);
	free(share->folder);
	free(share->name);
	explicit_bzero(&share->ticket, sizeof(share->ticket));
	free(share);
}

const char *
share_folder(const struct share *share)
{
	return share->folder;
}

bool
share_is_folder(const struct share *share)
{
	return share->is_folder;
}

const struct scope *
share_scope(const struct share *share)
{
	return share->is_folder ? NULL : &share->scope;
}

const char *
share_name(const struct share *share)
{
	return share->name;
}

const struct key_name *
share_ticket(const struct share *share)
{
	return &share->ticket;
}

unsigned
share_once(const struct share *share)
{
	return share->once;
}

int64_t
share_time(const struct share *share)
{
	return share->time;
}

bool
share_admits_key(void *arg, const struct key_name *key)
{
	(void)arg;
	return key != NULL;
}

/* ---- its end ------------------------------------------------------------ */

void
share_start(struct share *share, int wake_fd)
{
	const struct itimerval timer = {
	    .it_value = {.tv_sec = (time_t)(share->time / CLOCK_SEC)}};

	share->wake_fd = wake_fd;
	share->end = clock_now() + share->time;
	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

bool
share_is_over(const struct share *share)
{
	return share != NULL &&
	    (atomic_load(&share->all_have_it) || clock_now() >= share->end);
}

void
share_tell(struct share *share)
{
	char *text = NULL, shown[1024];
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return;
	text_escape(shown, sizeof(shown), share->name, strlen(share->name));
	fprintf(out, "%s: ", shown);
	pthread_mutex_lock(&share->lock);
	share_guests_tell(&share->guests, share->is_folder, out);
	if (share->turned_away > 0)
		fprintf(out, "; %llu connection%s came too late",
		    (unsigned long long)share->turned_away,
		    share->turned_away == 1 ? "" : "s");
	pthread_mutex_unlock(&share->lock);
	fprintf(out, "; %s\n",
	    atomic_load(&share->all_have_it) ? "the link is used up" :
		clock_now() >= share->end    ? "its time is over" :
					       "stopped by a signal");
	if (fclose(out) == 0 && text != NULL && standard_print(text, size) != 0)
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "standard output: %s",
		    strerror(errno));
	free(text);
}
