/*
 * Compares the first bytes with a table, and sends a question to a peer that is
 * silent. A fileserv refuses the question at once (protocol_is_foreign). A
 * wrong row only makes the description wrong: the peer has broken this protocol
 * in any case.
 */

#include <netdb.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/interrupt.h"
#include "client/wire/foreign_peer.h"
#include "common/clock.h"
#include "common/protocol.h"
#include "common/stream.h"

#define FOREIGN_PEER_QUIET (2 * CLOCK_SEC)  /* before the peer is asked */
#define FOREIGN_PEER_ASK   CLOCK_SEC	    /* to connect; for the reply */
#define FOREIGN_PEER_MORE  (200 * CLOCK_MS) /* for the rest of a line */

enum {
	FOREIGN_PEER_SAID = 80,	 /* bytes that are looked at */
	FOREIGN_PEER_QUOTED = 3, /* printable bytes that are worth showing */
};

/* The first row that fits decides. */
static const struct {
	const char *first;
	const char *word; /* somewhere in the first line; NULL: none */
	const char *what;
} rows[] = {
    {"HTTP/", NULL, "it speaks HTTP, as web servers do"},
    {"<!DOCTYPE", NULL, "it speaks HTTP, as web servers do"},
    {"<html", NULL, "it speaks HTTP, as web servers do"},
    {"SSH-", NULL, "it speaks SSH"},
    {"\025\003", NULL, "it speaks TLS, as https servers do"}, /* alert */
    {"\026\003", NULL, "it speaks TLS, as https servers do"}, /* handshake */
    {"220", "SMTP", "it is a mail server (SMTP)"},
    {"220", "FTP", "it is an FTP server"},
    {"220", NULL, "it speaks like a mail or FTP server"},
    {"+OK", NULL, "it is a mail server (POP3)"},
    {"* OK", NULL, "it is a mail server (IMAP)"},
    {"@RSYNCD:", NULL, "it speaks rsync"}, {"RFB ", NULL, "it speaks VNC"},
    {"-ERR", NULL, "it speaks like Redis"},
    {"-NOAUTH", NULL, "it speaks like Redis"},
    {"-DENIED", NULL, "it speaks like Redis"}, {"AMQP", NULL, "it speaks AMQP"},
    {"\377\373", NULL, "it speaks telnet"}, /* IAC WILL */
    {"\377\375", NULL, "it speaks telnet"}, /* IAC DO */
};

struct question {
	const char *bytes;
	size_t len;
};

/* A web server waits for the end of a line, which no request of this protocol
 * has. */
static const struct question line = {"HEAD / HTTP/1.0\r\n\r\n", 19};

/* A TLS server may close a connection on anything else without a reply. It
 * refuses an empty ClientHello with an alert. */
static const struct question hello = {"\026\003\001\0\004\001\0\0\0", 9};

/* Copies the first line as far as it is printable ASCII. Returns its length. */
static size_t
copy_first_line(char said[FOREIGN_PEER_SAID + 1], const uint8_t *bytes,
    size_t len)
{
	size_t n = 0;

	while (n < len && n < FOREIGN_PEER_SAID && bytes[n] >= ' ' &&
	    bytes[n] < 0x7f) {
		said[n] = (char)bytes[n];
		n++;
	}
	said[n] = '\0';
	return n;
}

/* The greeting of a MySQL server: a length of three bytes, the number 0, the
 * version 10. */
static bool
is_mysql(const uint8_t *bytes, size_t len)
{
	return len >= 5 && memcmp(bytes + 1, "\0\0\0\n", 4) == 0;
}

static void
describe_bytes(const uint8_t *bytes, size_t len, char text[FOREIGN_PEER_TEXT])
{
	char said[FOREIGN_PEER_SAID + 1];
	size_t i, n, shown = copy_first_line(said, bytes, len);

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		n = strlen(rows[i].first);
		if (len < n || memcmp(bytes, rows[i].first, n) != 0 ||
		    (rows[i].word != NULL &&
			strstr(said, rows[i].word) == NULL))
			continue;
		strlcpy(text, rows[i].what, FOREIGN_PEER_TEXT);
		return;
	}
	if (is_mysql(bytes, len))
		strlcpy(text, "it speaks like MySQL", FOREIGN_PEER_TEXT);
	else if (shown < FOREIGN_PEER_QUOTED)
		strlcpy(text, "an unknown reply", FOREIGN_PEER_TEXT);
	else
		snprintf(text, FOREIGN_PEER_TEXT, "an unknown reply, \"%s\"",
		    said);
}

void
foreign_peer_describe(struct stream *stream, char text[FOREIGN_PEER_TEXT])
{
	int64_t deadline = clock_now() + FOREIGN_PEER_MORE;
	const uint8_t *bytes;
	size_t len;

	bytes = stream_peek(stream, &len);
	while (len < FOREIGN_PEER_SAID && memchr(bytes, '\n', len) == NULL &&
	    stream_fill(stream, deadline) == 1)
		bytes = stream_peek(stream, &len);
	describe_bytes(bytes, len, text);
}

/* Sends the question and receives the beginning of the reply. Returns as
 * stream_fill does. */
static int
exchange_question(struct stream *stream, const struct question *question)
{
	uint8_t *room = stream_reserve(stream, question->len);

	if (room == NULL)
		return -1;
	memcpy(room, question->bytes, question->len);
	stream_commit(stream, question->len);
	(void)stream_push(stream);
	return stream_fill(stream, clock_now() + FOREIGN_PEER_ASK);
}

/* Asks the peer over a second connection. Returns 1 with a description if it is
 * no fileserv, or 0. */
static int
ask_peer(const struct net_address *address, const struct question *question,
    char text[FOREIGN_PEER_TEXT])
{
	struct net_address copy = *address;
	const struct addrinfo info = {
	    .ai_family = copy.any.sa_family,
	    .ai_socktype = SOCK_STREAM,
	    .ai_addr = &copy.any,
	    .ai_addrlen = sizeof(copy),
	};
	char error[NET_ERROR];
	struct stream stream;
	size_t len;
	int fd, result = 0;

	fd = net_connect(&info, FOREIGN_PEER_ASK, interrupt_fd(), error);
	if (fd < 0)
		return 0;
	stream_open(&stream, fd, interrupt_fd());
	if (exchange_question(&stream, question) == 1 &&
	    stream_peek(&stream, &len)[0] >= PROTOCOL_STATUSES) {
		foreign_peer_describe(&stream, text);
		result = 1;
	}
	stream_rest(&stream);
	close(fd);
	return result;
}

int
foreign_peer_receive(struct stream *stream, int64_t limit,
    const struct net_address *unanswered, char text[FOREIGN_PEER_TEXT])
{
	int64_t now = clock_now();
	bool is_silent;
	int got, code;

	text[0] = '\0';
	if (unanswered == NULL)
		return stream_fill(stream, now + limit);
	got = stream_fill(stream,
	    now + (limit < FOREIGN_PEER_QUIET ? limit : FOREIGN_PEER_QUIET));
	if (got == 1 || (got < 0 && errno == ECANCELED))
		return got;
	code = errno;
	is_silent = got < 0 && code == ETIMEDOUT;
	if (ask_peer(unanswered, is_silent ? &line : &hello, text) == 1)
		return 1;
	errno = code;
	return is_silent && limit > FOREIGN_PEER_QUIET ?
	    stream_fill(stream, now + limit) :
	    got;
}
