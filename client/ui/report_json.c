/* One object a line, flushed at once: a reader may wait for it. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/ui/report_json.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/names.h"
#include "common/standard.h"
#include "common/text.h"

enum {
	REPORT_JSON_NAME = 8 * NAMES_MAX + 128, /* a name as JSON, bytes */
	REPORT_JSON_SERVER = 2048,		/* a server as JSON, bytes */
};

/* Prints the members that all objects have. path may be NULL. */
static void
begin_object(const char *name, const char *path, const char *status, int code)
{
	char shown[REPORT_JSON_NAME], shown_path[REPORT_JSON_NAME] = "null";

	text_json(shown, sizeof(shown), name, strlen(name));
	if (path != NULL)
		text_json(shown_path, sizeof(shown_path), path, strlen(path));
	fprintf(standard_stream(),
	    "{\"name\":%s,\"output\":%s,\"status\":\"%s\",\"exit\":%d", shown,
	    shown_path, status, code);
}

static void
end_object(void)
{
	fputs("}\n", standard_stream());
	fflush(standard_stream());
	standard_note();
}

/* The texts are plain ASCII without quotes. */
static void
print_tls(const struct report_tls *tls)
{
	if (tls == NULL)
		fputs(",\"tls\":null", standard_stream());
	else
		fprintf(standard_stream(),
		    ",\"tls\":{\"protocol\":\"%s\",\"cipher\":\"%s\","
		    "\"key\":\"%s\"}",
		    tls->protocol, tls->cipher, tls->key);
}

/* Prints which of several servers brought how many bytes. */
static void
print_shares(const struct report_file *file)
{
	char shown[REPORT_JSON_SERVER];
	size_t i;

	fputs(",\"servers\":[", standard_stream());
	for (i = 0; i < file->n_shares; i++) {
		const struct report_share *share = &file->shares[i];

		text_json(shown, sizeof(shown), share->server,
		    strlen(share->server));
		fprintf(standard_stream(),
		    "%s{\"server\":%s,\"received\":%" PRIu64, i == 0 ? "" : ",",
		    shown, share->bytes);
		print_tls(share->tls);
		fputs("}", standard_stream());
	}
	fputs("]", standard_stream());
}

void
report_json_print_file(const struct report_file *file)
{
	char digest[DIGEST_HEX] = "";

	if (file->digest != NULL)
		text_hex(file->digest, DIGEST_LENGTH, digest);
	begin_object(file->name, file->path, "ok", EXIT_OK);
	fprintf(standard_stream(),
	    ",\"size\":%" PRIu64 ",\"received\":%" PRIu64 ","
	    "\"reused\":%" PRIu64 ","
	    "\"seconds\":%.6f,\"mtime_ns\":%" PRId64 ","
	    "\"xxh3_128\":%s%s%s,\"verified\":%s",
	    file->size, file->received, file->reused,
	    (double)file->elapsed / CLOCK_SEC, file->mtime_ns,
	    file->digest == NULL ? "null" : "\"", digest,
	    file->digest == NULL ? "" : "\"",
	    file->verified ? "true" : "false");
	if (file->shares != NULL)
		print_shares(file);
	else
		print_tls(file->tls);
	end_object();
}

void
report_json_print_status(const char *name, const char *path, const char *status)
{
	begin_object(name, path, status, EXIT_OK);
	end_object();
}

void
report_json_print_plan(const char *name, const char *path, uint64_t size)
{
	begin_object(name, path, "would_fetch", EXIT_OK);
	fprintf(standard_stream(), ",\"size\":%" PRIu64, size);
	end_object();
}

void
report_json_print_missing(const char *name, const char *status,
    const struct failure *failure)
{
	char error[2 * FAILURE_TEXT];

	text_json(error, sizeof(error), failure->text, strlen(failure->text));
	begin_object(name, NULL, status, (int)failure->code);
	fprintf(standard_stream(), ",\"error\":%s", error);
	end_object();
}
