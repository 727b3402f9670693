/*
 * A kept file costs a descriptor, so all sessions share a number of places, and
 * a session that finds none free keeps nothing. The handle's descriptor is
 * taken over, not duplicated, which saves a system call.
 */

#include "server/kept.h"
#include "server/state.h"

void
kept_init(struct kept *kept, struct kept_places *places)
{
	*kept = (struct kept){.places = places, .file = {.fd = -1}};
}

/* Takes a place; returns false if none is free. */
static bool
take_place(struct kept_places *places)
{
	unsigned free = atomic_load(&places->free);

	while (free > 0)
		if (atomic_compare_exchange_weak(&places->free, &free,
			free - 1))
			return true;
	return false;
}

void
kept_keep(struct kept *kept, struct root_file *file, int64_t now)
{
	struct protocol_attributes attributes;
	bool is_kept;

	state_attributes(&file->stat, &attributes);
	is_kept = kept->file.fd >= 0 && kept->id == attributes.token.id;
	if (is_kept) {
		kept->file.stat = file->stat;
	} else if (kept->file.fd >= 0 || take_place(kept->places)) {
		if (kept->file.fd >= 0)
			root_close_file(&kept->file);
		kept->file = *file;
		kept->id = attributes.token.id;
		file->fd = -1;
	} else {
		return;
	}
	kept->asked = now;
	kept->away = 0;
}

/* Updates the file's state. Returns false if its mode or owner has changed
 * since its name was looked up, if its file system gives it another id, or if
 * the state cannot be read. */
static bool
refresh_state(struct kept *kept)
{
	struct stat now;
	const struct stat *before = &kept->file.stat;

	if (state_read(kept->file.fd, "", &now) != 0 ||
	    now.st_dev != before->st_dev || now.st_ino != before->st_ino ||
	    now.st_mode != before->st_mode || now.st_uid != before->st_uid ||
	    now.st_gid != before->st_gid)
		return false;
	kept->file.stat = now;
	return true;
}

struct root_file *
kept_find(struct kept *kept, struct protocol_token token, int64_t now)
{
	if (kept->file.fd < 0 || token.version != 0 || token.id != kept->id)
		return NULL;
	if (kept->away == 0)
		kept->away = now;
	if (now >= kept_until(kept) || !refresh_state(kept)) {
		kept_release(kept);
		return NULL;
	}
	kept->asked = now;
	return &kept->file;
}

int64_t
kept_until(const struct kept *kept)
{
	int64_t idle = kept->asked + KEPT_IDLE;

	if (kept->file.fd < 0)
		return CLOCK_NEVER;
	if (kept->away != 0 && kept->away + KEPT_AWAY < idle)
		return kept->away + KEPT_AWAY;
	return idle;
}

void
kept_expire(struct kept *kept, int64_t now)
{
	if (now >= kept_until(kept))
		kept_release(kept);
}

void
kept_release(struct kept *kept)
{
	if (kept->file.fd < 0)
		return;
	root_close_file(&kept->file);
	atomic_fetch_add(&kept->places->free, 1);
}
