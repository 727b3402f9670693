/* Counts connections by server. transfer/parallel.c starts and ends them; the
 * pipeline of each notes when it is made and when it ends. */

#include "client/transfer/sources.h"

void
sources_open(struct sources *sources, struct server_list *list)
{
	*sources = (struct sources){.list = list};
}

bool
sources_are_several(const struct sources *sources)
{
	return sources->list->n > 1;
}

static struct source *
find_source(struct sources *sources, const struct server *server)
{
	return &sources->of[server - sources->list->members];
}

void
sources_take_place(struct sources *sources, const struct server *server)
{
	find_source(sources, server)->places++;
}

void
sources_leave_place(struct sources *sources, const struct server *server)
{
	find_source(sources, server)->places--;
}

void
sources_begin(struct sources *sources, struct server *server)
{
	find_source(sources, server)->live++;
	if (sources->first == NULL)
		sources->first = server;
}

void
sources_end(struct sources *sources, const struct server *server)
{
	size_t i;

	if (--find_source(sources, server)->live > 0 ||
	    sources->first != server)
		return;
	for (i = 0; i < sources->list->n && sources->of[i].live == 0; i++)
		continue;
	sources->first =
	    i < sources->list->n ? &sources->list->members[i] : NULL;
}

uint64_t
sources_live(const struct sources *sources)
{
	uint64_t set = 0;
	size_t i;

	for (i = 0; i < sources->list->n; i++)
		if (sources->of[i].live > 0)
			set |= UINT64_C(1) << i;
	return set;
}

/* Returns the server with the fewest places, fewer than limit; NULL: none. */
static struct server *
choose_below(struct sources *sources, unsigned limit, int64_t now)
{
	uint64_t usable = server_list_usable(sources->list);
	struct server *chosen = NULL;
	size_t i;

	for (i = 0; i < sources->list->n; i++) {
		const struct source *source = &sources->of[i];

		if ((usable >> i & 1) == 0 || source->is_enough ||
		    source->rest > now || source->places >= limit)
			continue;
		chosen = &sources->list->members[i];
		limit = source->places;
	}
	return chosen;
}

struct server *
sources_choose(struct sources *sources, int64_t now)
{
	return choose_below(sources, UINT32_MAX, now);
}

struct server *
sources_choose_new(struct sources *sources, int64_t now)
{
	return choose_below(sources, 1, now);
}

void
sources_rest(struct sources *sources, const struct server *server,
    int64_t until)
{
	find_source(sources, server)->rest = until;
}

void
sources_set_enough(struct sources *sources, const struct server *server)
{
	find_source(sources, server)->is_enough = true;
}

void
sources_clear_enough(struct sources *sources)
{
	size_t i;

	for (i = 0; i < sources->list->n; i++)
		sources->of[i].is_enough = false;
}

bool
sources_pass_by(struct sources *sources, const struct server *server)
{
	return ++find_source(sources, server)->passed_by <= SOURCES_TOLD;
}
