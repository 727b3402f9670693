/*
 * One thread, one connection at a time. Each wait uses poll(2) on the socket
 * and on the stop event with a deadline, so that the thread cannot block a
 * test.
 */

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "common/digest.h"
#include "tests/harness/fake.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

static bool __attribute__((format(printf, 2, 3)))
blame(struct fake *fake, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	if (fake->error[0] == '\0')
		vsnprintf(fake->error, sizeof(fake->error), format, ap);
	va_end(ap);
	return false;
}

/* Waits for a descriptor. Returns false when the server is to stop. */
static bool
await_ready(struct fake *fake, int fd, short events)
{
	struct pollfd fds[2] = {{.fd = fd, .events = events},
	    {.fd = fake->stop_fd, .events = POLLIN}};
	int64_t deadline = clock_now() + WAIT_LIMIT;
	int ready;

	if (fd < 0)
		return false;
	do
		ready = poll(fds, 2, clock_poll_timeout(deadline));
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		return blame(fake, "connection %u: time-out", fake->connection);
	return fds[1].revents == 0;
}

/* Refuses the question of a client that doubts whether this is a fileserv
 * (client/wire/foreign_peer.c), as a fileserv does. Returns whether there was
 * one. */
static bool
refuse_question(struct fake *fake)
{
	uint8_t first = 0;

	if (!await_ready(fake, fake->fd, POLLIN) ||
	    recv(fake->fd, &first, 1, MSG_PEEK) != 1 ||
	    (first != 'H' && first != 0x16))
		return false;
	fake_refuse(fake, PROTOCOL_UNSUPPORTED, "");
	return true;
}

static void *
run(void *argument)
{
	struct fake *fake = argument;

	while (fake->connection < fake->most) {
		if (!await_ready(fake, fake->listening, POLLIN))
			break;
		fake->fd = accept4(fake->listening, NULL, NULL, SOCK_CLOEXEC);
		if (fake->fd < 0) {
			blame(fake, "accept: %s", strerror(errno));
			break;
		}
		/* Small replies are sent without delay. */
		setsockopt(fake->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1},
		    sizeof(int));
		if (!refuse_question(fake)) {
			atomic_fetch_add(&fake->taken, 1);
			fake->n_in = 0;
			fake->play(fake);
			fake->connection++;
		}
		fake_end(fake);
	}
	close(fake->listening);
	return NULL;
}

void
fake_start(struct fake *fake, unsigned most, void (*play)(struct fake *),
    const void *argument)
{
	memset(fake, 0, sizeof(*fake));
	fake->fd = -1;
	fake->most = most;
	fake->play = play;
	fake->argument = argument;
	fake->listening = wire_listen(&fake->port);
	fake->stop_fd = eventfd(0, EFD_CLOEXEC);
	ck_assert_int_ge(fake->stop_fd, 0);
	ck_assert_int_eq(pthread_create(&fake->thread, NULL, run, fake), 0);
}

const char *
fake_join(struct fake *fake)
{
	ck_assert_int_eq(eventfd_write(fake->stop_fd, 1), 0);
	ck_assert_int_eq(pthread_join(fake->thread, NULL), 0);
	close(fake->stop_fd);
	return fake->error;
}

void
fake_stop(struct fake *fake)
{
	const char *error = fake_join(fake);

	ck_assert_msg(error[0] == '\0', "fake server: %s", error);
}

/* Receives 1 to len bytes. Returns their number, or 0 or less at the end. */
static ssize_t
receive(struct fake *fake, void *bytes, size_t len)
{
	ssize_t n;

	do {
		if (!await_ready(fake, fake->fd, POLLIN))
			return -1;
		n = recv(fake->fd, bytes, len, MSG_DONTWAIT);
	} while (n < 0 && (errno == EAGAIN || errno == EINTR));
	return n;
}

static void
record(struct fake *fake, const struct protocol_request *request,
    struct fake_asked *asked)
{
	*asked = (struct fake_asked){
	    .connection = fake->connection,
	    .op = request->op,
	    .flags = request->flags,
	    .token = request->token,
	    .offset = request->offset,
	    .count = request->count,
	    .cursor = request->cursor,
	};
	snprintf(asked->name, sizeof(asked->name), "%.*s",
	    (int)request->name_len, (const char *)request->name);
	atomic_fetch_add(&fake->asks, 1);
	if (fake->n_asked < FAKE_ASKED)
		fake->asked[fake->n_asked++] = *asked;
	else if (!fake->keeps_first)
		blame(fake, "more than %d requests", FAKE_ASKED);
}

bool
fake_ask(struct fake *fake, struct fake_asked *asked)
{
	struct protocol_request request;
	enum protocol_status status;
	size_t size;
	ssize_t n;

	*asked = (struct fake_asked){.op = PROTOCOL_OPS};
	for (;;) {
		status = protocol_decode_request(fake->in, fake->n_in, &request,
		    &size);
		if (status == PROTOCOL_OK)
			break;
		if (status != PROTOCOL_INCOMPLETE)
			return blame(fake, "a request that is %s",
			    protocol_status_name(status));
		n = receive(fake, fake->in + fake->n_in,
		    sizeof(fake->in) - fake->n_in);
		if (n <= 0)
			return false;
		fake->n_in += (size_t)n;
	}
	record(fake, &request, asked);
	fake->n_in -= size;
	memmove(fake->in, fake->in + size, fake->n_in);
	return true;
}

bool
fake_send(struct fake *fake, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;
	ssize_t n;

	while (len > 0) {
		if (!await_ready(fake, fake->fd, POLLOUT))
			return false;
		n = send(fake->fd, from, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0)
			return false;
		from += n;
		len -= (size_t)n;
		fake->sent += (uint64_t)n;
	}
	return true;
}

bool
fake_drip(struct fake *fake, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;
	size_t i;

	for (i = 0; i < len; i++)
		if (!fake_send(fake, from + i, 1))
			return false;
	return true;
}

bool
fake_pause(struct fake *fake, int64_t ns)
{
	struct pollfd fds[2] = {{.fd = fake->fd, .events = POLLRDHUP},
	    {.fd = fake->stop_fd, .events = POLLIN}};

	return poll(fds, 2, (int)(ns / CLOCK_MS)) == 0;
}

bool
fake_refuse(struct fake *fake, enum protocol_status status, const char *message)
{
	uint8_t header[PROTOCOL_REPLY_HEADER_SIZE];

	protocol_encode_reply(status, strlen(message), header);
	return fake_send(fake, header, sizeof(header)) &&
	    fake_send(fake, message, strlen(message));
}

static struct protocol_attributes
attributes_of(const struct fake_file *file)
{
	return (struct protocol_attributes){
	    .token = file->token,
	    .size = file->size,
	    .mtime_ns = file->mtime_ns,
	    .mode = file->mode,
	};
}

uint8_t *
fake_build_reply(const struct fake_file *file, uint64_t offset, size_t *len)
{
	struct protocol_attributes attributes = attributes_of(file);
	struct protocol_trailer trailer = {.size = file->size};
	size_t body = (size_t)(file->size - offset);
	uint8_t *reply, *to;

	*len = PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE + body +
	    PROTOCOL_TRAILER_SIZE;
	to = reply = malloc(*len);
	if (reply == NULL)
		abort();
	protocol_encode_reply(PROTOCOL_OK, *len - PROTOCOL_REPLY_HEADER_SIZE,
	    to);
	to += PROTOCOL_REPLY_HEADER_SIZE;
	protocol_encode_attributes(&attributes, to);
	to += PROTOCOL_ATTRIBUTES_SIZE;
	if (body > 0)
		memcpy(to, file->bytes + offset, body);
	digest_of(to, body, trailer.digest);
	protocol_encode_trailer(&trailer, to + body);
	return reply;
}

static bool
answer_digest(struct fake *fake, const struct fake_file *file,
    const struct fake_asked *asked)
{
	uint8_t reply[PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE +
	    PROTOCOL_DIGEST_SIZE];
	struct protocol_attributes attributes = attributes_of(file);
	uint64_t count = asked->count;

	if (count > file->size - asked->offset)
		count = file->size - asked->offset;
	protocol_encode_reply(PROTOCOL_OK,
	    sizeof(reply) - PROTOCOL_REPLY_HEADER_SIZE, reply);
	protocol_encode_attributes(&attributes,
	    reply + PROTOCOL_REPLY_HEADER_SIZE);
	digest_of(file->bytes + asked->offset, (size_t)count,
	    reply + PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE);
	return fake_send(fake, reply, sizeof(reply));
}

static bool
answer_state(struct fake *fake, const struct fake_file *file)
{
	uint8_t reply[PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE];
	struct protocol_attributes attributes = attributes_of(file);

	protocol_encode_reply(PROTOCOL_OK, PROTOCOL_ATTRIBUTES_SIZE, reply);
	protocol_encode_attributes(&attributes,
	    reply + PROTOCOL_REPLY_HEADER_SIZE);
	return fake_send(fake, reply, sizeof(reply));
}

bool
fake_answer(struct fake *fake, const struct fake_file *file,
    const struct fake_asked *asked)
{
	const struct protocol_attributes attributes = attributes_of(file);
	uint8_t *reply;
	size_t len;
	bool sent;

	if ((fake->is_old && protocol_is_content_token(asked->token)) ||
	    !protocol_token_matches(asked->token, &attributes))
		return fake_refuse(fake, PROTOCOL_CHANGED, "another version");
	if (asked->offset > file->size)
		return fake_refuse(fake, PROTOCOL_BAD_RANGE, "past the end");
	if (asked->op == PROTOCOL_OP_DIGEST)
		return answer_digest(fake, file, asked);
	if (asked->op == PROTOCOL_OP_STAT)
		return answer_state(fake, file);
	if (asked->op != PROTOCOL_OP_FETCH)
		return blame(fake, "asked for op %u", asked->op);
	reply = fake_build_reply(file, asked->offset, &len);
	sent = fake_send(fake, reply, len);
	free(reply);
	return sent;
}

void
fake_serve(struct fake *fake, const struct fake_file *file)
{
	struct fake_asked asked;

	while (fake_ask(fake, &asked) && fake_answer(fake, file, &asked))
		continue;
}

void
fake_stall(struct fake *fake)
{
	uint8_t dropped[4096];

	while (receive(fake, dropped, sizeof(dropped)) > 0)
		continue;
}

void
fake_reset(struct fake *fake)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	if (fake->fd < 0)
		return;
	if (setsockopt(fake->fd, SOL_SOCKET, SO_LINGER, &linger,
		sizeof(linger)) != 0)
		blame(fake, "linger: %s", strerror(errno));
	close(fake->fd);
	fake->fd = -1;
}

void
fake_end(struct fake *fake)
{
	if (fake->fd < 0)
		return;
	/* Unread bytes would turn the end into a reset. */
	if (shutdown(fake->fd, SHUT_WR) == 0)
		fake_stall(fake);
	close(fake->fd);
	fake->fd = -1;
}
