/*
 * Links: a link that is accepted can be written again and is then the same; no
 * message has anything of what stands behind '#', which is overwritten.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/link.h"
#include "tests/fuzz/fuzz.h"

enum {
	SAID = 6, /* letters in a row that only a leak puts into a message */
};

/* Checks that no letters in a row of the secret are in the message, unless the
 * place before it, which messages quote, has them too. */
static void
check_silence(const char *error, const char *place, const char *secret)
{
	char part[SAID + 1];
	size_t i, len = strlen(secret);

	for (i = 0; i + SAID <= len; i++) {
		memcpy(part, secret + i, SAID);
		part[SAID] = '\0';
		/* The words of the message itself are in small letters. */
		if (strspn(part, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == SAID)
			FUZZ_REQUIRE(strstr(error, part) == NULL ||
			    strstr(place, part) != NULL);
	}
}

/* Writes a link anew, as fileserv would. */
static void
write_link(const struct link *link, char *text, size_t size)
{
	const char *host = link->server.host;
	char shown[KEY_NAME_TEXT];
	const char *name;
	size_t n;

	n = (size_t)snprintf(text, size,
	    strchr(host, ':') == NULL ? "files://%s" : "files://[%s]", host);
	if (link->server.has_port)
		n += (size_t)snprintf(text + n, size - n, ":%u",
		    link->server.port);
	n += (size_t)snprintf(text + n, size - n, "/");
	for (name = link->name; *name != '\0'; name++)
		n += (size_t)snprintf(text + n, size - n, "%%%02x",
		    (unsigned)(uint8_t)*name);
	if (link->has_key) {
		key_name_format(&link->key, shown);
		n += (size_t)snprintf(text + n, size - n, "#%s", shown);
	}
	if (link->has_ticket) {
		key_name_format(&link->ticket, shown);
		snprintf(text + n, size - n, "+%s", shown);
	}
}

static void
check_again(const struct link *link)
{
	char error[LINK_ERROR] = "";
	size_t size = 3 * strlen(link->name) + ENDPOINT_HOST + 256;
	char *text = malloc(size);
	struct link again;

	FUZZ_REQUIRE(text != NULL);
	write_link(link, text, size);
	FUZZ_REQUIRE(link_decode(&again, text, error) == 0);
	FUZZ_REQUIRE(strcmp(again.server.host, link->server.host) == 0);
	FUZZ_REQUIRE(again.server.port == link->server.port);
	FUZZ_REQUIRE(strcmp(again.name, link->name) == 0);
	FUZZ_REQUIRE(again.has_key == link->has_key);
	FUZZ_REQUIRE(again.has_ticket == link->has_ticket);
	if (link->has_key)
		FUZZ_REQUIRE(key_name_equal(&again.key, &link->key));
	if (link->has_ticket)
		FUZZ_REQUIRE(key_name_equal(&again.ticket, &link->ticket));
	free(text);
}

int
fuzz_link(const uint8_t *data, size_t size)
{
	static const char scheme[] = "files://";
	char error[LINK_ERROR] = "", *text, *before, *secret;
	size_t len = sizeof(scheme) - 1 + size;
	struct link link;

	if (size > 4096 || memchr(data, '\0', size) != NULL)
		return 0;
	text = malloc(len + 1);
	FUZZ_REQUIRE(text != NULL);
	memcpy(text, scheme, sizeof(scheme) - 1);
	memcpy(text + sizeof(scheme) - 1, data, size);
	text[len] = '\0';
	before = strdup(text);
	FUZZ_REQUIRE(before != NULL && link_is_one(text));
	secret = strchr(before, '#');
	if (link_decode(&link, text, error) == 0) {
		FUZZ_REQUIRE(link.has_key == (secret != NULL));
		FUZZ_REQUIRE(!link.has_ticket || link.name[0] != '\0');
		/* common/endpoint.c takes hosts that have several spellings. */
		if (link.server.host[strcspn(link.server.host, "%[]")] == '\0')
			check_again(&link);
	} else {
		FUZZ_REQUIRE(error[0] != '\0');
		if (secret != NULL) {
			*secret = '\0';
			check_silence(error, before, secret + 1);
		}
	}
	if (secret != NULL)
		for (size = (size_t)(secret - before); size < len; size++)
			FUZZ_REQUIRE(text[size] == '\0');
	free(before);
	free(text);
	return 0;
}
