/*
 * The first bytes of TLS from a peer that has no keys: whatever they are and
 * however they arrive, the handshake ends with a reason and nothing goes inside
 * TLS.
 */

#include <errno.h>
#include <string.h>

#include "common/clock.h"
#include "common/stream.h"
#include "common/tls.h"
#include "common/tls_context.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory.h"

/* The first byte of an input selects our side and the arrival of bytes, the
 * second the most bytes that arrive at once. */
enum {
	KIND_CLIENT = 1,
	KIND_ASKS = 2, /* the server asks for the client's key */
	KIND_SLOW = 4,
	KIND_DEAF = 8,
	KIND_END = 16, /* multiplies an enum memory_end */
};

static struct tls_context *
open_context(unsigned kind)
{
	static struct tls_context *contexts[4];
	static struct identity *identity;
	struct tls_context **context = &contexts[kind & 3];
	char error[IDENTITY_ERROR];

	if (identity == NULL)
		identity = identity_make(error);
	FUZZ_REQUIRE(identity != NULL);
	if (*context == NULL)
		*context = (kind & KIND_CLIENT) != 0 ?
		    tls_context_client(identity, NULL, error) :
		    tls_context_server(identity, (kind & KIND_ASKS) != 0,
			error);
	FUZZ_REQUIRE(*context != NULL);
	return *context;
}

static bool
admit(void *arg, const struct key_name *key)
{
	(void)arg;
	FUZZ_REQUIRE(strlen(key->letters) == KEY_NAME_LETTERS);
	return true;
}

int
fuzz_hello(const uint8_t *data, size_t size)
{
	const struct tls_peer peer = {.admits = admit};
	unsigned kind = fuzz_take(&data, &size);
	unsigned piece = fuzz_take(&data, &size);
	const struct memory other = {.says = data,
	    .len = size,
	    .piece = piece,
	    .slow = (kind & KIND_SLOW) != 0,
	    .deaf = (kind & KIND_DEAF) != 0,
	    .end = kind / KIND_END % MEMORY_ENDS};
	struct stream stream;
	struct tls *tls;
	int fd = memory_begin(&other);

	stream_open(&stream, fd, -1);
	tls = tls_new(open_context(kind), fd, &peer);
	FUZZ_REQUIRE(tls != NULL);
	FUZZ_REQUIRE(
	    stream_encrypt(&stream, tls, clock_now() + CLOCK_SEC) == -1);
	FUZZ_REQUIRE(errno != EAGAIN && errno != 0);
	FUZZ_REQUIRE((errno == EPROTO) <= (tls_problem(tls)[0] != '\0'));
	FUZZ_REQUIRE(!stream_is_encrypted(&stream));
	tls_free(tls);
	memory_end();
	return 0;
}
