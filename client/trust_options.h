#ifndef CLIENT_TRUST_OPTIONS_H
#define CLIENT_TRUST_OPTIONS_H

#include "client/trust/trust.h"
#include "client/wire/server_list.h"
#include "common/options.h"

/* The options that say how servers are known: --tls, --key, --plain, --ca. */

/* Adds a key of --key. Returns 0, or -1 with a text in error, which has
 * OPTIONS_ROW_ERROR bytes. */
int trust_options_add_key(struct trust_settings *settings, const char *text,
    char *error);

/* Takes the key in a link for the only one that counts; it is not remembered.
 * Returns 0, or -1 if other options say how the server is known. */
int trust_options_set_link(struct trust_settings *settings,
    const struct key_name *key);

/* Opens trust and decides about all servers, before this process is confined.
 * Returns 0, and the caller calls trust_close; or -1 after reporting why not.
 */
int trust_options_apply(const struct trust_settings *settings,
    struct trust *trust, struct server_list *servers, struct report *report);

#endif
