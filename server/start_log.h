#ifndef SERVER_START_LOG_H
#define SERVER_START_LOG_H

#include "server/root.h"
#include "server/server_options.h"

/* Logs what the operator should know about these options. */
void start_log_warn(const struct server_options *options);

/* Logs what is different if the served folder is on a network file system. */
void start_log_tell_storage(const struct root *root);

#endif
