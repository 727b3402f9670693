/*
 * Names with a ticket, and what each guest has of a file. Sessions call this
 * for each request; the lock of the share guards the guests.
 */

#include <sys/socket.h>

#include <stdio.h>
#include <string.h>

#include "server/share_private.h"
#include "server/share_visit.h"

/* Bytes that the kernels of both sides may hold: after a connection broke, the
 * client has perhaps not received so many of those sent last. */
#define SHARE_ON_THE_WAY ((uint64_t)16 * 1024 * 1024)

/* ---- requests ----------------------------------------------------------- */

/* Cuts ~TICKET/NAME off the name of a request, which leaves a name below the
 * served folder. Returns whether the request is for what is shared. */
static bool
cut_name(const struct share *share, struct protocol_request *request)
{
	const size_t before = 1 + KEY_NAME_LETTERS + 1;
	size_t len = strlen(share->name), left = request->name_len;
	const uint8_t *name = request->name;
	struct key_name ticket = {.letters = ""};

	if (left < before + len || name[0] != '~' || name[before - 1] != '/')
		return false;
	memcpy(ticket.letters, name + 1, KEY_NAME_LETTERS);
	if (!key_name_equal(&ticket, &share->ticket))
		return false;
	name += before;
	left -= before;
	if (memcmp(name, share->name, len) != 0 ||
	    (left > len && (!share->is_folder || name[len] != '/')))
		return false;
	if (share->is_folder) {
		request->name =
		    left == len ? (const uint8_t *)"." : name + len + 1;
		request->name_len = left == len ? 1 : left - len - 1;
	} else {
		request->name = name;
		request->name_len = len;
	}
	return true;
}

void
share_visit_begin(struct share_visit *visit, struct share *share,
    const struct key_name *key, const struct net_address *address)
{
	*visit = (struct share_visit){.share = share,
	    .key = key,
	    .address = address};
}

/* Enters the client as a guest. Returns the status of its requests. */
static enum protocol_status
enter_guest(struct share *share, struct share_visit *visit, const char **why)
{
	struct share_guest *guest;

	if (visit->key == NULL) {
		*why = "this link counts clients by their keys: show yours";
		return PROTOCOL_DENIED;
	}
	guest = share_guests_find(&share->guests, visit->key, visit->address);
	if (guest == NULL) {
		share->turned_away += !visit->turned_away;
		visit->turned_away = true;
		*why = "this link is used up: it was for fewer clients, and "
		       "others came first";
		return PROTOCOL_DENIED;
	}
	if (share->once > 0 && guest->has_it) {
		*why = "this link is used up: your key has had the whole file";
		return PROTOCOL_DENIED;
	}
	guest->connections++;
	visit->guest = guest;
	return PROTOCOL_OK;
}

enum protocol_status
share_visit_admit(struct share_visit *visit, struct protocol_request *request,
    enum protocol_status status, const char **why)
{
	struct share *share = visit->share;

	*why = NULL;
	if (share == NULL)
		return status;
	if (status == PROTOCOL_OK && !cut_name(share, request)) {
		*why = "this link leads to nothing here: it is cut, mistyped "
		       "or old";
		status = PROTOCOL_NOT_FOUND;
	}
	if (status == PROTOCOL_OK && visit->guest == NULL) {
		pthread_mutex_lock(&share->lock);
		status = enter_guest(share, visit, why);
		pthread_mutex_unlock(&share->lock);
	}
	if (status != PROTOCOL_OK)
		request->name_len = 0;
	return status;
}

void
share_visit_log(const struct share_visit *visit,
    const struct protocol_request *request, struct log_request *line,
    struct request_log *log, int64_t now)
{
	const struct share *share = visit->share;
	bool below = share->is_folder &&
	    !(request->name_len == 1 && request->name[0] == '.');
	char name[NAMES_MAX + 1];

	/* The name on the wire was longer. */
	if (request->name_len == 0)
		line->name_len = strlcpy(name, "~", sizeof(name));
	else
		line->name_len = (size_t)snprintf(name, sizeof(name),
		    "~/%s%s%.*s", share->name, below ? "/" : "",
		    below ? (int)request->name_len : 0,
		    (const char *)request->name);
	line->name = (const uint8_t *)name;
	request_log_add(log, line, now);
}

/* ---- what guests have --------------------------------------------------- */

/* Returns how many bytes of the file were among the sent bytes of a body. */
static uint64_t
count_file_bytes(const struct protocol_request *request, uint64_t sent,
    uint64_t most)
{
	if (request->op == PROTOCOL_OP_FETCH)
		sent -= sent < PROTOCOL_ATTRIBUTES_SIZE ?
		    sent :
		    PROTOCOL_ATTRIBUTES_SIZE;
	return sent < most ? sent : most;
}

/* Adds a range that was sent. It is kept apart while it is the last of its
 * connection, whose end may destroy bytes on the way. */
static void
add_sent(struct share_visit *visit, uint64_t from, uint64_t to)
{
	if (visit->version != visit->guest->version) {
		/* These bytes were those of an earlier state of the file. */
		visit->version = visit->guest->version;
		visit->from = visit->to = from;
	}
	if (from != visit->to) {
		(void)coverage_add(&visit->guest->coverage, visit->from,
		    visit->to);
		visit->from = from;
	}
	visit->to = to;
}

void
share_visit_note(struct share_visit *visit,
    const struct protocol_request *request, uint64_t sent,
    const struct root_file *file)
{
	struct share *share = visit->share;
	struct share_guest *guest = visit->guest;
	uint64_t from = request->offset, size, n;

	if (guest == NULL || file->fd < 0 || sent == 0)
		return;
	size = (uint64_t)file->stat.st_size;
	if (request->op == PROTOCOL_OP_GET)
		from = 0;
	if (from > size)
		return;
	n = size - from;
	if (request->op != PROTOCOL_OP_GET && request->count < n)
		n = request->count;
	pthread_mutex_lock(&share->lock);
	if (!share->is_folder)
		share_guest_compare(guest, &file->stat);
	if (request->op == PROTOCOL_OP_DIGEST) {
		/* It has these bytes, and proves them. */
		if (!share->is_folder)
			(void)coverage_add(&guest->coverage, from, from + n);
	} else {
		n = count_file_bytes(request, sent, n);
		guest->sent += n;
		guest->files += from + n == size;
		if (!share->is_folder)
			add_sent(visit, from, from + n);
	}
	pthread_mutex_unlock(&share->lock);
}

/* Adds the last range of a connection that has ended. */
static void
add_last(const struct share_visit *visit, bool orderly)
{
	uint64_t lost = orderly ? 0 : SHARE_ON_THE_WAY;

	if (visit->version == visit->guest->version &&
	    visit->to - visit->from > lost)
		(void)coverage_add(&visit->guest->coverage, visit->from,
		    visit->to - lost);
}

void
share_visit_end(struct share_visit *visit, bool orderly)
{
	struct share *share = visit->share;
	struct share_guest *guest = visit->guest;
	bool over = false;

	if (guest == NULL)
		return;
	pthread_mutex_lock(&share->lock);
	guest->connections--;
	if (!share->is_folder) {
		add_last(visit, orderly);
		/* After a broken connection the client comes back. */
		over = orderly &&
		    share_guests_complete(&share->guests, guest) &&
		    share->guests.have_it == share->once;
	}
	pthread_mutex_unlock(&share->lock);
	visit->guest = NULL;
	if (!over)
		return;
	atomic_store(&share->all_have_it, true);
	(void)shutdown(share->wake_fd, SHUT_RD);
}
