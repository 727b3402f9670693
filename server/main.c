/*
 * fileserv: start, serve, stop. Until the first thread is started, a failure
 * ends the program with one line; afterwards none does.
 */

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/beneath.h"
#include "common/buffers.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/net.h"
#include "common/standard.h"
#include "common/text.h"
#include "server/announcement.h"
#include "server/key_path.h"
#include "server/limits.h"
#include "server/listener.h"
#include "server/own_files.h"
#include "server/request_log.h"
#include "server/root.h"
#include "server/sandbox.h"
#include "server/server_options.h"
#include "server/session.h"
#include "server/user.h"
#include "server/workers.h"

static void
leave_root(const char *user)
{
	char error[USER_ERROR], shown[USER_ERROR];

	if (user != NULL && user_become(user, error) != 0)
		errx(1, "--user %s: %s",
		    text_escape(shown, sizeof(shown), user, strlen(user)),
		    error);
}

static void
open_root(struct root *root, const struct server_options *options)
{
	const char *why;
	bool refused;
	int code;

	if (root_open(root, options->directory, options->hidden,
		options->links) == 0)
		return;
	code = errno;
	why = beneath_explain(code, &refused);
	if (refused)
		errx(1, "cannot serve: %s", why);
	if (code == EACCES && options->user != NULL)
		errx(1,
		    "cannot serve %s: %s; --user %s must be able to reach and "
		    "to read it",
		    options->directory, why, options->user);
	errx(1, "cannot serve %s: %s%s",
	    options->directory[0] == '\0' ? "''" : options->directory, why,
	    code == ENOTDIR ? "; -d takes a folder" : "");
}

/* Refuses to serve the private key itself to everyone. */
static void
check_key_path(const char *path, const struct server_options *options)
{
	char shown[PATH_MAX];

	if (key_path_is_served(path, options->directory, options->hidden))
		errx(1,
		    "the key file %s is in the served folder, where anyone "
		    "could fetch it: keep it elsewhere (--key-file, --tls-key)",
		    text_escape(shown, sizeof(shown), path, strlen(path)));
}

/* Reads the server's key as the user that serves. */
static void
open_encryption(struct encryption *encryption,
    const struct server_options *options)
{
	const struct encryption_settings *tls = &options->tls;
	char path[PATH_MAX], shown[PATH_MAX], error[IDENTITY_ERROR];
	bool made;

	if (tls->mode == ENCRYPTION_OFF)
		return;
	if (tls->cert_file != NULL)
		strlcpy(path, tls->cert_key_file, sizeof(path));
	else if (tls->key_file != NULL)
		strlcpy(path, tls->key_file, sizeof(path));
	else if (key_path_find(options->user != NULL, path) != 0)
		errx(1,
		    "there is no place for the server's key: name one "
		    "with --key-file");
	check_key_path(path, options);
	if (encryption_open(encryption, tls, path, &made, error) != 0)
		errx(1, "cannot encrypt: %s", error);
	if (made)
		log_event(LOG_LEVEL_REQUESTS, NULL, 0, "made a key in %s",
		    text_escape(shown, sizeof(shown), path, strlen(path)));
}

/* Asks each client for a key, and admits the listed ones. */
static void
ask_for_keys(struct encryption *encryption, struct clients *clients)
{
	encryption->asks = true;
	encryption->clients =
	    (struct tls_peer){.admits = clients_admit, .arg = clients};
}

/* Reads the list of clients as the user that serves. */
static void
open_clients(struct access_rules *rules, struct own_files *own,
    const struct server_options *options)
{
	char error[OWN_FILES_ERROR];
	const struct own_file *file;

	if (options->clients == NULL)
		return;
	file = own_files_add(own, options->clients, error);
	if (file == NULL ||
	    !own_file_is_apart(file, options->directory, options->hidden,
		error) ||
	    clients_load(&rules->clients, file, &rules->plain, error) != 0)
		errx(1, "--clients: %s", error);
}

static void
open_shared(struct session_shared *shared, const struct server_options *options)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	open_root(&shared->verbs.root, options);
	access_rules_init(&shared->verbs.rules, &shared->verbs.root);
	shared->verbs.lists = options->lists;
	shared->request_timeout = options->request_timeout * CLOCK_SEC;
	shared->timeout = options->timeout * CLOCK_SEC;
	shared->encryption.timeout = shared->timeout;
	shared->encryption.request_timeout = shared->request_timeout;
	shared->proxies = options->proxies;
	fair_rate_open(&shared->fair, options->limit_total,
	    options->limit_address);
	work_slots_init(&shared->verbs.slots, cores > 0 ? (unsigned)cores : 1);
	if (options->clients != NULL)
		ask_for_keys(&shared->encryption, &shared->verbs.rules.clients);
	open_encryption(&shared->encryption, options);
}

/* Tells what is different on a network file system. */
static void
log_storage(const struct root *root)
{
	if (root->network != NULL)
		log_event(LOG_LEVEL_REQUESTS, NULL, 0,
		    "the folder is on %s: each request opens its file anew, "
		    "and reads it once, for the digest and the client",
		    root->network);
}

static void
log_warnings(const struct server_options *options)
{
	if (geteuid() == 0)
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "running as root: --user NAME gives up root's privileges");
	if (options->port_unused)
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "--port %u is not used: every --address has a port of its "
		    "own",
		    options->port);
	if (proxies_contain_all(&options->proxies))
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "--proxy-from with prefix 0: any peer can announce any "
		    "address");
	if (options->tls.mode == ENCRYPTION_ALLOWED)
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "--tls=on: requests that are not encrypted are answered "
		    "too, and anyone on their way can read and change the "
		    "files");
	if (!options->sandbox)
		log_event(LOG_LEVEL_PROBLEMS, NULL, 0,
		    "running without a sandbox, as --no-sandbox asks");
}

/* Prepares the lines that main prints when nothing can fail any more. */
static void
announce(struct announcement *announcement,
    const struct listen_sockets *sockets, const struct session_shared *shared,
    const char *directory)
{
	const struct encryption *encryption = &shared->encryption;

	if (announcement_open(announcement, sockets, directory,
		encryption_is_on(encryption) ? &encryption->name : NULL) != 0)
		err(1, "cannot start");
}

/* Called when the sockets listen, before the first thread. */
static void
enter_sandbox(struct root *root, struct own_files *own,
    const struct server_options *options, char layers[SANDBOX_TEXT])
{
	struct sandbox_folder folders[1 + OWN_FILES_MOST];
	size_t n;

	strlcpy(layers, "not confined (--no-sandbox)", SANDBOX_TEXT);
	if (!options->sandbox)
		return;
	/* Without a sealed page, Landlock guards truncation, at a price for
	 * each open (see sandbox.c). */
	(void)root_seal(root);
	(void)own_files_seal(own);
	folders[0] = root_sandbox_folder(root);
	n = 1 + own_files_sandbox_folders(own, &folders[1]);
	if (sandbox_enter(folders, n, layers) == 0)
		return;
	if (options->require_sandbox)
		errx(1, "%s; --require-sandbox asks for all", layers);
	log_event(LOG_LEVEL_PROBLEMS, NULL, 0, "%s", layers);
}

/* SCHED_BATCH (sched(7)): a thread that wakes does not preempt the running one,
 * which saves most involuntary context switches with many connections. Keeps
 * any policy but the default: the operator chose it. */
static void
use_batch_scheduling(void)
{
	const struct sched_param none = {.sched_priority = 0};

	if (sched_getscheduler(0) == SCHED_OTHER)
		(void)sched_setscheduler(0, SCHED_BATCH, &none);
}

static struct workers *
start_workers(struct session_shared *shared, const struct limits *limits,
    const struct server_options *options)
{
	struct workers_plan plan = {.max = limits->max_connections,
	    .leaving = limits->leaving,
	    .per_address = limits->max_per_address,
	    .prefix = (unsigned)options->address_prefix};
	struct workers *workers = workers_new(shared, &plan);

	if (workers == NULL)
		err(1, "cannot start");
	/* A session needs a block for its buffers, and one for a digest. */
	buffers_reserve(2 * (plan.max + plan.leaving));
	return workers;
}

int
main(int argc, char **argv)
{
	/* Static, so that it is no leak when err(3) ends the program. */
	static struct listener *listener;
	static struct listen_sockets sockets;
	struct own_files own;
	struct session_shared shared = {.timeout = 0};
	struct workers *workers;
	struct server_options options;
	struct limits limits;
	struct announcement announcement;
	char error[NET_ERROR], shown[NET_ERROR], layers[SANDBOX_TEXT];
	bool stuck;
	int code;

	standard_open();
	server_options_parse(&options, argc, argv);
	/* The parent may have left descriptors open. */
	closefrom(STDERR_FILENO + 1);
	log_open(options.log_level, options.log_format);
	/* sendfile(2) has no MSG_NOSIGNAL, and the log may be a pipe. */
	signal(SIGPIPE, SIG_IGN);
	/* The log may be a file at its size limit. */
	signal(SIGXFSZ, SIG_IGN);
	if (listen_sockets_open(&sockets, &options, error) != 0)
		errx(1, "cannot listen: %s",
		    text_escape(shown, sizeof(shown), error, strlen(error)));
	listener = listener_new(&sockets);
	if (listener == NULL)
		err(1, "cannot start");
	if (options.sandbox)
		sandbox_forbid_cores();
	leave_root(options.user);
	open_shared(&shared, &options);
	if (own_files_open(&own) != 0)
		err(1, "cannot start");
	open_clients(&shared.verbs.rules, &own, &options);
	presence_init(&shared.verbs.presence, &shared.verbs.root,
	    sockets.fds[0]);
	log_warnings(&options);
	log_storage(&shared.verbs.root);
	limits_set(&limits, &options);
	atomic_init(&shared.verbs.kept.free, limits.kept);
	use_batch_scheduling();
	announce(&announcement, &sockets, &shared, options.directory);
	enter_sandbox(&shared.verbs.root, &own, &options, layers);
	workers = start_workers(&shared, &limits, &options);
	presence_start(&shared.verbs.presence);
	if (announcement_print(&announcement, layers) != 0)
		err(1, "cannot start");

	listener_run(listener, workers, &shared.verbs.presence);

	listener_stop(listener, workers, options.drain);
	listener_free(listener);
	stuck = workers_free(workers) != 0;
	stuck = presence_stop(&shared.verbs.presence) != 0 || stuck;
	code = presence_is_lost(&shared.verbs.presence);
	request_log_report_dropped();
	if (code == 0)
		log_event(LOG_LEVEL_REQUESTS, NULL, 0, "stopped by a signal");
	log_close();
	if (stuck)
		return code; /* a thread hangs in a dead file system */
	clients_close(&shared.verbs.rules.clients);
	own_files_close(&own);
	encryption_close(&shared.encryption);
	root_close(&shared.verbs.root);
	return code;
}
