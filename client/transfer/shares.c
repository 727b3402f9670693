/* A count for each server, allocated with the first bytes. The counts are only
 * for a person (ui/report.h): without memory for them none are shown. */

#include <stdlib.h>
#include <string.h>

#include "client/transfer/shares.h"

void
shares_close(struct shares *shares)
{
	free(shares->bytes);
	shares->bytes = NULL;
}

void
shares_add(struct shares *shares, const struct server_list *list,
    const struct server *server, uint64_t bytes)
{
	if (list->n < 2 || bytes == 0)
		return;
	if (shares->bytes == NULL)
		shares->bytes = calloc(list->n, sizeof(*shares->bytes));
	if (shares->bytes != NULL)
		shares->bytes[server - list->members] += bytes;
}

void
shares_tell(const struct shares *shares, const struct server_list *list,
    struct report_share room[SERVER_LIST_MAX], struct report_file *file)
{
	size_t i;

	if (list->n < 2) {
		file->tls = server_tls(&list->members[0]);
		return;
	}
	file->shares = room;
	for (i = 0; shares->bytes != NULL && i < list->n; i++)
		if (shares->bytes[i] > 0)
			room[file->n_shares++] =
			    (struct report_share){.server =
						      list->members[i].name,
				.tls = server_tls(&list->members[i]),
				.bytes = shares->bytes[i]};
}

void
shares_blame(const struct shares *shares, const struct server_list *list,
    struct failure *failure)
{
	const char *before = "; received from ";
	size_t i;

	for (i = 0; shares->bytes != NULL && i < list->n; i++) {
		if (shares->bytes[i] == 0)
			continue;
		strlcat(failure->text, before, sizeof(failure->text));
		strlcat(failure->text, list->members[i].name,
		    sizeof(failure->text));
		before = ", ";
	}
}
