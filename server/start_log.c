/* Lines of the log that depend on the options and on the served folder alone.
 * The main thread writes them before any other is started. */

#include <unistd.h>

#include "common/log.h"
#include "server/start_log.h"

void
start_log_tell_storage(const struct root *root)
{
	if (root->network != NULL)
		log_event(LOG_LEVEL_REQUESTS, NULL, 0,
		    "the folder is on %s: each request opens its file anew, "
		    "and reads it once, for the digest and the client",
		    root->network);
}

void
start_log_warn(const struct server_options *options)
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
