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
#include "server/credentials.h"
#include "server/limits.h"
#include "server/listener.h"
#include "server/own_files.h"
#include "server/reload.h"
#include "server/request_log.h"
#include "server/root.h"
#include "server/sandbox.h"
#include "server/server_options.h"
#include "server/session.h"
#include "server/share.h"
#include "server/share_link.h"
#include "server/start_log.h"
#include "server/user.h"
#include "server/workers.h"

static struct listener *
open_listener(struct listen_sockets *sockets,
    const struct server_options *options)
{
	char error[NET_ERROR], shown[NET_ERROR];
	struct listener *listener;

	if (listen_sockets_open(sockets, options, error) != 0)
		errx(1, "cannot listen: %s",
		    text_escape(shown, sizeof(shown), error, strlen(error)));
	/* The key of a share is in no file. */
	listener = listener_new(sockets,
	    options->tls.mode != ENCRYPTION_OFF && options->share.path == NULL);
	if (listener == NULL)
		err(1, "cannot start");
	return listener;
}

static void
leave_root(const char *user)
{
	char error[USER_ERROR], shown[USER_ERROR];

	if (user != NULL && user_become(user, error) != 0)
		errx(1, "--user %s: %s",
		    text_escape(shown, sizeof(shown), user, strlen(user)),
		    error);
}

/* Finds what is shared, as the user that serves. The served folder is then the
 * shared one, or the one in which the shared file is: only the file's own name
 * leads anywhere there, so it may be hidden, and no link is followed to it. */
static struct share *
open_share(struct server_options *options)
{
	char error[SHARE_ERROR];
	struct share *share;
	bool usage;

	if (options->share.path == NULL)
		return NULL;
	share = share_new(&options->share, &usage, error);
	if (share == NULL)
		errx(usage ? 2 : 1, "%s", error);
	options->directory = share_folder(share);
	if (!share_is_folder(share)) {
		options->hidden = true;
		options->links = false;
	}
	return share;
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

/* Asks each client for a key, and admits the listed ones. */
static void
ask_for_keys(struct encryption *encryption, struct clients *clients)
{
	encryption->asks = true;
	encryption->clients =
	    (struct tls_peer){.admits = clients_admit, .arg = clients};
}

/* Opens the key and the list of clients as the user that serves. */
static void
open_credentials(struct reload *reload, struct session_shared *shared,
    const struct server_options *options)
{
	char error[CREDENTIALS_ERROR];

	if (reload_open(reload, &shared->encryption, &shared->verbs.rules) != 0)
		err(1, "cannot start");
	if (credentials_open(reload, options, error) != 0)
		errx(1, "%s", error);
}

static void
open_shared(struct session_shared *shared, struct reload *reload,
    struct server_options *options)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	shared->share = open_share(options);
	if (shared->share != NULL) {
		shared->encryption.asks = true;
		shared->encryption.clients.admits = share_admits_key;
	}
	open_root(&shared->verbs.root, options);
	access_rules_init(&shared->verbs.rules, &shared->verbs.root);
	if (shared->share != NULL)
		shared->verbs.rules.share = share_scope(shared->share);
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
	open_credentials(reload, shared, options);
}

/* Prepares the lines that main prints when nothing can fail any more, and
 * begins the time of a share. */
static void
announce(struct announcement *announcement,
    const struct listen_sockets *sockets, const struct session_shared *shared,
    const struct server_options *options)
{
	const struct encryption *encryption = &shared->encryption;

	int result;

	if (shared->share != NULL) {
		result = share_link_open(announcement, shared->share,
		    &options->share, sockets, &encryption->name);
		share_start(shared->share, sockets->fds[0]);
	} else {
		result = announcement_open(announcement, sockets,
		    options->directory,
		    encryption_is_on(encryption) ? &encryption->name : NULL);
	}
	if (result != 0)
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

/* Tells how the serving has ended. */
static void
tell_end(struct share *share, int code)
{
	if (share != NULL)
		share_tell(share);
	else if (code == 0)
		log_event(LOG_LEVEL_REQUESTS, NULL, 0, "stopped by a signal");
}

static void
close_shared(struct session_shared *shared)
{
	clients_close(&shared->verbs.rules.clients);
	share_free(shared->share);
	encryption_close(&shared->encryption);
	root_close(&shared->verbs.root);
}

static void
ignore_signals(void)
{
	/* sendfile(2) has no MSG_NOSIGNAL, and the log may be a pipe. */
	signal(SIGPIPE, SIG_IGN);
	/* The log may be a file at its size limit. */
	signal(SIGXFSZ, SIG_IGN);
}

int
main(int argc, char **argv)
{
	/* Static, so that it is no leak when err(3) ends the program. */
	static struct listener *listener;
	static struct listen_sockets sockets;
	static struct reload reload;
	struct session_shared shared = {.timeout = 0};
	struct workers *workers;
	struct server_options options;
	struct limits limits;
	struct announcement announcement;
	char layers[SANDBOX_TEXT];
	bool stuck;
	int code;

	standard_open();
	server_options_parse(&options, argc, argv);
	/* The parent may have left descriptors open. */
	closefrom(STDERR_FILENO + 1);
	log_open(options.log_level, options.log_format);
	ignore_signals();
	listener = open_listener(&sockets, &options);
	if (options.sandbox)
		sandbox_forbid_cores();
	leave_root(options.user);
	open_shared(&shared, &reload, &options);
	presence_init(&shared.verbs.presence, &shared.verbs.root,
	    sockets.fds[0]);
	start_log_warn(&options);
	start_log_tell_storage(&shared.verbs.root);
	limits_set(&limits, &options);
	atomic_init(&shared.verbs.kept.free, limits.kept);
	use_batch_scheduling();
	announce(&announcement, &sockets, &shared, &options);
	enter_sandbox(&shared.verbs.root, &reload.files, &options, layers);
	workers = start_workers(&shared, &limits, &options);
	presence_start(&shared.verbs.presence);
	if (reload_start(&reload) != 0)
		err(1, "cannot start");
	if (announcement_print(&announcement, layers) != 0)
		err(1, "cannot start");

	listener_run(listener, workers, &shared.verbs.presence, shared.share,
	    &reload);

	listener_stop(listener, workers, options.drain);
	listener_free(listener);
	stuck = workers_free(workers) != 0;
	stuck = presence_stop(&shared.verbs.presence) != 0 || stuck;
	stuck = reload_stop(&reload) != 0 || stuck;
	code = presence_is_lost(&shared.verbs.presence);
	request_log_report_dropped();
	tell_end(shared.share, code);
	log_close();
	if (stuck)
		return code; /* a thread hangs in a dead file system */
	close_shared(&shared);
	return code;
}
