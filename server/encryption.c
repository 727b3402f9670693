/*
 * The server's identity, and the TLS context that is made of it. The context is
 * replaced as a whole: a connection holds the one that it began with.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/key_file.h"
#include "server/encryption.h"

/* Opens a file for reading. Returns its descriptor, or -1 with a message. */
static int
open_file(const char *path, char error[IDENTITY_ERROR])
{
	int fd = key_file_open(path);

	if (fd < 0)
		key_file_fail(error, path, "%s", strerror(errno));
	return fd;
}

static struct identity *
read_certificate(const struct encryption_settings *settings,
    char error[IDENTITY_ERROR])
{
	struct identity *identity = NULL;
	int cert_fd = open_file(settings->cert_file, error);
	int key_fd =
	    cert_fd < 0 ? -1 : open_file(settings->cert_key_file, error);

	if (key_fd >= 0) {
		identity = identity_read_authority(cert_fd, settings->cert_file,
		    key_fd, settings->cert_key_file, error);
		close(key_fd);
	}
	if (cert_fd >= 0)
		close(cert_fd);
	return identity;
}

static struct identity *
read_identity(const struct encryption_settings *settings, const char *path,
    bool *made, char error[IDENTITY_ERROR])
{
	*made = false;
	if (path == NULL)
		return identity_make(error);
	if (settings->cert_file != NULL)
		return read_certificate(settings, error);
	return identity_read_or_make(path, made, error);
}

int
encryption_open(struct encryption *encryption,
    const struct encryption_settings *settings, const char *path, bool *made,
    char error[IDENTITY_ERROR])
{
	struct identity *identity;
	int result;

	/* Later handshakes then open no file, which the sandbox forbids. */
	if (tls_context_warm_up(error) != 0)
		return -1;
	identity = read_identity(settings, path, made, error);
	if (identity == NULL)
		return -1;
	pthread_mutex_init(&encryption->lock, NULL);
	encryption->context = NULL;
	encryption->mode = settings->mode;
	encryption->name = *identity_name(identity);
	result = encryption_replace(encryption, identity, error);
	identity_free(identity);
	return result;
}

int
encryption_replace(struct encryption *encryption,
    const struct identity *identity, char error[IDENTITY_ERROR])
{
	struct tls_context *before, *after;

	after = tls_context_server(identity, encryption->asks, error);
	if (after == NULL)
		return -1;
	pthread_mutex_lock(&encryption->lock);
	before = encryption->context;
	encryption->context = after;
	pthread_mutex_unlock(&encryption->lock);
	tls_context_release(before);
	return 0;
}

struct tls_context *
encryption_hold_context(struct encryption *encryption)
{
	struct tls_context *context;

	pthread_mutex_lock(&encryption->lock);
	context = tls_context_hold(encryption->context);
	pthread_mutex_unlock(&encryption->lock);
	return context;
}

void
encryption_close(struct encryption *encryption)
{
	if (!encryption_is_on(encryption))
		return;
	tls_context_release(encryption->context);
	pthread_mutex_destroy(&encryption->lock);
}
