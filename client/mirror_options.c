/* Checks combinations of the options for mirrors. The tables of options are in
 * client/client_options.c. Runs in the main thread, before any other starts. */

#include <stdio.h>

#include "client/mirror_options.h"

int
mirror_options_add(struct transfer_settings *transfer, const char *pattern,
    bool includes, char *error)
{
	const char *why;

	if (name_filter_add(&transfer->filter, pattern, includes, &why) == 0)
		return 0;
	snprintf(error, OPTIONS_ROW_ERROR, "'%s' is not a pattern: %s", pattern,
	    why);
	return -1;
}

const char *
mirror_options_check(const struct transfer_settings *transfer, int n_names,
    bool is_list)
{
	if (transfer->store.deletes && !transfer->store.is_tree)
		return "--delete goes with -r";
	if (transfer->store.deletes && n_names == 0)
		return "--delete needs a NAME (. is the whole share)";
	if (transfer->store.is_tree)
		return NULL;
	if (transfer->filter.n > 0)
		return is_list ? "--include and --exclude go with -lr" :
				 "--include and --exclude go with -r or -lr";
	return NULL;
}
