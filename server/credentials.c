/*
 * Decides which file has the key, and opens it with the list of clients.
 * encryption.c makes and uses the key, clients.c has the list, reload.c reads
 * both again later. Runs in the main thread at the start.
 */

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "server/credentials.h"
#include "server/encryption.h"
#include "server/key_path.h"
#include "server/reload.h"
#include "server/server_options.h"

/* Returns -1 with a line in error if clients could fetch the file. */
static int
check_place(const char *path, const char *what,
    const struct server_options *options, char error[CREDENTIALS_ERROR])
{
	char shown[CREDENTIALS_ERROR / 2];

	if (!key_path_is_served(path, options->directory, options->hidden))
		return 0;
	snprintf(error, CREDENTIALS_ERROR,
	    "%s %s lies in the served folder, where clients could fetch it: "
	    "move it elsewhere",
	    what, text_escape(shown, sizeof(shown), path, strlen(path)));
	return -1;
}

/* Finds the file of the key. Returns 0, or -1 with a line in error. */
static int
find_key(const struct server_options *options, char path[PATH_MAX],
    char error[CREDENTIALS_ERROR])
{
	const struct encryption_settings *tls = &options->tls;

	if (tls->cert_file != NULL) {
		strlcpy(path, tls->cert_key_file, PATH_MAX);
	} else if (tls->key_file != NULL) {
		strlcpy(path, tls->key_file, PATH_MAX);
	} else if (key_path_find(options->user != NULL, path) != 0) {
		snprintf(error, CREDENTIALS_ERROR,
		    "there is no place for the server's key: name one with "
		    "--key-file");
		return -1;
	}
	return check_place(path, "the key file", options, error);
}

static void
log_made(const char *path)
{
	char shown[PATH_MAX];

	log_event(LOG_LEVEL_REQUESTS, NULL, 0, "made a key in %s",
	    text_escape(shown, sizeof(shown), path, strlen(path)));
}

/* Opens the key, or the certificate and its key. */
static int
open_key(struct reload *reload, const struct server_options *options,
    char error[CREDENTIALS_ERROR])
{
	const struct encryption_settings *tls = &options->tls;
	char path[PATH_MAX], why[RELOAD_ERROR];
	bool made = false;
	int result;

	if (options->share.path != NULL) /* a key that ends with the share */
		result =
		    encryption_open(reload->encryption, tls, NULL, &made, why);
	else if (find_key(options, path, error) != 0)
		return -1;
	else
		result =
		    encryption_open(reload->encryption, tls, path, &made, why);
	if (made)
		log_made(path);
	if (result == 0 && options->share.path == NULL)
		result = tls->cert_file != NULL ?
		    reload_add_certificate(reload, tls->cert_file, path, why) :
		    reload_add_key(reload, path, why);
	if (result != 0)
		snprintf(error, CREDENTIALS_ERROR, "cannot encrypt: %s", why);
	return result;
}

static int
open_clients(struct reload *reload, const struct server_options *options,
    char error[CREDENTIALS_ERROR])
{
	char why[RELOAD_ERROR];

	if (check_place(options->clients, "--clients:", options, error) != 0)
		return -1;
	if (reload_add_clients(reload, options->clients, why) == 0)
		return 0;
	snprintf(error, CREDENTIALS_ERROR, "--clients: %s", why);
	return -1;
}

int
credentials_open(struct reload *reload, const struct server_options *options,
    char error[CREDENTIALS_ERROR])
{
	if (options->tls.mode == ENCRYPTION_OFF)
		return 0;
	if (open_key(reload, options, error) != 0)
		return -1;
	return options->clients == NULL ? 0 :
					  open_clients(reload, options, error);
}
