/*
 * One connection of TLS: SSL_read and SSL_write, with their many ways of
 * failing reduced to errno and enum tls_failure. tls_socket.c reaches the
 * socket.
 */

#include <sys/socket.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/tls.h"
#include "common/tls_context.h"
#include "common/tls_socket.h"

enum {
	/* The library's reasons for alerts of the peer begin here. */
	TLS_ALERTS = SSL_AD_REASON_OFFSET,
};

struct tls {
	SSL *ssl;
	struct tls_peer_state peer;
	const struct tls_turns *turns; /* or NULL */
	bool is_complete;	       /* the handshake */
	bool is_over;		       /* the peer's end was received */
	bool is_drained; /* the library has no whole record left */
	struct tls_socket socket;
	size_t unsent; /* see tls_unsent */
	enum tls_failure failure;
	int error; /* the errno of that failure */
	char problem[TLS_PROBLEM];
};

/* ---- connections -------------------------------------------------------- */

struct tls *
tls_new(struct tls_context *context, int fd, const struct tls_peer *peer)
{
	struct tls *tls = calloc(1, sizeof(*tls));
	BIO *bio;

	ERR_clear_error();
	if (tls == NULL)
		return NULL;
	tls->socket.fd = fd;
	tls->peer.rules = *peer;
	tls->ssl = SSL_new(tls_context_ssl(context));
	bio = tls_socket_bio(&tls->socket);
	if (tls->ssl == NULL || bio == NULL ||
	    tls_peer_prepare(&tls->peer, tls->ssl) != 0) {
		BIO_free(bio);
		tls_free(tls);
		return NULL;
	}
	SSL_set_bio(tls->ssl, bio, bio);
	if (SSL_is_server(tls->ssl))
		SSL_set_accept_state(tls->ssl);
	else
		SSL_set_connect_state(tls->ssl);
	return tls;
}

void
tls_free(struct tls *tls)
{
	if (tls == NULL)
		return;
	SSL_free(tls->ssl);
	free(tls);
}

/* ---- failures ----------------------------------------------------------- */

/* Returns what an alert of the peer means. */
static enum tls_failure
failure_of_alert(int alert)
{
	switch (alert) {
	case SSL_AD_BAD_CERTIFICATE:
	case SSL_AD_UNSUPPORTED_CERTIFICATE:
	case SSL_AD_CERTIFICATE_REVOKED:
	case SSL_AD_CERTIFICATE_EXPIRED:
	case SSL_AD_CERTIFICATE_UNKNOWN:
	case SSL_AD_UNKNOWN_CA:
	case SSL_AD_ACCESS_DENIED:
	case TLS13_AD_CERTIFICATE_REQUIRED:
		return TLS_FAILS_OURS;
	case SSL_AD_PROTOCOL_VERSION:
		return TLS_FAILS_VERSION;
	case SSL_AD_NO_APPLICATION_PROTOCOL:
		return TLS_FAILS_ALPN;
	default:
		return TLS_FAILS_OTHER;
	}
}

/* Returns what a reason of the library means. */
static enum tls_failure
failure_of_reason(int reason)
{
	if (reason > TLS_ALERTS && reason <= TLS_ALERTS + UCHAR_MAX)
		return failure_of_alert(reason - TLS_ALERTS);
	switch (reason) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_HTTPS_PROXY_REQUEST:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
		return TLS_FAILS_PLAIN;
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_VERSION_TOO_LOW:
	case SSL_R_NO_PROTOCOLS_AVAILABLE:
	case SSL_R_UNKNOWN_PROTOCOL:
		return TLS_FAILS_VERSION;
	case SSL_R_NO_APPLICATION_PROTOCOL:
	case SSL_R_CALLBACK_FAILED: /* of the client's hello */
		return TLS_FAILS_ALPN;
	case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
	case SSL_R_CERTIFICATE_VERIFY_FAILED:
		return TLS_FAILS_PEER;
	default:
		return TLS_FAILS_OTHER;
	}
}

/* Notes a failure that no later call can mend. Sets errno and returns -1. */
static int
fail(struct tls *tls, enum tls_failure failure, const char *why, int error)
{
	tls->failure = failure;
	strlcpy(tls->problem, why, sizeof(tls->problem));
	tls->error = error;
	errno = error;
	return -1;
}

/* Explains the result of a call of the library that failed. Returns 0 at the
 * peer's end, or -1 with errno, which is EAGAIN for a wait. */
static int
explain(struct tls *tls, int result)
{
	int kind = SSL_get_error(tls->ssl, result);
	unsigned long last = ERR_peek_last_error();
	const char *why = ERR_reason_error_string(last);
	long check = SSL_get_verify_result(tls->ssl);

	if (kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE) {
		errno = EAGAIN;
		return -1;
	}
	if (kind == SSL_ERROR_ZERO_RETURN || tls->socket.ended)
		return tls->is_complete ?
		    0 :
		    fail(tls, TLS_FAILS_LOST, "the connection ended", ENODATA);
	if (kind == SSL_ERROR_SYSCALL && tls->socket.error != EPROTO)
		return fail(tls, TLS_FAILS_LOST, strerror(tls->socket.error),
		    tls->socket.error == 0 ? EIO : tls->socket.error);
	if (tls->peer.is_refused && !tls->is_complete)
		return fail(tls, TLS_FAILS_PEER,
		    X509_verify_cert_error_string(check), EPROTO);
	if (kind == SSL_ERROR_SYSCALL)
		why = "nothing but messages of TLS itself";
	return fail(tls, failure_of_reason(ERR_GET_REASON(last)),
	    why == NULL ? "an unknown failure" : why, EPROTO);
}

/* Prepares a call of the library. Returns 0, or -1 with the errno of an earlier
 * failure, which a call that had sent or received something did not return. */
static int
begin(struct tls *tls, int flags)
{
	ERR_clear_error();
	tls->socket.flags = flags;
	tls->socket.reads = 0;
	tls->socket.ended = false;
	if (tls->failure == TLS_FAILS_NOT)
		return 0;
	errno = tls->error;
	return -1;
}

enum tls_failure
tls_failure(const struct tls *tls)
{
	return tls->failure;
}

const char *
tls_problem(const struct tls *tls)
{
	return tls->problem;
}

const char *
tls_error_text(const struct tls *tls, int error)
{
	return error == EPROTO && tls != NULL && tls->failure != TLS_FAILS_NOT ?
	    tls->problem :
	    strerror(error);
}

/* ---- calls -------------------------------------------------------------- */

/* Returns whether the server has chosen the protocol that was asked for. */
static bool
has_protocol(const struct tls *tls)
{
	const unsigned char *name;
	unsigned int len;

	SSL_get0_alpn_selected(tls->ssl, &name, &len);
	return len == TLS_ALPN_SIZE - 1 && memcmp(name, TLS_ALPN + 1, len) == 0;
}

void
tls_receive_early(struct tls *tls, const uint8_t *bytes, size_t n)
{
	tls->socket.early = bytes;
	tls->socket.early_len = n;
}

void
tls_take_turns(struct tls *tls, const struct tls_turns *turns)
{
	tls->turns = turns;
}

int
tls_handshake(struct tls *tls, bool *sends)
{
	const struct tls_turns *turns = tls->turns;
	int result;

	if (begin(tls, MSG_DONTWAIT) != 0)
		return -1;
	if (turns != NULL && turns->take(turns->arg) != 0)
		return -1;
	result = SSL_do_handshake(tls->ssl);
	if (turns != NULL)
		turns->give(turns->arg);
	if (result == 1 && tls->socket.early_len > 0)
		return fail(tls, TLS_FAILS_OTHER,
		    "the peer did not wait for an answer", EPROTO);
	if (result == 1 && has_protocol(tls)) {
		tls->is_complete = true;
		return 1;
	}
	if (result == 1)
		return fail(tls, TLS_FAILS_ALPN,
		    "the server has chosen no protocol", EPROTO);
	*sends = SSL_want_write(tls->ssl);
	return explain(tls, result) == -1 && errno == EAGAIN ? 0 : -1;
}

/* Notes why SSL_read has failed. Returns 0 at the peer's end, or -1 with
 * errno. */
static int
end_receiving(struct tls *tls, int result)
{
	/* The peer wants an answer of TLS itself, and does not read. */
	if (SSL_want_write(tls->ssl))
		return fail(tls, TLS_FAILS_OTHER, "the peer does not read",
		    EPROTO);
	result = explain(tls, result);
	tls->is_over = result == 0;
	return result;
}

ssize_t
tls_receive(struct tls *tls, void *bytes, size_t n, int flags)
{
	char *to = bytes;
	size_t done = 0;
	int got;

	if (begin(tls, flags) != 0)
		return -1;
	if (tls->is_over)
		return 0;
	/* Each call gives one record. Those that have arrived with it follow,
	 * and after a full one, which is a part of something longer, all
	 * others. */
	do {
		got = SSL_read(tls->ssl, to + done,
		    n - done > INT_MAX ? INT_MAX : (int)(n - done));
		if (got <= 0)
			break;
		done += (size_t)got;
		tls->socket.reads = 0;
		tls->socket.flags |= MSG_DONTWAIT;
	} while (n - done >= SSL3_RT_MAX_PLAIN_LENGTH &&
	    (got == SSL3_RT_MAX_PLAIN_LENGTH || SSL_has_pending(tls->ssl)));
	tls->is_drained = got <= 0;
	if (got <= 0)
		got = end_receiving(tls, got);
	return done > 0 ? (ssize_t)done : got;
}

ssize_t
tls_send(struct tls *tls, const void *bytes, size_t n, int flags)
{
	const char *from = bytes;
	size_t done = 0, some;
	int sent;

	if (begin(tls, flags) != 0)
		return -1;
	tls->unsent = 0;
	/* Each call of the library sends one record. Those of one call here
	 * fill packets together. */
	while (done < n) {
		some = n - done < INT_MAX ? n - done : INT_MAX;
		tls->socket.flags =
		    some > SSL3_RT_MAX_PLAIN_LENGTH ? flags | MSG_MORE : flags;
		sent = SSL_write(tls->ssl, from + done, (int)some);
		if (sent > 0) {
			done += (size_t)sent;
			continue;
		}
		sent = explain(tls, sent);
		if (sent < 0 && errno == EAGAIN)
			tls->unsent = some < SSL3_RT_MAX_PLAIN_LENGTH ?
			    some :
			    SSL3_RT_MAX_PLAIN_LENGTH;
		if (done > 0)
			break;
		if (sent == 0)
			errno = EPIPE;
		return -1;
	}
	return (ssize_t)done;
}

size_t
tls_unsent(const struct tls *tls)
{
	return tls->unsent;
}

bool
tls_pending(const struct tls *tls)
{
	return !tls->is_drained && SSL_has_pending(tls->ssl);
}

void
tls_end(struct tls *tls)
{
	if (tls->is_complete && begin(tls, MSG_DONTWAIT) == 0)
		(void)SSL_shutdown(tls->ssl);
	ERR_clear_error();
}

const struct key_name *
tls_peer_key(const struct tls *tls)
{
	return tls->peer.has_key ? &tls->peer.key : NULL;
}

const char *
tls_protocol(const struct tls *tls)
{
	return SSL_get_version(tls->ssl);
}

const char *
tls_cipher(const struct tls *tls)
{
	return SSL_get_cipher_name(tls->ssl);
}
