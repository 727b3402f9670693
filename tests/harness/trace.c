#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "common/clock.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/trace.h"
#include "tests/harness/wait.h"

#define STRACE "/usr/bin/strace"

static bool
is_attached_or_over(void *strace)
{
	return strstr(program_err(strace), " attached") != NULL ||
	    program_ended(strace);
}

bool
trace_begin(struct trace *trace, const struct program *program,
    const char *test)
{
	static unsigned number;
	char path[SCRATCH_PATH], pid[16];

	if (access(STRACE, X_OK) != 0) {
		harness_skip(test, "there is no strace");
		return false;
	}
	snprintf(trace->file, sizeof(trace->file), "outside/trace%u", number++);
	snprintf(pid, sizeof(pid), "%d", (int)program->pid);
	program_start(&trace->strace,
	    &(struct program_options){.path = STRACE,
		.args = (const char *const[]){"-f", "-o",
		    scratch_path(path, trace->file), "-p", pid, NULL}});
	ck_assert(wait_until(is_attached_or_over, &trace->strace, WAIT_LIMIT));
	if (!program_ended(&trace->strace))
		return true;
	harness_skip(test, "strace may not trace here");
	program_wait(&trace->strace, WAIT_LIMIT);
	return false;
}

char *
trace_end(struct trace *trace)
{
	size_t len;

	program_signal(&trace->strace, SIGINT);
	program_wait(&trace->strace, WAIT_LIMIT);
	return scratch_read(trace->file, &len);
}

const char *
trace_find_file_call(const char *calls)
{
	static const char *const names[] = {"open", "stat", "getdents", "readl",
	    "access", "lseek", "pread", "sendfile", "readahead", "name_to",
	    "statfs", "close"};
	static char found[32];
	const char *line, *call;
	size_t i;

	for (line = calls; line != NULL && *line != '\0';
	     line = strchr(line, '\n')) {
		/* "123   openat2(3, ..." or "123   <... openat2 resumed>" */
		line += strspn(line, "\n0123456789 ");
		call = line + (strncmp(line, "<... ", 5) == 0 ? 5 : 0);
		snprintf(found, sizeof(found), "%.*s",
		    (int)strspn(call, "abcdefghijklmnopqrstuvwxyz0123456789_"),
		    call);
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strstr(found, names[i]) != NULL)
				return found;
	}
	return NULL;
}
