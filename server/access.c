/*
 * The order of the rules is one line: a share, else the list of clients, else
 * everything. A connection holds the list that it was admitted by, so that a
 * client's line stays where it is while a request reads it; one load of the
 * edition tells whether another list is in force.
 */

#include "server/access.h"

void
access_rules_init(struct access_rules *rules, const struct root *root)
{
	*rules = (struct access_rules){.root = root};
	root_without_links(root, &rules->plain);
	clients_init(&rules->clients);
}

/* Gives what the line of a client allows. */
static void
allow_client(struct access *access, const struct client *client)
{
	access->client = client;
	if (scope_is_all(&client->scope)) {
		access->root = access->rules->root;
		access->scope = NULL;
	} else {
		access->root = &access->rules->plain;
		access->scope = &client->scope;
	}
}

int
access_open(struct access *access, struct access_rules *rules,
    const struct key_name *key)
{
	const struct client *client;

	*access = (struct access){.rules = rules, .root = rules->root};
	if (rules->share != NULL) {
		access->root = &rules->plain;
		access->scope = rules->share;
		return 0;
	}
	access->list = clients_hold(&rules->clients, &access->edition);
	if (access->list == NULL)
		return 0;
	client = key == NULL ? NULL : client_list_find(access->list, key);
	if (client == NULL)
		return -1;
	allow_client(access, client);
	return 0;
}

enum access_change
access_renew(struct access *access)
{
	struct clients *clients = &access->rules->clients;
	const struct client *client = access->client;
	struct client_list *list;
	unsigned edition;

	if (client == NULL || clients_edition(clients) == access->edition)
		return ACCESS_STAYS;
	list = clients_hold(clients, &edition);
	client = client_list_find(list, &client->key);
	if (client == NULL) {
		client_list_release(list);
		return ACCESS_ENDS;
	}
	allow_client(access, client);
	client_list_release(access->list);
	access->list = list;
	access->edition = edition;
	return ACCESS_DIFFERS;
}

enum scope_place
access_find(const struct access *access, const uint8_t *name, size_t len)
{
	return access->scope == NULL ? SCOPE_INSIDE :
				       scope_find(access->scope, name, len);
}

void
access_close(struct access *access)
{
	client_list_release(access->list);
	access->list = NULL;
	access->client = NULL;
}
