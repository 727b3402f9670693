/* poll(2) serves all connections; shutdown(2) of the listening socket ends the
 * thread. */

#include <sys/socket.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/net.h"
#include "tests/unit/text_server.h"
#include "tests/unit/unit.h"

static const struct protocol_attributes attributes = {{1, 2},
    sizeof(TEXT_SERVER_TEXT) - 1, CLOCK_SEC, 0100644};

void
text_server_open(struct text_server *server)
{
	char error[NET_ERROR];
	int i;

	memset(server, 0, sizeof(*server));
	for (i = 0; i < TEXT_SERVER_CONNECTIONS; i++)
		server->cut_after[i] = TEXT_SERVER_ALL;
	ck_assert_int_eq(net_listen("127.0.0.1", &server->port,
			     &server->listening, 0, 1, error),
	    1);
}

/* Adds the reply to one request. */
static void
add_reply(const struct text_server *server, struct script *replies,
    const struct protocol_request *request)
{
	static const char text[] = TEXT_SERVER_TEXT;
	static const char http[] = "HTTP/1.1 400 Bad Request\r\n";

	if (server->speaks_http) {
		script_add(replies, http, sizeof(http) - 1);
	} else if (request->name_len >= 2 &&
	    memcmp(request->name, "no", 2) == 0) {
		script_refuse(replies, PROTOCOL_NOT_FOUND, "gone");
	} else if (request->op == PROTOCOL_OP_STAT) {
		script_state(replies, &attributes);
	} else {
		script_range(replies, &attributes, text, sizeof(text) - 1);
		script_trailer(replies, sizeof(text) - 1, text,
		    sizeof(text) - 1);
	}
}

/* Receives bytes of requests, and adds the replies to whole ones. Returns
 * whether the connection goes on. */
static bool
receive_requests(const struct text_server *server,
    struct text_server_peer *peer)
{
	struct protocol_request request;
	ssize_t n = recv(peer->fd, peer->request + peer->len,
	    sizeof(peer->request) - peer->len, 0);
	size_t size;

	if (n <= 0)
		return false;
	peer->len += (size_t)n;
	while (protocol_decode_request(peer->request, peer->len, &request,
		   &size) == PROTOCOL_OK) {
		peer->requests++;
		add_reply(server, &peer->replies, &request);
		peer->len -= size;
		memmove(peer->request, peer->request + size, peer->len);
	}
	return true;
}

/* Sends what may be sent. Returns whether the connection goes on. */
static bool
send_replies(struct text_server_peer *peer, int cut_after)
{
	size_t end = peer->replies.len;
	ssize_t n;

	if (cut_after >= 0 && end > (size_t)cut_after)
		end = (size_t)cut_after;
	while (peer->sent < end) {
		n = send(peer->fd, peer->replies.bytes + peer->sent,
		    end - peer->sent, MSG_NOSIGNAL);
		if (n < 0)
			return false;
		peer->sent += (size_t)n;
	}
	return cut_after < 0 || peer->sent < (size_t)cut_after;
}

static void
accept_peer(struct text_server *server)
{
	struct text_server_peer *peer = &server->peers[server->connections];

	peer->fd = accept4(server->listening, NULL, NULL, SOCK_CLOEXEC);
	if (peer->fd >= 0)
		server->connections++;
}

/* Receives and sends on all connections that poll(2) has found ready. */
static void
serve_peers(struct text_server *server, const struct pollfd *fds)
{
	struct text_server_peer *peer;
	bool goes_on = true;
	unsigned i;

	for (i = 0; i < server->connections; i++, goes_on = true) {
		peer = &server->peers[i];
		if (fds[i].revents != 0)
			goes_on = receive_requests(server, peer);
		if (goes_on && peer->fd >= 0 &&
		    server->connections >= server->hold_connections &&
		    peer->requests >= server->hold_requests)
			goes_on = send_replies(peer, server->cut_after[i]);
		if (goes_on)
			continue;
		close(peer->fd);
		peer->fd = -1;
	}
}

static void *
serve(void *argument)
{
	struct pollfd fds[TEXT_SERVER_CONNECTIONS + 1];
	struct text_server *server = argument;
	unsigned i;

	for (;;) {
		for (i = 0; i < server->connections; i++)
			fds[i] =
			    (struct pollfd){server->peers[i].fd, POLLIN, 0};
		fds[i] = (struct pollfd){server->listening, POLLIN, 0};
		if (poll(fds, i + 1, -1) < 0 || (fds[i].revents & POLLHUP) != 0)
			return NULL;
		serve_peers(server, fds);
		if (fds[i].revents == 0)
			continue;
		if (server->connections == TEXT_SERVER_CONNECTIONS)
			return NULL;
		accept_peer(server);
	}
}

void
text_server_start(struct text_server *server)
{
	ck_assert_int_eq(pthread_create(&server->thread, NULL, serve, server),
	    0);
}

void
text_server_stop(struct text_server *server)
{
	shutdown(server->listening, SHUT_RDWR);
	ck_assert_int_eq(pthread_join(server->thread, NULL), 0);
}

void
text_server_close(struct text_server *server)
{
	unsigned i;

	for (i = 0; i < server->connections; i++) {
		if (server->peers[i].fd >= 0)
			close(server->peers[i].fd);
		free(server->peers[i].replies.bytes);
	}
	close(server->listening);
}
