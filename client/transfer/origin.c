/* Keeps the first contribution, and in what any later one differs from it. */

#include <string.h>

#include "client/transfer/origin.h"

void
origin_clear(struct origin *origin)
{
	memset(origin, 0, sizeof(*origin));
}

static bool
is_same_address(const struct net_address *a, const struct net_address *b)
{
	/* An address that is unknown has no port. */
	if (a->any.sa_family == AF_UNSPEC || b->any.sa_family == AF_UNSPEC)
		return a->any.sa_family == b->any.sa_family;
	return net_compare_host(a, b) == 0 && net_port(a) == net_port(b);
}

void
origin_add(struct origin *origin, const struct net_address *address,
    struct protocol_token token)
{
	if (!origin->is_set) {
		origin_clear(origin);
		origin->address = *address;
		origin->token = token;
		origin->is_set = true;
		return;
	}
	if (!is_same_address(address, &origin->address))
		origin->has_addresses = true;
	if (token.id != origin->token.id)
		origin->has_files = true;
	if (token.version != origin->token.version)
		origin->has_states = true;
}

void
origin_join(struct origin *origin, const struct origin *other)
{
	if (!other->is_set)
		return;
	origin_add(origin, &other->address, other->token);
	origin->has_addresses |= other->has_addresses;
	origin->has_files |= other->has_files;
	origin->has_states |= other->has_states;
}

bool
origin_is_one(const struct origin *origin)
{
	return origin->is_set && !origin->has_addresses && !origin->has_files &&
	    !origin->has_states;
}

bool
origin_has_several(const struct origin *origin)
{
	return origin->has_addresses || origin->has_files;
}
