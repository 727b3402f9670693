/* Reads the options that say how servers are known, and applies them to the
 * list of servers. client/trust/ decides what follows from them. Runs in the
 * main thread, before any other starts. */

#include <stdio.h>
#include <string.h>

#include "client/trust_options.h"

int
trust_options_add_key(struct trust_settings *settings, const char *text,
    char *error)
{
	char why[KEY_NAME_ERROR];

	if (settings->n_keys == TRUST_KEYS) {
		snprintf(error, OPTIONS_ROW_ERROR, "more than %d keys",
		    TRUST_KEYS);
		return -1;
	}
	if (key_name_decode(&settings->keys[settings->n_keys], text,
		strlen(text), why) != 0) {
		snprintf(error, OPTIONS_ROW_ERROR, "not a key: %s", why);
		return -1;
	}
	settings->n_keys++;
	return 0;
}

int
trust_options_set_link(struct trust_settings *settings,
    const struct key_name *key)
{
	if (settings->plain || settings->n_keys > 0)
		return -1;
	settings->keys[settings->n_keys++] = *key;
	settings->is_once = true;
	settings->authority = NULL;
	return 0;
}

int
trust_options_apply(const struct trust_settings *settings, struct trust *trust,
    struct server_list *servers, struct report *report)
{
	struct failure failure;

	if (trust_open(trust, settings, report, &failure) == 0 &&
	    server_list_trust(servers, trust, &failure) == 0)
		return 0;
	trust_close(trust);
	report_failure(report, NULL, &failure, NULL);
	return -1;
}
