#ifndef CLIENT_PROMPT_COMMANDS_H
#define CLIENT_PROMPT_COMMANDS_H

/*
 * What a line at the prompt asks for: a name or a pattern to be fetched, ls,
 * cd or help. One thread.
 */

#include <stddef.h>

#include "client/prompt/completion.h"
#include "client/transfer/pipeline.h"
#include "client/prompt/remote_cwd.h"

struct commands {
	struct pipeline *pipeline;
	struct remote_cwd place;
	struct completion completion;
};

/* fetch and the struct itself stay where they are. */
void commands_open(struct commands *commands, struct pipeline *pipeline);
void commands_close(struct commands *commands);

/* What is said before the first line. */
extern const char commands_hint[];

/* Does what a line of len bytes, without its newline and the blanks around
 * it, asks for; what fails is reported. */
void commands_run(struct commands *commands, const char *line, size_t len);

#endif
