#ifndef SERVER_SHARE_LINK_H
#define SERVER_SHARE_LINK_H

/* The link to what is shared, which has a ticket: it goes to standard output
 * and nowhere else. For the main thread, before the sandbox. */

#include "common/key_name.h"
#include "server/announcement.h"
#include "server/listen_sockets.h"
#include "server/share.h"

/*
 * Writes the lines with which a share begins: what is served where, how long,
 * and the command to paste, which feeds the link to fileget's standard input.
 * The link names the host of the settings, else the first address by which
 * others can reach this machine. Returns 0, or -1 with errno.
 */
int share_link_open(struct announcement *announcement,
    const struct share *share, const struct share_settings *settings,
    const struct listen_sockets *sockets, const struct key_name *key);

#endif
