#ifndef CLIENT_PROMPT_PROMPT_H
#define CLIENT_PROMPT_PROMPT_H

#include "client/transfer/pipeline.h"

/*
 * Asks for lines, each a name or a command (see prompt/commands.h), and does
 * what they say, until an empty line or the end of input: with line editing,
 * history and completion on a terminal, plainly on a pipe. What fails is
 * reported, and the next line asked for.
 */
void prompt_run(struct pipeline *pipeline);

#endif
