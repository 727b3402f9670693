#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/unit/server/shaking.h"

const uint8_t shaking_reply[SHAKING_REPLY + 1] = "\0\0\0\0\0\0\0\7content";

struct session_shared shaking_shared;
struct workers *shaking_workers;
struct tls_context *shaking_context;

bool
shaking_admit_all(void *arg, const struct key_name *key)
{
	(void)arg;
	(void)key;
	return true;
}

bool
shaking_admit_none(void *arg, const struct key_name *key)
{
	(void)arg;
	(void)key;
	return false;
}

void
shaking_setup(void)
{
	struct workers_plan plan = {.max = SHAKING_PLACES,
	    .leaving = 2,
	    .per_address = 2 * SHAKING_PLACES,
	    .prefix = 64};
	const struct encryption_settings settings = {
	    .mode = ENCRYPTION_REQUIRED};
	struct encryption *encryption = &shaking_shared.encryption;
	char folder[UNIT_PATH], state[UNIT_PATH], key[UNIT_PATH];
	char error[IDENTITY_ERROR];
	struct identity *identity = identity_make(error);
	bool made;

	unit_folder(folder);
	unit_write(folder, "file", "content", 7);
	unit_folder(state);
	unit_path(key, state, "key.pem");
	log_open(LOG_LEVEL_PROBLEMS, LOG_FORMAT_TEXT);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(root_open(&shaking_shared.verbs.root, folder, false,
			     true),
	    0);
	access_rules_init(&shaking_shared.verbs.rules,
	    &shaking_shared.verbs.root);
	shaking_shared.request_timeout = shaking_shared.timeout =
	    UNIT_TIMEOUT * CLOCK_SEC;
	encryption->timeout = encryption->request_timeout =
	    shaking_shared.timeout;
	encryption->clients.admits = shaking_admit_all;
	shaking_shared.verbs.presence.wake_fd = -1;
	work_slots_init(&shaking_shared.verbs.slots, 1);
	ck_assert_msg(encryption_open(encryption, &settings, key, &made,
			  error) == 0,
	    "%s", error);
	ck_assert(made);
	shaking_context = tls_context_client(identity, NULL, error);
	ck_assert_msg(shaking_context != NULL, "%s", error);
	identity_free(identity);
	shaking_workers = workers_new(&shaking_shared, &plan);
	ck_assert_ptr_nonnull(shaking_workers);
}

void
shaking_teardown(void)
{
	unit_wait(workers_drain(shaking_workers), POLLIN);
	ck_assert_int_eq(workers_free(shaking_workers), 0);
	encryption_close(&shaking_shared.encryption);
	tls_context_release(shaking_context);
	root_close(&shaking_shared.verbs.root);
}

int
shaking_join(void)
{
	struct net_address address;
	socklen_t len = sizeof(address);
	int pair[2];

	unit_tcp_pair(pair);
	memset(&address, 0, sizeof(address));
	ck_assert_int_eq(getpeername(pair[1], &address.any, &len), 0);
	ck_assert_msg(workers_hand_over(shaking_workers, pair[1], &address) ==
		0,
	    "%s", strerror(errno));
	return pair[0];
}

int
shaking_finish(struct tls *tls, int fd)
{
	bool sends;
	int done;

	while ((done = tls_handshake(tls, &sends)) == 0)
		unit_wait(fd, sends ? POLLOUT : POLLIN);
	return done;
}

struct tls *
shaking_encrypt(int fd)
{
	const struct tls_peer server = {.admits = shaking_admit_all};
	struct tls *tls = tls_new(shaking_context, fd, &server);

	ck_assert_ptr_nonnull(tls);
	ck_assert_msg(shaking_finish(tls, fd) == 1, "%s", tls_problem(tls));
	return tls;
}

void
shaking_expect_answer(struct tls *tls)
{
	uint8_t got[SHAKING_REPLY];
	size_t len = 0;
	ssize_t some;

	ck_assert_int_eq(tls_send(tls, SHAKING_REQUEST, 8, 0), 8);
	while (len < SHAKING_REPLY) {
		some = tls_receive(tls, got + len, SHAKING_REPLY - len, 0);
		ck_assert_int_gt(some, 0);
		len += (size_t)some;
	}
	ck_assert_mem_eq(got, shaking_reply, SHAKING_REPLY);
}

void
shaking_expect_end(int fd)
{
	uint8_t byte;
	int code;

	ck_assert_uint_eq(unit_receive(fd, &byte, 1, &code), 0);
	ck_assert_int_eq(code, 0);
	close(fd);
}
