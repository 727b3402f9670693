/* here never exceeds all: the bytes of a file count up to its size, and those
 * that come again are taken back first. Bytes of an earlier run count as here,
 * not as received. */

#include <string.h>

#include "client/ui/tally.h"

void
tally_open(struct tally *tally)
{
	memset(tally, 0, sizeof(*tally));
	pthread_mutex_init(&tally->lock, NULL);
	TAILQ_INIT(&tally->under_way);
}

void
tally_begin(struct tally *tally, uint64_t files, bool is_listing)
{
	pthread_mutex_lock(&tally->lock);
	tally->files_all = tally->files_unknown = files;
	tally->files_over = 0;
	tally->all = tally->here = tally->received = tally->reused = 0;
	pthread_mutex_unlock(&tally->lock);
	atomic_store(&tally->is_listing, is_listing);
	atomic_store(&tally->is_resting, false);
}

/* The caller of the static functions holds the lock. */
static void
set_size(struct tally *tally, struct tally_file *file, uint64_t size)
{
	if (!file->has_size)
		tally->files_unknown--;
	file->has_size = true;
	tally->all += size - file->size;
	file->size = size;
}

static void
set_here(struct tally *tally, struct tally_file *file, uint64_t here)
{
	if (here > file->size)
		here = file->size;
	tally->here += here - file->here;
	file->here = here;
}

static void
remove_under_way(struct tally *tally, struct tally_file *file)
{
	if (file->is_under_way)
		TAILQ_REMOVE(&tally->under_way, file, next);
	file->is_under_way = false;
}

void
tally_add_file(struct tally *tally, struct tally_file *file, uint64_t size)
{
	pthread_mutex_lock(&tally->lock);
	tally->files_all++;
	tally->files_unknown++;
	set_size(tally, file, size);
	pthread_mutex_unlock(&tally->lock);
}

void
tally_add_unchanged(struct tally *tally, uint64_t size)
{
	pthread_mutex_lock(&tally->lock);
	tally->files_all++;
	tally->files_over++;
	tally->all += size;
	tally->here += size;
	pthread_mutex_unlock(&tally->lock);
}

void
tally_set_size(struct tally *tally, struct tally_file *file, uint64_t size)
{
	pthread_mutex_lock(&tally->lock);
	set_here(tally, file, file->here < size ? file->here : size);
	set_size(tally, file, size);
	pthread_mutex_unlock(&tally->lock);
}

void
tally_begin_file(struct tally *tally, struct tally_file *file, const char *name,
    uint64_t size, uint64_t at)
{
	pthread_mutex_lock(&tally->lock);
	set_here(tally, file, 0);
	set_size(tally, file, size);
	set_here(tally, file, at);
	file->name = name;
	if (!file->is_under_way)
		TAILQ_INSERT_TAIL(&tally->under_way, file, next);
	file->is_under_way = true;
	pthread_mutex_unlock(&tally->lock);
}

void
tally_receive(struct tally *tally, struct tally_file *file, uint64_t n)
{
	pthread_mutex_lock(&tally->lock);
	tally->received += n;
	set_here(tally, file, file->here + n);
	pthread_mutex_unlock(&tally->lock);
}

void
tally_reuse(struct tally *tally, struct tally_file *file, uint64_t n)
{
	pthread_mutex_lock(&tally->lock);
	tally->reused += n;
	set_here(tally, file, file->here + n);
	pthread_mutex_unlock(&tally->lock);
}

void
tally_take_back(struct tally *tally, struct tally_file *file, uint64_t n)
{
	pthread_mutex_lock(&tally->lock);
	set_here(tally, file, n < file->here ? file->here - n : 0);
	pthread_mutex_unlock(&tally->lock);
}

void
tally_rest_file(struct tally *tally, struct tally_file *file)
{
	pthread_mutex_lock(&tally->lock);
	remove_under_way(tally, file);
	pthread_mutex_unlock(&tally->lock);
}

void
tally_end_file(struct tally *tally, struct tally_file *file, bool is_done)
{
	pthread_mutex_lock(&tally->lock);
	remove_under_way(tally, file);
	set_size(tally, file, is_done ? file->size : file->here);
	set_here(tally, file, file->size);
	tally->files_over++;
	pthread_mutex_unlock(&tally->lock);
}

void
tally_note_reply(struct tally *tally, bool is_listing)
{
	atomic_store_explicit(&tally->is_listing, is_listing,
	    memory_order_relaxed);
	atomic_fetch_add_explicit(&tally->replies, 1, memory_order_relaxed);
}

void
tally_set_resting(struct tally *tally, bool is_resting)
{
	atomic_store(&tally->is_resting, is_resting);
}

uint64_t
tally_received(struct tally *tally)
{
	uint64_t received;

	pthread_mutex_lock(&tally->lock);
	received = tally->received;
	pthread_mutex_unlock(&tally->lock);
	return received;
}
