/* A damaged file of known hosts ends the run, unless an option says how servers
 * are known: the damage may hide that a server is encrypted. Runs in the main
 * thread, except for trust_remember. */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client/trust/client_key.h"
#include "client/trust/first_meeting.h"
#include "client/trust/trust.h"
#include "client/trust/user_file.h"
#include "common/identity.h"
#include "common/tls_context.h"

#define TRUST_SYSTEM_FILE "/etc/fileget/known_hosts"

/* Handles a file that is not usable: if it decides, this is a failure. */
static int
refuse_file(const struct trust *trust, const char *path, const char *why,
    struct failure *failure)
{
	if (trust->settings->n_keys == 0 && trust->settings->authority == NULL)
		return failure_set(failure, EXIT_UNTRUSTED,
		    "%.400s: %s; until that is mended, --key, --ca or --plain "
		    "say how the server is known",
		    path, why);
	report_note(trust->report, "%.400s is not used: %s", path, why);
	return 0;
}

int
trust_open(struct trust *trust, const struct trust_settings *settings,
    struct report *report, struct failure *failure)
{
	char path[PATH_MAX], why[KNOWN_HOSTS_FILE_WHY];
	int result = 0;

	memset(trust, 0, sizeof(*trust));
	trust->settings = settings;
	trust->report = report;
	trust->terminal_fd = -1;
	trust->user.append_fd = trust->system.append_fd = -1;
	pthread_mutex_init(&trust->lock, NULL);
	if (settings->plain)
		return 0;
	(void)user_file_path("known_hosts", path);
	if (known_hosts_file_open(&trust->user, path, why) != 0)
		result = refuse_file(trust, path, why, failure);
	if (result == 0 &&
	    known_hosts_file_open(&trust->system, TRUST_SYSTEM_FILE, why) != 0)
		result = refuse_file(trust, TRUST_SYSTEM_FILE, why, failure);
	return result;
}

int
trust_find(const struct trust *trust, const char *host, uint16_t port,
    struct known_keys *known, const char **path, struct failure *failure)
{
	const struct known_hosts_file *files[] = {&trust->user, &trust->system};
	char why[KNOWN_HOSTS_ERROR];
	size_t i;

	memset(known, 0, sizeof(*known));
	*path = NULL;
	for (i = 0; i < 2; i++) {
		if (files[i]->text != NULL &&
		    known_hosts_find(files[i]->text, files[i]->len, host, port,
			known, why) != 0 &&
		    refuse_file(trust, files[i]->path, why, failure) != 0)
			return -1;
		if (*path == NULL && known->line > 0)
			*path = files[i]->path;
	}
	return 0;
}

/* Makes the context of TLS. */
static int
make_context(struct trust *trust, struct failure *failure)
{
	char error[IDENTITY_ERROR];
	struct identity *identity;

	if (tls_context_warm_up(error) != 0)
		return failure_set(failure, EXIT_LOCAL, "TLS: %s", error);
	identity =
	    client_key_open(trust->report, trust->settings->is_once, failure);
	if (identity == NULL)
		return -1;
	trust->context =
	    tls_context_client(identity, trust->settings->authority, error);
	key_name_format(identity_name(identity), trust->own_key);
	identity_free(identity);
	if (trust->context == NULL)
		return failure_set(failure,
		    trust->settings->authority == NULL ? EXIT_LOCAL :
							 EXIT_UNTRUSTED,
		    "%s%s",
		    trust->settings->authority == NULL ? "" : "--ca: ", error);
	return 0;
}

int
trust_prepare(struct trust *trust, const struct trust_needs *needs,
    struct failure *failure)
{
	if (!needs->encrypts)
		return 0;
	if (make_context(trust, failure) != 0)
		return -1;
	if (needs->asks)
		trust->terminal_fd = first_meeting_open_terminal();
	if (trust->user.path[0] != '\0' &&
	    (needs->adds || trust->terminal_fd >= 0))
		(void)known_hosts_file_open_append(&trust->user,
		    trust->unwritable);
	return 0;
}

void
trust_remember(struct trust *trust, const char *name, const char *host,
    uint16_t port, const struct key_name *key)
{
	const char *path = trust->user.path;
	char why[KNOWN_HOSTS_FILE_WHY];

	strlcpy(why, trust->unwritable, sizeof(why));
	if (path[0] == '\0')
		report_note(trust->report,
		    "%s is not remembered: this user has no home (HOME is not "
		    "set)",
		    name);
	else if (trust->user.append_fd >= 0 &&
	    known_hosts_file_add(&trust->user, host, port, key, why) == 0)
		report_note(trust->report,
		    "%s is remembered in %s: fileget speaks only TLS with it "
		    "from now on",
		    name, path);
	else
		report_note(trust->report,
		    "%s is not remembered: cannot write to %s: %s", name, path,
		    why);
}

void
trust_close(struct trust *trust)
{
	known_hosts_file_close(&trust->user);
	known_hosts_file_close(&trust->system);
	tls_context_release(trust->context);
	trust->context = NULL;
	if (trust->terminal_fd >= 0)
		close(trust->terminal_fd);
	trust->terminal_fd = -1;
	pthread_mutex_destroy(&trust->lock);
}
