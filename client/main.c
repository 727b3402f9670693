/*
 * fileget: reads the command line, gathers the names, fetches them, and says
 * by its exit code how that went.
 */

#include <sys/resource.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/confine.h"
#include "client/transfer/local_name.h"
#include "client/transfer/pipeline.h"
#include "client/store/folder.h"
#include "client/follow/follow.h"
#include "client/run.h"
#include "client/wire/host.h"
#include "client/ui/interrupt.h"
#include "client/client_options.h"
#include "client/ui/stdout_writer.h"
#include "client/ui/progress.h"
#include "client/prompt/prompt.h"
#include "client/ui/report.h"
#include "common/rate.h"
#include "common/standard.h"

static void
open_folder(struct folder *folder, const struct client_options *options)
{
	char path[PATH_MAX];

	local_name_folder(&options->transfer, path, sizeof(path));
	if (folder_open(folder, path) != 0)
		err(EXIT_LOCAL,
		    errno == ENOENT ?
			"cannot write into %s, which has to be made first" :
			"cannot write into %s",
		    path);
}

/* For names at the prompt and on the bar that are not ASCII: the user's
 * locale, or, where that knows no such characters, one that does. */
static void
set_locale(void)
{
	if (setlocale(LC_CTYPE, "") == NULL || MB_CUR_MAX == 1)
		setlocale(LC_CTYPE, "C.UTF-8");
	/* The C library loads code for some locales at the first use. */
	(void)!mblen("a", 1);
}

/* Every part file that is gone on with takes one. */
static void
raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* Output for a script, or of -o -, must have arrived. A pipe without a reader
 * (EPIPE) is not told: the reader knows why it left. */
static enum exit_code
end_stdout(enum exit_code code)
{
	if (standard_end() == 0)
		return code;
	if (errno != EPIPE && !interrupt_pending())
		warn("cannot write to standard output");
	return code == EXIT_OK ? EXIT_LOCAL : code;
}

/* All that is needed from outside is opened, or looked up, by now. */
static void
enter_walls(const struct client_options *options, int folder_fd,
    struct report *report)
{
	if (options->sandbox)
		host_find(&options->transfer.connection);
	confine_process(options, folder_fd, report);
}

int
main(int argc, char **argv)
{
	struct progress progress;
	struct client_options options;
	struct folder folder = {.fd = -1};
	struct report report;
	struct pipeline pipeline;
	struct rate rate;
	bool writes;

	standard_open();
	client_options_parse(&options, argc, argv);
	/* A write that cannot be done shall say so, not end us. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (interrupt_open() != 0 ||
	    rate_open(&rate, options.transfer.connection.rate) != 0)
		err(EXIT_LOCAL, "cannot start");
	/* With -f another file may take the place of descriptor 1 below. */
	if (!options.is_follow)
		stdout_writer_open();
	set_locale();
	raise_descriptors();
	writes = !options.is_list && !client_options_to_stdout(&options) &&
	    !options.is_follow;
	if (writes)
		open_folder(&folder, &options);
	progress_open(&progress, &options.progress);
	report_open(&report, &options.report, &progress);
	pipeline_open(&pipeline, &options.transfer, writes ? &folder : NULL,
	    &report, &progress, &rate);
	pipeline.list = run_open_list(&options);
	if (options.is_follow &&
	    follow_redirect(&options.follow, options.names[0], &report) != 0)
		return report.code;
	enter_walls(&options, folder.fd, &report);

	if (options.is_follow)
		run_follow(&options, &pipeline);
	else if (options.is_list)
		run_list(&options, &pipeline);
	else if (client_options_wants_prompt(&options))
		prompt_run(&pipeline);
	else
		run_fetch(&options, &pipeline);

	pipeline_close(&pipeline);
	if (pipeline.list != NULL && pipeline.list != stdin)
		fclose(pipeline.list);
	host_forget();
	rate_close(&rate);
	folder_close(&folder);
	report.code = end_stdout(report.code);
	/* To be interrupted is how -f is meant to end. */
	if (options.is_follow && report.code != EXIT_OK)
		return report.code;
	return interrupt_pending() ? EXIT_INTERRUPTED : report.code;
}
