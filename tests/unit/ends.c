#include <sys/socket.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/ends.h"

struct end ends_server, ends_client;
int ends_sockets[2];
static char error[IDENTITY_ERROR];
uint8_t *ends_large;

static bool
admit_all(void *arg, const struct key_name *key)
{
	(void)arg;
	(void)key;
	return true;
}

void
ends_prepare(bool asks, bool has_key)
{
	size_t i;

	unit_tcp_pair(ends_sockets);
	ends_server.peer.admits = ends_client.peer.admits = admit_all;
	ends_server.identity = identity_make(error);
	ends_client.identity = identity_make(error);
	ck_assert_ptr_nonnull(ends_server.identity);
	ck_assert_ptr_nonnull(ends_client.identity);
	ends_server.context =
	    tls_context_server(ends_server.identity, asks, error);
	ends_client.context =
	    tls_context_client(has_key ? ends_client.identity : NULL, NULL,
		error);
	ck_assert_ptr_nonnull(ends_server.context);
	ck_assert_ptr_nonnull(ends_client.context);
	stream_open(&ends_server.stream, ends_sockets[0], -1);
	stream_open(&ends_client.stream, ends_sockets[1], -1);
	ends_large = malloc(ENDS_LARGE);
	ck_assert_ptr_nonnull(ends_large);
	for (i = 0; i < ENDS_LARGE; i++)
		ends_large[i] = (uint8_t)(i * 7 + i / 251);
}

static void
finish(struct end *end, int fd)
{
	stream_rest(&end->stream);
	tls_free(end->tls);
	tls_context_release(end->context);
	identity_free(end->identity);
	if (fd >= 0)
		close(fd);
}

void
ends_teardown(void)
{
	finish(&ends_server, ends_sockets[0]);
	finish(&ends_client, ends_sockets[1]);
	free(ends_large);
}

void *
ends_encrypt_one(void *arg)
{
	struct end *end = arg;
	int fd = end->stream.transport.fd;

	end->tls = tls_new(end->context, fd, &end->peer);
	end->result = end->tls == NULL ?
	    -2 :
	    stream_encrypt(&end->stream, end->tls, clock_now() + ENDS_LONG);
	end->error = errno;
	return NULL;
}

void
ends_encrypt(void)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, ends_encrypt_one,
			     &ends_server),
	    0);
	ends_encrypt_one(&ends_client);
	if (ends_client.result != 0)
		shutdown(ends_sockets[1], SHUT_RDWR);
	pthread_join(thread, NULL);
}

void
ends_connect(void)
{
	ends_prepare(false, false);
	ends_encrypt();
	ck_assert_int_eq(ends_client.result, 0);
	ck_assert_int_eq(ends_server.result, 0);
}
