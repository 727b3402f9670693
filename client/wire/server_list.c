/*
 * Reads the list of servers on the command line, and keeps why each of them has
 * failed. common/endpoint.c checks each member. wire/connection.c decides which
 * server is asked.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/wire/server_list.h"
#include "common/resolve.h"

void
server_list_open(struct server_list *list)
{
	/* The list is large: server_list_add clears what it uses. */
	list->n = 0;
	pthread_mutex_init(&list->lock, NULL);
}

void
server_list_close(struct server_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		server_forget(&list->members[i]);
	pthread_mutex_destroy(&list->lock);
}

int
server_list_add(struct server_list *list, const char *host, uint16_t port)
{
	if (list->n == SERVER_LIST_MAX)
		return -1;
	list->reasons[list->n][0] = '\0';
	server_set(&list->members[list->n++], host, port);
	return 0;
}

/* ---- the text ----------------------------------------------------------- */

static int __attribute__((format(printf, 2, 3)))
refuse_list(char *error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(error, ENDPOINT_ERROR, format, ap);
	va_end(ap);
	return -1;
}

/* Adds the member of len bytes at text. */
static int
read_member(struct server_list *list, const char *text, size_t len, char *error)
{
	struct endpoint endpoint;
	char member[ENDPOINT_HOST + 16];

	if (len >= sizeof(member))
		return refuse_list(error,
		    "a host name has at most %d characters", ENDPOINT_NAME_MAX);
	memcpy(member, text, len);
	member[len] = '\0';
	if (endpoint_parse(&endpoint, member, ENDPOINT_CONNECT, error) != 0)
		return -1;
	if (server_list_add(list, endpoint.host, endpoint.port) != 0)
		return refuse_list(error, "more than %d servers",
		    SERVER_LIST_MAX);
	return 0;
}

int
server_list_read(struct server_list *list, const char *text,
    char error[ENDPOINT_ERROR])
{
	bool is_list = strchr(text, ',') != NULL;
	struct endpoint endpoint;

	/* A URL is refused as a whole, with what to write instead. */
	if (strstr(text, "://") != NULL)
		return endpoint_parse(&endpoint, text, ENDPOINT_CONNECT, error);
	if (strpbrk(text, " \t") != NULL)
		return is_list ?
		    refuse_list(error,
			"the list of servers has a blank in it: commas alone "
			"separate servers") :
		    refuse_list(error,
			"'%.*s' has a blank in it: HOST and PORT are two "
			"operands",
			ENDPOINT_NAME_MAX, text);
	for (;;) {
		size_t len = strcspn(text, ",");

		if (len == 0 && is_list)
			return refuse_list(error,
			    "the list of servers has an empty member (a comma "
			    "too many, or an unset variable?)");
		if (read_member(list, text, len, error) != 0)
			return -1;
		if (text[len] == '\0')
			return 0;
		text += len + 1;
	}
}

const struct server *
server_list_find_portless(const struct server_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->members[i].port == 0)
			return &list->members[i];
	return NULL;
}

/* Returns whether the first n servers have this host and port. */
static bool
has_server(const struct server_list *list, size_t n, const char *host,
    uint16_t port)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list->members[i].port == port &&
		    endpoint_same_host(list->members[i].host, host))
			return true;
	return false;
}

int
server_list_complete(struct server_list *list, uint16_t port,
    char error[ENDPOINT_ERROR])
{
	struct server *server = list->members, *end = server + list->n;
	char host[ENDPOINT_HOST];

	for (; server < end; server++) {
		strlcpy(host, server->host, sizeof(host));
		if (server->port == 0)
			server_set(server, host, port);
		if (has_server(list, (size_t)(server - list->members), host,
			server->port))
			return refuse_list(error, "%s is in the list twice",
			    server->name);
	}
	return 0;
}

/* ---- addresses ---------------------------------------------------------- */

/* Adds a server that the user has given by another text than its host. */
static int
add_given(struct server_list *list, const char *host, uint16_t port,
    const char *given)
{
	if (server_list_add(list, host, port) != 0)
		return -1;
	strlcpy(list->members[list->n - 1].given, given, ENDPOINT_HOST);
	return 0;
}

/* Adds the address of a server, unless the list has it. Returns whether there
 * was room. */
static bool
add_address(struct server_list *list, const struct addrinfo *info,
    const struct server *server)
{
	char host[ENDPOINT_HOST];

	if (getnameinfo(info->ai_addr, info->ai_addrlen, host, sizeof(host),
		NULL, 0, NI_NUMERICHOST) != 0 ||
	    has_server(list, list->n, host, server->port))
		return true;
	return add_given(list, host, server->port, server->given) == 0;
}

/* Adds all addresses of a server, or the server itself if its host is not
 * found. Returns the number of those without room. */
static size_t
expand_server(struct server_list *list, const struct server *server)
{
	struct addrinfo *found, *info;
	char error[NET_ERROR];
	size_t lost = 0;

	if (resolve_host(server->host, server->port, 0, &found, error,
		sizeof(error)) != 0)
		return server_list_add(list, server->host, server->port) != 0;
	for (info = found; info != NULL; info = info->ai_next)
		lost += !add_address(list, info, server);
	freeaddrinfo(found);
	return lost;
}

size_t
server_list_expand(struct server_list *list)
{
	struct server_list all;
	size_t i, lost = 0;

	server_list_open(&all);
	for (i = 0; i < list->n; i++)
		lost += expand_server(&all, &list->members[i]);
	list->n = 0;
	for (i = 0; i < all.n; i++)
		(void)add_given(list, all.members[i].host, all.members[i].port,
		    all.members[i].given);
	server_list_close(&all);
	return lost;
}

int
server_list_trust(struct server_list *list, struct trust *trust,
    struct failure *failure)
{
	struct trust_needs needs = {false};
	struct server *server;
	size_t i;

	for (i = 0; i < list->n; i++) {
		server = &list->members[i];
		if (host_trust_decide(&server->trust, trust, server->given,
			server->port, &needs, failure) != 0)
			return -1;
	}
	return trust_prepare(trust, &needs, failure);
}

void
server_list_find(struct server_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		server_find(&list->members[i]);
}

/* ---- choice and failures ------------------------------------------------ */

uint64_t
server_list_bit(const struct server_list *list, const struct server *server)
{
	return UINT64_C(1) << (server - list->members);
}

uint64_t
server_list_usable(const struct server_list *list)
{
	uint64_t set = 0;
	size_t i;

	for (i = 0; i < list->n; i++)
		if (!atomic_load(&list->members[i].is_foreign))
			set |= UINT64_C(1) << i;
	return set;
}

struct server *
server_list_next(struct server_list *list, const struct server *server,
    uint64_t set)
{
	size_t i, at = (size_t)(server - list->members);

	for (i = 1; i <= list->n; i++)
		if ((set >> (at + i) % list->n & 1) != 0)
			return &list->members[(at + i) % list->n];
	return NULL;
}

void
server_list_note(struct server_list *list, const struct server *server,
    const char *reason)
{
	pthread_mutex_lock(&list->lock);
	strlcpy(list->reasons[server - list->members], reason,
	    SERVER_LIST_REASON);
	pthread_mutex_unlock(&list->lock);
}

void
server_list_reason(struct server_list *list, const struct server *server,
    char reason[SERVER_LIST_REASON])
{
	pthread_mutex_lock(&list->lock);
	strlcpy(reason, list->reasons[server - list->members],
	    SERVER_LIST_REASON);
	pthread_mutex_unlock(&list->lock);
}

void
server_list_tell(struct server_list *list, char *text, size_t size)
{
	size_t i;

	text[0] = '\0';
	pthread_mutex_lock(&list->lock);
	for (i = 0; i < list->n; i++) {
		if (list->reasons[i][0] == '\0')
			continue;
		if (text[0] != '\0')
			strlcat(text, "; ", size);
		strlcat(text, list->reasons[i], size);
	}
	pthread_mutex_unlock(&list->lock);
}
