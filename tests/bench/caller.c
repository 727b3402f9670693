/*
 * Receives many small replies at a time. Drops the bytes of a large plain body
 * in the kernel (tcp(7), MSG_TRUNC), so that receiving costs the generator next
 * to nothing, whichever server sends.
 */

#include <sys/socket.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tests/bench/caller.h"

enum {
	CALLER_DROP = 64 * 1024, /* bytes left of a body that is dropped */
	CALLER_DROP_MAX = 16 * 1024 * 1024,
};

int
caller_open(struct caller *caller, const struct sockaddr_in *address,
    enum dialect dialect, bool encrypted, const struct round *round)
{
	caller->dialect = dialect;
	caller->round = round;
	caller->sent = caller->to_send = caller->body = 0;
	caller->asked = caller->answered = 0;
	caller->head_len = 0;
	caller->full = false;
	return channel_open(&caller->channel, address,
	    encrypted ? dialect_protocol(dialect) : NULL, CALLER_PATIENCE);
}

void
caller_ask(struct caller *caller)
{
	caller->asked++;
	caller->to_send += caller->round->request;
}

int
caller_send(struct caller *caller, int flags)
{
	const uint8_t *bytes;
	uint64_t len;
	ssize_t n;

	caller->full = false;
	while (caller->sent < caller->to_send) {
		len = caller->to_send - caller->sent;
		bytes = round_bytes(caller->round, caller->sent, &len);
		n = channel_send(&caller->channel, bytes, len, flags,
		    &caller->full);
		if (n < 0)
			return errno == EAGAIN && flags != 0 ? 0 : -1;
		caller->sent += (uint64_t)n;
	}
	return 0;
}

/* Consumes the received part of a body. Returns whether the body is
 * complete. */
static bool
eat(struct caller *caller, const uint8_t **bytes, size_t *len)
{
	size_t n = caller->body < *len ? (size_t)caller->body : *len;

	caller->body -= n;
	*bytes += n;
	*len -= n;
	return caller->body == 0;
}

/* Parses received bytes. Returns 0, or -1 for a malformed reply. */
static int
digest(struct caller *caller, const uint8_t *bytes, size_t len)
{
	size_t head;
	int whole;

	if (caller->body > 0) {
		if (!eat(caller, &bytes, &len))
			return 0;
		caller->answered++;
	}
	while (len > 0) {
		if (caller->asked == caller->answered)
			return -1;
		whole = dialect_head(caller->dialect, bytes, len, &head,
		    &caller->body);
		if (whole < 0 || (whole == 0 && len > DIALECT_HEAD))
			return -1;
		if (whole == 0) {
			memcpy(caller->head, bytes, len);
			caller->head_len = len;
			return 0;
		}
		bytes += head;
		len -= head;
		if (eat(caller, &bytes, &len))
			caller->answered++;
	}
	return 0;
}

/* Receives a part of a large body. Returns as recv(2) does. */
static ssize_t
drop(struct caller *caller, uint8_t *buffer, int flags)
{
	size_t most = caller->body < CALLER_DROP_MAX ? (size_t)caller->body :
						       CALLER_DROP_MAX;
	ssize_t n;

	if (caller->channel.ssl != NULL && most > CALLER_BUFFER)
		most = CALLER_BUFFER;
	n = channel_receive(&caller->channel, buffer, most, MSG_TRUNC | flags);
	if (n <= 0)
		return n;
	caller->body -= (uint64_t)n;
	if (caller->body == 0)
		caller->answered++;
	return n;
}

/* Receives other bytes, after the part of a reply received before. Returns as
 * recv(2) does; EPROTO for a malformed reply. */
static ssize_t
take_body(struct caller *caller, uint8_t *buffer, int flags)
{
	size_t kept = caller->head_len;
	ssize_t n;

	memcpy(buffer, caller->head, kept);
	n = channel_receive(&caller->channel, buffer + kept,
	    CALLER_BUFFER - kept, flags);
	if (n <= 0)
		return n;
	caller->head_len = 0;
	if (digest(caller, buffer, kept + (size_t)n) == 0)
		return n;
	errno = EPROTO;
	return -1;
}

ssize_t
caller_receive(struct caller *caller, uint8_t *buffer, int flags)
{
	bool between = caller->head_len == 0 && caller->body == 0;
	ssize_t n;

	n = caller->body >= CALLER_DROP ? drop(caller, buffer, flags) :
					  take_body(caller, buffer, flags);
	if (n > 0)
		return n;
	if (n < 0)
		return errno == EAGAIN && flags != 0 ? 0 : -1;
	errno = between ? ECONNABORTED : EPROTO;
	return -1;
}

void
caller_close(struct caller *caller)
{
	channel_close(&caller->channel);
}
