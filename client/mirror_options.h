#ifndef CLIENT_MIRROR_OPTIONS_H
#define CLIENT_MIRROR_OPTIONS_H

#include <stdbool.h>

#include "client/transfer/settings.h"
#include "common/options.h"

/* The options that make -r a mirror. */

/* Adds a pattern of --include or --exclude behind the others. Returns 0, or -1
 * with a text in error, which has OPTIONS_ROW_ERROR bytes. */
int mirror_options_add(struct transfer_settings *transfer, const char *pattern,
    bool includes, char *error);

/* Returns what is wrong with these options together, a static string; or NULL.
 * n_names: operands behind the port; is_list: -l is given. */
const char *mirror_options_check(const struct transfer_settings *transfer,
    int n_names, bool is_list);

#endif
