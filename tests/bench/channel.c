/*
 * TLS of OpenSSL on a socket that does not block: where a call may wait,
 * poll(2) waits. Both programs under test are asked by the same code, so that
 * its cost is the same for both.
 */

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tests/bench/channel.h"

enum {
	CHANNEL_RECORD = 16 * 1024, /* bytes of a record of TLS at most */
	CHANNEL_PATIENCE = 10,	    /* seconds of a wait inside TLS */
};

/* Returns the only context; NULL if memory is short. */
static SSL_CTX *
context(void)
{
	static SSL_CTX *only;

	if (only != NULL)
		return only;
	only = SSL_CTX_new(TLS_client_method());
	if (only == NULL)
		return NULL;
	SSL_CTX_set_verify(only, SSL_VERIFY_NONE, NULL);
	(void)SSL_CTX_set_min_proto_version(only, TLS1_3_VERSION);
	(void)SSL_CTX_set_ciphersuites(only, "TLS_AES_128_GCM_SHA256");
	(void)SSL_CTX_set_mode(only,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_session_cache_mode(only, SSL_SESS_CACHE_OFF);
	return only;
}

int
channel_encrypt(struct channel *channel, const char *protocol)
{
	uint8_t names[32];
	size_t len = strlen(protocol);
	SSL_CTX *ctx = context();

	if (ctx == NULL || len >= sizeof names)
		return -1;
	names[0] = (uint8_t)len;
	memcpy(names + 1, protocol, len);
	channel->ssl = SSL_new(ctx);
	if (channel->ssl == NULL ||
	    SSL_set_fd(channel->ssl, channel->fd) != 1 ||
	    SSL_set_alpn_protos(channel->ssl, names, (unsigned)len + 1) != 0)
		return -1;
	SSL_set_connect_state(channel->ssl);
	return fcntl(channel->fd, F_SETFL, O_NONBLOCK);
}

int
channel_open(struct channel *channel, const struct sockaddr_in *address,
    const char *protocol, int patience)
{
	struct timeval limit = {.tv_sec = patience};
	int on = 1;

	channel->ssl = NULL;
	channel->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (channel->fd < 0)
		return -1;
	(void)setsockopt(channel->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(channel->fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
	    sizeof limit);
	if (connect(channel->fd, (const struct sockaddr *)address,
		sizeof *address) == 0 &&
	    (protocol == NULL || channel_encrypt(channel, protocol) == 0))
		return 0;
	channel_close(channel);
	return -1;
}

/* Sets errno after a call of OpenSSL returned n <= 0. Returns 0 at the peer's
 * end, else -1; waits first if the caller may wait. */
static int
fail_tls(struct channel *channel, int n, int flags, bool *full)
{
	struct pollfd wait = {.fd = channel->fd, .events = POLLIN};
	int error = SSL_get_error(channel->ssl, n);

	if (error == SSL_ERROR_ZERO_RETURN)
		return 0;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
		*full = error == SSL_ERROR_WANT_WRITE;
		if (*full)
			wait.events = POLLOUT;
		errno = EAGAIN;
		if ((flags & MSG_DONTWAIT) == 0)
			errno = poll(&wait, 1, CHANNEL_PATIENCE * 1000) == 1 ?
			    EINTR :
			    ETIMEDOUT;
		return -1;
	}
	if (error != SSL_ERROR_SYSCALL || errno == 0)
		errno = EPROTO;
	return -1;
}

ssize_t
channel_send(struct channel *channel, const void *bytes, size_t n, int flags,
    bool *full)
{
	size_t done;
	ssize_t sent;
	int result;

	*full = false;
	if (channel->ssl == NULL) {
		sent = send(channel->fd, bytes, n, MSG_NOSIGNAL | flags);
		*full = sent < 0 && errno == EAGAIN;
		return sent;
	}
	do {
		ERR_clear_error();
		result = SSL_write_ex(channel->ssl, bytes, n, &done);
		if (result == 1)
			return (ssize_t)done;
		result = fail_tls(channel, result, flags, full);
	} while (result < 0 && errno == EINTR);
	if (result == 0)
		errno = EPIPE;
	return -1;
}

/* Receives whole records while there are any and there is room for one. */
static ssize_t
receive_tls(struct channel *channel, uint8_t *buffer, size_t n, int flags)
{
	size_t got = 0, some;
	bool full;
	int result;

	do {
		ERR_clear_error();
		result =
		    SSL_read_ex(channel->ssl, buffer + got, n - got, &some);
		if (result == 1) {
			got += some;
			flags |= MSG_DONTWAIT;
			continue;
		}
		result = fail_tls(channel, result, flags, &full);
		if (result == 0 || errno != EINTR)
			return got > 0 ? (ssize_t)got : result;
	} while (n - got >= CHANNEL_RECORD);
	return (ssize_t)got;
}

ssize_t
channel_receive(struct channel *channel, void *buffer, size_t n, int flags)
{
	if (channel->ssl == NULL)
		return recv(channel->fd, buffer, n, flags);
	return receive_tls(channel, buffer, n, flags & ~MSG_TRUNC);
}

void
channel_close(struct channel *channel)
{
	int saved = errno;

	if (channel->ssl != NULL) {
		if (SSL_is_init_finished(channel->ssl))
			(void)SSL_shutdown(channel->ssl);
		SSL_free(channel->ssl);
		ERR_clear_error();
	}
	if (channel->fd >= 0)
		(void)close(channel->fd);
	channel->ssl = NULL;
	channel->fd = -1;
	errno = saved;
}
