/* fileget: opens its files, confines itself, does the work (client/run.c), and
 * returns the exit code of the report. */

#include <sys/resource.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/client_options.h"
#include "client/confine.h"
#include "client/follow/follow.h"
#include "client/name_files.h"
#include "client/run.h"
#include "client/store/folder.h"
#include "client/store/old_copy.h"
#include "client/transfer/local_name.h"
#include "client/transfer/pipeline.h"
#include "client/trust/client_key.h"
#include "client/trust_options.h"
#include "client/ui/interrupt.h"
#include "client/ui/progress.h"
#include "client/ui/report.h"
#include "client/ui/stdout_writer.h"
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

/* Names at the prompt and on the bar may not be ASCII: sets the user's locale,
 * or C.UTF-8 if that one has single bytes only. */
static void
set_locale(void)
{
	if (setlocale(LC_CTYPE, "") == NULL || MB_CUR_MAX == 1)
		setlocale(LC_CTYPE, "C.UTF-8");
	/* The C library loads code for some locales at the first use. */
	(void)!mblen("a", 1);
}

/* Opens the file of --reuse=FILE. */
static void
open_old_copy(struct client_options *options)
{
	struct failure failure;

	if (!options->reuses_file)
		return;
	options->transfer.store.old_fd =
	    old_copy_open_named(options->reuse, &failure);
	if (options->transfer.store.old_fd < 0)
		errx((int)failure.code, "%s", failure.text);
}

/* Every part file that is continued takes a descriptor. */
static void
raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* SIGPIPE was ignored when the program started. */
static bool ignores_sigpipe;

/* Prepares signals, standard output and limits of this process. */
static void
prepare_process(const struct client_options *options, struct rate *rate)
{
	/* A write that fails returns an error instead of ending the program. */
	ignores_sigpipe = signal(SIGPIPE, SIG_IGN) == SIG_IGN;
	signal(SIGXFSZ, SIG_IGN);
	if (rate_open(rate, options->transfer.connection.rate) != 0)
		err(EXIT_LOCAL, "cannot start");
	/* With -f another file may take the place of descriptor 1 later. */
	if (!options->is_follow)
		stdout_writer_open();
	set_locale();
	raise_descriptors();
}

/* With --all-addresses: makes each address a server of its own. */
static void
expand_servers(const struct client_options *options,
    struct server_list *servers, struct report *report)
{
	size_t i, lost;

	if (!options->all_addresses)
		return;
	lost = server_list_expand(servers);
	if (lost > 0)
		report_note(report,
		    "--all-addresses: the first %d addresses are used; %zu "
		    "more are not",
		    SERVER_LIST_MAX, lost);
	for (i = 0; i < servers->n; i++)
		report_detail(report, "one server is %s",
		    servers->members[i].name);
}

/* Looks up the hosts while files are readable, then confines the process. */
static void
confine_program(const struct client_options *options,
    struct server_list *servers, int folder_fd, struct report *report)
{
	if (!options->sandbox)
		return;
	server_list_find(servers);
	/* A dry run writes nowhere. */
	confine_process(report,
	    options->transfer.store.is_dry ? -1 : folder_fd);
}

/* Ends the process because the reader of standard output has gone: as other
 * programs do, without a word by SIGPIPE, or with a message if that signal was
 * ignored from the start. */
static enum exit_code
end_without_reader(void)
{
	if (!ignores_sigpipe) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	warnx("cannot write to standard output: %s", strerror(EPIPE));
	return EXIT_LOCAL;
}

/* Returns code, or if it is EXIT_OK and output was lost, the reason. */
static enum exit_code
end_stdout(enum exit_code code)
{
	if (standard_end() == 0)
		return code;
	if (errno == EPIPE)
		return code == EXIT_OK ? EXIT_READER_GONE : code;
	if (!interrupt_pending())
		warn("cannot write to standard output");
	return code == EXIT_OK ? EXIT_LOCAL : code;
}

/* Prints the line of --my-key. */
static enum exit_code
print_my_key(void)
{
	char line[CLIENT_KEY_LINE];
	struct failure failure;

	if (client_key_line(line, &failure) != 0)
		errx((int)failure.code, "%s", failure.text);
	puts(line);
	standard_note();
	if (standard_end() != 0)
		err(EXIT_LOCAL, "cannot write to standard output");
	return EXIT_OK;
}

/* Tells which options came from a file, and that others could see a link. */
static void
tell_sources(const struct client_options *options, struct report *report)
{
	if (options->defaults.path[0] != '\0')
		report_detail(report, "options are read from %s too",
		    options->defaults.path);
	if (options->ticket_was_seen)
		report_note(report,
		    "the link was an argument, which other users of this "
		    "machine can see; 'fileget -' reads it from standard "
		    "input");
}

int
main(int argc, char **argv)
{
	struct progress progress;
	struct client_options options;
	struct server_list servers;
	struct trust trust;
	struct folder folder = {.fd = -1};
	struct report report;
	struct pipeline pipeline;
	struct rate rate;
	FILE *names_file;
	bool writes;

	standard_open();
	/* First of all, so that a signal ends every run with its exit code. */
	if (interrupt_open() != 0)
		err(EXIT_LOCAL, "cannot start");
	client_options_parse(&options, &servers, argc, argv);
	if (options.is_my_key)
		return print_my_key();
	prepare_process(&options, &rate);
	writes = !options.is_list && !options.is_follow && !options.to_stdout;
	open_old_copy(&options);
	if (writes)
		open_folder(&folder, &options);
	progress_open(&progress, &options.progress);
	report_open(&report, &options.report, &progress);
	tell_sources(&options, &report);
	pipeline_open(&pipeline, &options.transfer, writes ? &folder : NULL,
	    &report, &progress, &rate);
	names_file = name_files_open(&options);
	if (options.is_follow &&
	    follow_redirect(&options.follow, options.names[0], &report) != 0)
		return report.code;
	expand_servers(&options, &servers, &report);
	if (trust_options_apply(&options.trust, &trust, &servers, &report) != 0)
		return report.code;
	confine_program(&options, &servers, folder.fd, &report);
	run_work(&options, &pipeline, names_file);
	pipeline_close(&pipeline);
	name_filter_free(&options.transfer.filter);
	if (names_file != NULL && names_file != stdin)
		fclose(names_file);
	server_list_close(&servers);
	trust_close(&trust);
	rate_close(&rate);
	folder_close(&folder);
	if (options.transfer.store.old_fd >= 0)
		close(options.transfer.store.old_fd);
	report_close(&report);
	report.code = end_stdout(report.code);
	if (report.code == EXIT_READER_GONE)
		return end_without_reader();
	/* An interrupt is the normal end of -f. */
	if (options.is_follow && report.code != EXIT_OK)
		return report.code;
	return interrupt_pending() ? EXIT_INTERRUPTED : report.code;
}
