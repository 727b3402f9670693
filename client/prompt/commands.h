#ifndef CLIENT_PROMPT_COMMANDS_H
#define CLIENT_PROMPT_COMMANDS_H

/* The prompt's commands: a name or pattern to fetch, ls, cd and others;
 * prompt/help.c lists them. One thread. */

#include <stdbool.h>
#include <stddef.h>

#include "client/prompt/completion.h"
#include "client/prompt/remote_cwd.h"
#include "client/transfer/pipeline.h"

struct commands {
	struct pipeline *pipeline;
	struct transfer_settings tree; /* the pipeline's, with -r */
	struct remote_cwd place;
	struct completion completion;
	bool is_typed; /* by a person */
	bool is_over;  /* a command to leave was run */
};

/* Borrows the pipeline. The struct must not be moved. is_typed: a person types
 * the lines. If not, only ls, cd and help are commands, and all other lines are
 * names, which are fetched without asking the server about them first. */
void commands_open(struct commands *commands, struct pipeline *pipeline,
    bool is_typed);
void commands_close(struct commands *commands);

/* Runs a line of len > 0 bytes, without the newline and the blanks around it.
 * Failures go to the report. Returns false if it is a command to leave. */
bool commands_run(struct commands *commands, const char *line, size_t len);

#endif
