#ifndef CLIENT_TRUST_CLIENT_KEY_H
#define CLIENT_TRUST_CLIENT_KEY_H

/*
 * The user's own key, by which a server with a list of clients knows this
 * user: the file that FILEGET_KEY_FILE names, else key.pem beside the config
 * file. Read before this process is confined.
 */

#include <stdbool.h>

#include "client/ui/failure.h"
#include "client/ui/report.h"
#include "common/key_name.h"

struct identity;

enum {
	CLIENT_KEY_NAME = 65, /* bytes of a client's name with its NUL */
	CLIENT_KEY_LINE = CLIENT_KEY_NAME + KEY_NAME_TEXT,
};

/*
 * Reads the key. If there is no key.pem, makes one; if that fails, makes a key
 * for this run alone and tells it: as a detail, or, if told is true, in any
 * case, since a server that counts keys does not know this client again.
 * FILEGET_KEY_FILE must be there. Returns the key, which the caller frees, or
 * NULL with failure set.
 */
struct identity *client_key_open(struct report *report, bool told,
    struct failure *failure);

/* Prints the line of this user for a list of clients: "user@host KEY". Makes
 * the file that is missing, also that of FILEGET_KEY_FILE. Returns 0, or -1
 * with failure set. */
int client_key_line(char line[CLIENT_KEY_LINE], struct failure *failure);

#endif
