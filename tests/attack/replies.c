/* Each reply is a header and a body of the announced length. */

#include <string.h>

#include "tests/attack/replies.h"

static void
begin_reply(struct replies *replies, bool compares, size_t body_len,
    struct replies_count *count)
{
	enum protocol_status status;

	if (protocol_decode_reply(replies->head, &status, &replies->left) !=
	    0) {
		count->wrong++;
		status = PROTOCOL_IO_ERROR;
		replies->left = 0;
	}
	count->begun++;
	count->ok += status == PROTOCOL_OK;
	count->busy += status == PROTOCOL_BUSY;
	count->refused += status != PROTOCOL_OK && status != PROTOCOL_BUSY;
	replies->compares = compares && status == PROTOCOL_OK;
	replies->differs = replies->compares && replies->left != body_len;
	replies->body_at = 0;
}

void
replies_take(struct replies *replies, const uint8_t *bytes, size_t len,
    const char *body, size_t body_len, struct replies_count *count)
{
	size_t some;

	while (len > 0) {
		if (replies->head_len < sizeof(replies->head)) {
			replies->head[replies->head_len++] = *bytes++;
			len--;
			if (replies->head_len < sizeof(replies->head))
				continue;
			begin_reply(replies, body != NULL, body_len, count);
		}
		some = replies->left < len ? (size_t)replies->left : len;
		if (replies->compares && !replies->differs)
			replies->differs =
			    memcmp(bytes, body + replies->body_at, some) != 0;
		replies->body_at += some;
		replies->left -= some;
		bytes += some;
		len -= some;
		if (replies->left > 0)
			continue;
		count->wrong += replies->differs;
		replies->head_len = 0;
		replies->done++;
	}
}

bool
replies_under_way(const struct replies *replies)
{
	return replies->head_len > 0;
}
