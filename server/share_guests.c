/* A table that only grows; there are few guests, so it is searched from its
 * beginning. server/share_visit.c decides which bytes a guest has. */

#include <sys/stat.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/amount.h"
#include "common/clock.h"
#include "server/share_guests.h"

enum {
	SHARE_GUESTS_TOLD = 8, /* named in the line at the end */
};

int
share_guests_open(struct share_guests *guests, size_t most)
{
	*guests = (struct share_guests){.most = most};
	guests->all = calloc(most, sizeof(struct share_guest *));
	return guests->all == NULL ? -1 : 0;
}

void
share_guests_close(struct share_guests *guests)
{
	size_t i;

	for (i = 0; i < guests->n; i++) {
		coverage_clear(&guests->all[i]->coverage);
		free(guests->all[i]);
	}
	free(guests->all);
	guests->all = NULL;
	guests->n = 0;
}

struct share_guest *
share_guests_find(struct share_guests *guests, const struct key_name *key,
    const struct net_address *address)
{
	struct share_guest *guest;
	size_t i;

	for (i = 0; i < guests->n; i++)
		if (key_name_equal(&guests->all[i]->key, key))
			return guests->all[i];
	if (guests->n == guests->most)
		return NULL;
	guest = calloc(1, sizeof(*guest));
	if (guest == NULL)
		return NULL;
	guest->key = *key;
	net_print_host(address, guest->address);
	guests->all[guests->n++] = guest;
	return guest;
}

void
share_guest_compare(struct share_guest *guest, const struct stat *file)
{
	uint64_t size = (uint64_t)file->st_size;
	int64_t mtime_ns =
	    file->st_mtim.tv_sec * CLOCK_SEC + file->st_mtim.tv_nsec;

	if (guest->began && size == guest->size &&
	    guest->inode == file->st_ino && mtime_ns == guest->mtime_ns)
		return;
	coverage_clear(&guest->coverage);
	guest->began = true;
	guest->version++;
	guest->size = size;
	guest->mtime_ns = mtime_ns;
	guest->inode = file->st_ino;
}

bool
share_guests_complete(struct share_guests *guests, struct share_guest *guest)
{
	if (guest->has_it || !guest->began || guest->connections > 0 ||
	    !coverage_is_whole(&guest->coverage, guest->size))
		return false;
	guest->has_it = true;
	guests->have_it++;
	return true;
}

/* Prints the key and the address of one guest. */
static void
tell_guest(const struct share_guest *guest, FILE *out)
{
	char key[KEY_NAME_TEXT];

	key_name_format(&guest->key, key);
	fprintf(out, "%s (%s)", key, guest->address);
}

static void
tell_part(const struct share_guest *guest, bool is_folder, FILE *out)
{
	char sent[AMOUNT_TEXT], size[AMOUNT_TEXT], sum[AMOUNT_TEXT];

	amount_print(guest->sent, sent);
	amount_print(guest->size, size);
	amount_print(coverage_sum(&guest->coverage), sum);
	if (is_folder)
		fprintf(out, " was sent %" PRIu64 " file%s, %s", guest->files,
		    guest->files == 1 ? "" : "s", sent);
	else if (guest->has_it)
		fputs(" has it", out);
	else if (guest->began)
		fprintf(out, " has %s of %s", sum, size);
	else
		fputs(" fetched nothing", out);
}

void
share_guests_tell(const struct share_guests *guests, bool is_folder, FILE *out)
{
	size_t i;

	if (guests->n == 0)
		fputs("nobody came", out);
	for (i = 0; i < guests->n && i < SHARE_GUESTS_TOLD; i++) {
		if (i > 0)
			fputs("; ", out);
		tell_guest(guests->all[i], out);
		tell_part(guests->all[i], is_folder, out);
	}
	if (guests->n > SHARE_GUESTS_TOLD)
		fprintf(out, "; and %zu more came",
		    guests->n - SHARE_GUESTS_TOLD);
}
