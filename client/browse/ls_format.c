/*
 * The columns: mode as in strmode(3), size, local time, name. If the server
 * knows no more of an entry than its kind, "?" stands for the rest, as in
 * ls(1). Errors of standard output are left to the end of the program.
 */

#include <sys/stat.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/browse/ls_format.h"
#include "common/amount.h"
#include "common/clock.h"
#include "common/names.h"
#include "common/standard.h"
#include "common/text.h"

enum {
	LS_FORMAT_SIZE = 24, /* bytes of a size's text */
	LS_FORMAT_MODE = 10, /* characters shown of strmode's text */
	LS_FORMAT_NAME = 2 * NAMES_MAX + 1, /* bytes of a name from the top */
	LS_FORMAT_ESCAPED =
	    4 * LS_FORMAT_NAME + 1, /* bytes of a name, escaped */
	LS_FORMAT_QUOTED = 6 * LS_FORMAT_NAME + 3, /* bytes of a name in JSON */
};

enum ls_format_style
ls_format_style(bool json)
{
	if (json)
		return LS_FORMAT_JSON;
	return isatty(STDOUT_FILENO) == 1 ? LS_FORMAT_TERMINAL :
					    LS_FORMAT_EXACT;
}

static bool
is_unseen(const struct remote_folder_entry *entry)
{
	return protocol_is_unseen(entry->mode, entry->size, entry->mtime_ns);
}

/* Formats the size. Returns the length of the text. */
static int
format_size(enum ls_format_style style, const struct remote_folder_entry *entry,
    char text[LS_FORMAT_SIZE])
{
	if (is_unseen(entry))
		return (int)strlcpy(text, "?", LS_FORMAT_SIZE);
	if (style != LS_FORMAT_TERMINAL)
		return snprintf(text, LS_FORMAT_SIZE, "%" PRIu64, entry->size);
	amount_print(entry->size, text);
	return (int)strlen(text);
}

int
ls_format_width(enum ls_format_style style,
    const struct remote_folder_entry *entries, size_t n)
{
	char text[LS_FORMAT_SIZE];
	int width = 0, len;
	size_t i;

	for (i = 0; i < n; i++) {
		len = format_size(style, &entries[i], text);
		if (len > width)
			width = len;
	}
	return width;
}

static void
print_name(enum ls_format_style style, const char *name)
{
	char shown[LS_FORMAT_ESCAPED];

	if (style == LS_FORMAT_TERMINAL)
		name = text_escape(shown, sizeof(shown), name, strlen(name));
	fputs(name, standard_stream());
}

static void
print_json(const struct remote_folder_entry *entry, const char *full)
{
	char quoted[LS_FORMAT_QUOTED];

	text_json(quoted, sizeof(quoted), full, strlen(full));
	if (is_unseen(entry)) {
		fprintf(standard_stream(),
		    "{\"name\":%s,\"type\":\"%s\",\"size\":null,"
		    "\"mtime_ns\":null,\"mode\":null}\n",
		    quoted, S_ISDIR(entry->mode) ? "folder" : "file");
		return;
	}
	fprintf(standard_stream(),
	    "{\"name\":%s,\"type\":\"%s\",\"size\":%" PRIu64
	    ",\"mtime_ns\":%" PRId64 ",\"mode\":\"%04o\"}\n",
	    quoted, S_ISDIR(entry->mode) ? "folder" : "file", entry->size,
	    entry->mtime_ns, entry->mode & 07777U);
}

void
ls_format_print(enum ls_format_style style,
    const struct remote_folder_entry *entry, const char *name, const char *full,
    int width)
{
	char mode[16], size[LS_FORMAT_SIZE], when[32] = "?";
	time_t seconds = (time_t)(entry->mtime_ns / CLOCK_SEC);
	struct tm tm;

	if (style == LS_FORMAT_JSON) {
		print_json(entry, full);
		return;
	}
	/* Round down, also before 1970. */
	if (entry->mtime_ns % CLOCK_SEC < 0)
		seconds--;
	strmode((mode_t)entry->mode, mode);
	if (is_unseen(entry))
		memset(mode + 1, '?', LS_FORMAT_MODE - 1);
	format_size(style, entry, size);
	if (!is_unseen(entry) && localtime_r(&seconds, &tm) != NULL)
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M", &tm);
	fprintf(standard_stream(), "%.*s  %*s  %s  ", LS_FORMAT_MODE, mode,
	    width, size, when);
	print_name(style, name);
	fputc('\n', standard_stream());
}

void
ls_format_print_title(enum ls_format_style style, const char *name, bool first)
{
	if (style == LS_FORMAT_JSON)
		return;
	if (!first)
		fputc('\n', standard_stream());
	print_name(style, name);
	fputs(":\n", standard_stream());
}
