/*
 * Compares replies with those of the same server before any fault, whose bytes
 * were compared with the served files. A FETCH whose trailer says CHANGED is
 * not compared.
 */

#include <sys/socket.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "common/protocol.h"
#include "tests/faults/guest.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/sum.h"
#include "tests/harness/talk.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

enum {
	GUEST_SMALL = 20000,
	GUEST_LARGE = 1500000, /* bytes: more than a piece of the server's */
	GUEST_BLOCK = 64 * 1024,
};

#define GUEST_PATIENCE 20 /* seconds without a byte */

static const struct {
	const char *row;
	const char *name;
	enum protocol_op op;
} questions[] = {
    {"GET of a small file", "small", PROTOCOL_OP_GET},
    {"GET of a large file", "large", PROTOCOL_OP_GET},
    {"FETCH", "large", PROTOCOL_OP_FETCH},
    {"LIST", ".", PROTOCOL_OP_LIST},
    {"DIGEST", "large", PROTOCOL_OP_DIGEST},
    {"STAT", "large", PROTOCOL_OP_STAT},
};

struct answer {
	enum protocol_status status;
	uint64_t length;
	struct sum body; /* body of a reply; not set after CHANGED */
	bool changed;
};

static struct answer right[HARNESS_ROWS(questions)];

void
guest_prepare(void)
{
	scratch_fill("served/small", GUEST_SMALL, 1);
	scratch_fill("served/large", GUEST_LARGE, 2);
	scratch_symlink("small", "served/link");
	scratch_mkdir("served/folder");
}

/* Receives n bytes into a sum or, if they are few, into bytes. Returns 0, or -1
 * at an end or error. */
static int
receive_bytes(int fd, uint64_t n, SHA2_CTX *context, uint8_t *bytes)
{
	uint8_t block[GUEST_BLOCK];
	ssize_t got;

	for (; n > 0; n -= (uint64_t)got) {
		got = recv(fd, block, n < sizeof(block) ? n : sizeof(block), 0);
		if (got == 0)
			errno = ECONNRESET;
		if (got <= 0)
			return -1;
		if (context != NULL)
			SHA256Update(context, block, (size_t)got);
		if (bytes == NULL)
			continue;
		memcpy(bytes, block, (size_t)got);
		bytes += got;
	}
	return 0;
}

static int
send_question(int fd, size_t question)
{
	uint8_t bytes[PROTOCOL_PREFIX_SIZE + PROTOCOL_FIXED_MAX + 16];
	size_t len = talk_encode(bytes, questions[question].op,
	    questions[question].name);

	if (questions[question].op == PROTOCOL_OP_FETCH)
		bytes[1] = PROTOCOL_FETCH_DIGEST;
	return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1;
}

/* Sends a request and receives the reply. Returns 0, or -1 if the connection
 * ended before. */
static int
exchange(int fd, size_t question, struct answer *answer)
{
	uint8_t head[PROTOCOL_REPLY_HEADER_SIZE],
	    trailer[PROTOCOL_TRAILER_SIZE];
	uint64_t behind;
	SHA2_CTX context;

	SHA256Init(&context);
	*answer = (struct answer){.changed = false};
	/* Bytes received before an end count. */
	(void)send_question(fd, question);
	if (receive_bytes(fd, sizeof(head), NULL, head) != 0)
		return -1;
	ck_assert_int_eq(protocol_decode_reply(head, &answer->status,
			     &answer->length),
	    0);
	behind = answer->status == PROTOCOL_OK &&
		questions[question].op == PROTOCOL_OP_FETCH ?
	    sizeof(trailer) :
	    0;
	ck_assert_uint_ge(answer->length, behind);
	if (receive_bytes(fd, answer->length - behind, &context, NULL) != 0 ||
	    receive_bytes(fd, behind, NULL, trailer) != 0)
		return -1;
	if (behind > 0) {
		answer->changed = trailer[0] == PROTOCOL_CHANGED;
		if (!answer->changed)
			SHA256Update(&context, trailer, sizeof(trailer));
	}
	SHA256Final(answer->body.bytes, &context);
	return 0;
}

int
guest_stay(uint16_t port, unsigned number)
{
	struct answer answer;
	char from[32];
	int fd;

	snprintf(from, sizeof(from), "127.0.%u.%u", 1 + number / 250,
	    1 + number % 250);
	fd = wire_connect_with(port, &(struct wire_options){.from = from});
	ck_assert_int_eq(exchange(fd, HARNESS_ROWS(questions) - 1, &answer), 0);
	return fd;
}

static int
enter(uint16_t port)
{
	struct timeval patience = {.tv_sec = GUEST_PATIENCE};
	int fd = wire_connect(port);

	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			     sizeof(patience)),
	    0);
	return fd;
}

void
guest_learn(uint16_t port)
{
	char path[32];
	struct sum served;
	int fd = enter(port);
	size_t i;

	for (i = 0; i < HARNESS_ROWS(questions); i++) {
		ck_assert_msg(exchange(fd, i, &right[i]) == 0, "%s",
		    questions[i].row);
		ck_assert_int_eq(right[i].status, PROTOCOL_OK);
		ck_assert(!right[i].changed);
		if (questions[i].op != PROTOCOL_OP_GET)
			continue;
		snprintf(path, sizeof(path), "served/%s", questions[i].name);
		sum_file(&served, path, 0, UINT64_MAX);
		sum_expect(&right[i].body, &served, path);
	}
	close(fd);
}

/* Returns whether the bytes are equal to the reference. A LIST on a failing
 * disk has all names, but may lack attributes. */
static bool
is_right(size_t question, const struct answer *answer, unsigned may)
{
	bool in_part = questions[question].op == PROTOCOL_OP_LIST &&
	    (may & GUEST_SAYS(PROTOCOL_IO_ERROR)) != 0;

	return answer->length == right[question].length &&
	    (in_part ||
		memcmp(&answer->body, &right[question].body,
		    sizeof(answer->body)) == 0);
}

/* Returns what is wrong with a reply, or NULL. */
static const char *
judge_reply(size_t question, const struct answer *answer, unsigned may)
{
	enum protocol_status status =
	    answer->changed ? PROTOCOL_CHANGED : answer->status;

	if ((may & GUEST_SAYS(status)) == 0)
		return protocol_status_name(status);
	if (status == PROTOCOL_OK && !is_right(question, answer, may))
		return "other bytes than are served";
	return NULL;
}

/* Makes one request. Returns what is wrong with the outcome, or NULL; sets
 * *ended if the connection ended. */
static const char *
try(int fd, size_t question, unsigned may, bool *ended)
{
	struct answer answer;

	*ended = exchange(fd, question, &answer) != 0;
	if (!*ended)
		return judge_reply(question, &answer, may | GUEST_ALL_WELL);
	if (errno == EAGAIN)
		return "nothing came";
	return (may & GUEST_MAY_BREAK) == 0 ? "the connection ended" : NULL;
}

const char *
guest_visit(uint16_t port, unsigned may)
{
	static char text[128];
	const char *wrong = NULL;
	bool ended = false;
	int fd = enter(port);
	size_t i;

	for (i = 0; i < HARNESS_ROWS(questions) && !ended; i++) {
		wrong = try(fd, i, may, &ended);
		if (wrong == NULL)
			continue;
		snprintf(text, sizeof(text), "%s: %s", questions[i].row, wrong);
		break;
	}
	close(fd);
	return wrong == NULL ? NULL : text;
}
