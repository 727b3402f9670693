#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <check.h>

#include "tests/harness/client.h"
#include "tests/harness/encrypted.h"
#include "tests/harness/scratch.h"

enum {
	ENCRYPTED_ARGS = 32
};

static void
write_key(const char *path)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *file;

	ck_assert_ptr_nonnull(key);
	ck_assert_int_ge(fd, 0);
	file = fdopen(fd, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL,
			     NULL),
	    1);
	ck_assert_int_eq(fclose(file), 0);
	EVP_PKEY_free(key);
}

/* Finds the key in the line that a person pastes. */
static void
learn_key(struct encrypted *encrypted)
{
	const char *out = program_out(&encrypted->server.program);
	const char *key = strstr(out, "--key ");

	ck_assert_msg(key != NULL &&
		sscanf(key, "--key %39[A-Z2-7-] ", encrypted->key) == 1,
	    "no key in: %s", out);
}

void
encrypted_start(struct encrypted *encrypted, const char *const *options)
{
	char path[SCRATCH_PATH];
	const char *all[ENCRYPTED_ARGS] = {"--tls", "--key-file",
	    scratch_path(path, "server-key.pem")};
	size_t n = 3;

	if (!scratch_exists("server-key.pem"))
		write_key(path);
	for (; options != NULL && *options != NULL; options++) {
		ck_assert_uint_lt(n, ENCRYPTED_ARGS - 1);
		all[n++] = *options;
	}
	server_start(&encrypted->server, all);
	learn_key(encrypted);
}

int
encrypted_run(struct program *client, const struct encrypted *encrypted,
    uint16_t port, const char *const *args)
{
	const char *all[ENCRYPTED_ARGS] = {"--key", encrypted->key, "--retry",
	    "0"};
	size_t n = 4;

	for (; *args != NULL; args++) {
		ck_assert_uint_lt(n, ENCRYPTED_ARGS - 1);
		all[n++] = *args;
	}
	return client_run(client, port, all);
}
