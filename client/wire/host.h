#ifndef CLIENT_WIRE_HOST_H
#define CLIENT_WIRE_HOST_H

/*
 * The server's addresses. They are looked up once before this process is
 * confined, by all means of the system. A confined process cannot ask nscd or
 * systemd-resolved (unix sockets), so these addresses are kept for when a later
 * look-up finds none. A process has one host.
 */

#include "client/wire/settings.h"
#include "common/net.h"

/* Looks the host up. The first host_connect returns a failure of it. Called at
 * most once, before any thread is started. */
void host_find(const struct connection_settings *settings);

/* Forgets what host_find has found. */
void host_forget(void);

/* Connects to the host within timeout nanoseconds. The first call after
 * host_find uses its addresses; later calls look the host up again. Returns a
 * blocking socket that the caller closes, or -1 with errno and a message in
 * error. Any thread may call it. */
int host_connect(const struct connection_settings *settings, int64_t timeout,
    int wake_fd, char error[NET_ERROR]);

#endif
