#ifndef CLIENT_CLIENT_OPTIONS_H
#define CLIENT_CLIENT_OPTIONS_H

#include "client/client_settings.h"

/* Reads the command line; HOST and PORT go into servers, to which options
 * points; with --my-key there are none. --help and --version end the program
 * with 0, a mistake ends it with EXIT_USAGE and a message. */
void client_options_parse(struct client_options *options,
    struct server_list *servers, int argc, char **argv);

#endif
