#ifndef CLIENT_PROMPT_COMMANDS_H
#define CLIENT_PROMPT_COMMANDS_H

/* The prompt's commands: ls, cd, help, a name or pattern. One thread. */

#include <stddef.h>

#include "client/prompt/completion.h"
#include "client/prompt/remote_cwd.h"
#include "client/transfer/pipeline.h"

struct commands {
	struct pipeline *pipeline;
	struct remote_cwd place;
	struct completion completion;
};

/* Borrows the pipeline. The struct must not be moved. */
void commands_open(struct commands *commands, struct pipeline *pipeline);
void commands_close(struct commands *commands);

/* The advice that is shown before the first line. */
extern const char commands_hint[];

/* Runs a line of len > 0 bytes, without the newline and the blanks around it.
 * Failures go to the report. */
void commands_run(struct commands *commands, const char *line, size_t len);

#endif
