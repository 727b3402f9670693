/*
 * A BIO of our own: that of the library blocks or does not as the socket is
 * set, and its write(2) raises SIGPIPE.
 */

#include <sys/socket.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include <openssl/bio.h>

#include "common/tls_socket.h"

enum {
	/* recv(2) calls without a byte for the caller: more is a peer that only
	 * sends messages of TLS itself. */
	TLS_SOCKET_READS = 64,
};

/* Moves up to n of the early bytes. Returns their number. */
static int
take_early(struct tls_socket *socket, char *bytes, int n)
{
	size_t some = (size_t)n;

	if (some > socket->early_len)
		some = socket->early_len;
	memcpy(bytes, socket->early, some);
	socket->early += some;
	socket->early_len -= some;
	return (int)some;
}

static int
receive_records(BIO *bio, char *bytes, int n)
{
	struct tls_socket *socket = BIO_get_data(bio);
	ssize_t got;

	BIO_clear_retry_flags(bio);
	if (socket->early_len > 0)
		return take_early(socket, bytes, n);
	socket->error = EPROTO;
	if (socket->reads++ >= TLS_SOCKET_READS)
		return -1;
	do
		got = recv(socket->fd, bytes, (size_t)n,
		    socket->flags & MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	socket->error = got < 0 ? errno : 0;
	socket->ended = got == 0;
	if (got < 0 && errno == EAGAIN)
		BIO_set_retry_read(bio);
	return (int)got;
}

static int
send_records(BIO *bio, const char *bytes, int n)
{
	struct tls_socket *socket = BIO_get_data(bio);
	ssize_t sent;

	BIO_clear_retry_flags(bio);
	do
		sent = send(socket->fd, bytes, (size_t)n,
		    socket->flags | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	socket->error = sent < 0 ? errno : 0;
	if (sent < 0 && errno == EAGAIN)
		BIO_set_retry_write(bio);
	return (int)sent;
}

/* The library flushes after each message; nothing is held back here. */
static long
control_records(BIO *bio, int command, long n, void *arg)
{
	(void)n;
	(void)arg;
	if (command == BIO_CTRL_EOF)
		return ((struct tls_socket *)BIO_get_data(bio))->ended;
	return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method;

static void
make_method(void)
{
	method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
	    "fileserv socket");
	if (method == NULL)
		return;
	BIO_meth_set_read(method, receive_records);
	BIO_meth_set_write(method, send_records);
	BIO_meth_set_ctrl(method, control_records);
}

BIO *
tls_socket_bio(struct tls_socket *socket)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	BIO *bio;

	pthread_once(&once, make_method);
	bio = method == NULL ? NULL : BIO_new(method);
	if (bio == NULL)
		return NULL;
	BIO_set_data(bio, socket);
	BIO_set_init(bio, 1);
	return bio;
}
