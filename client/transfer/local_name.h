#ifndef CLIENT_TRANSFER_LOCAL_NAME_H
#define CLIENT_TRANSFER_LOCAL_NAME_H

/* Names and paths of what is written, by the settings alone. Any thread. */

#include <stddef.h>

#include "client/transfer/settings.h"

struct tree_folder;

/* Sets path to the folder that is written into: -P, that of -o, or ".". With
 * -r, -o is itself the folder, if it is there already. */
void local_name_folder(const struct transfer_settings *settings, char *path,
    size_t size);

/* Sets *final to the name that a remote name gets in that folder, for the
 * caller to free; NULL for standard output. The served folder itself (".") gets
 * the name of the host. Returns 0, or -1 if memory is short. */
int local_name_final(const struct transfer_settings *settings, const char *name,
    char **final);

/* Sets path to a file in tree (NULL: in the target folder) as a person would
 * name it; cut to size bytes. */
void local_name_print(const struct transfer_settings *settings,
    const struct tree_folder *tree, const char *final, char *path, size_t size);

#endif
