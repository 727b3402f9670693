#ifndef CLIENT_PROMPT_PROMPT_H
#define CLIENT_PROMPT_PROMPT_H

#include "client/transfer/pipeline.h"

/*
 * Reads lines, each a name or a command, and runs them (prompt/commands.h),
 * until an empty line, the end of input or an interrupt. Has line editing,
 * history and completion on a terminal. Failures go to the report.
 */
void prompt_run(struct pipeline *pipeline);

#endif
