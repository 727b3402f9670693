/*
 * Rules for the sources, checked in the sources themselves: each header
 * compiles alone, and certain calls are made in certain files only. The sources
 * are searched above this program's folder, or in UNIT_SOURCE if it was built
 * elsewhere.
 */

#include <sys/stat.h>

#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/unit.h"

enum {
	HOMES = 5, /* most files that may make the same call */
};

static char top[4096];

static bool
is_top(const char *folder)
{
	char path[sizeof(top) + 32];

	snprintf(path, sizeof(path), "%s/common/PROTOCOL.md", folder);
	return access(path, R_OK) == 0;
}

/* Searches upward from the program, then in the working folder. */
static void
find_top(void)
{
	const char *given = getenv("UNIT_SOURCE");
	ssize_t len;
	char *slash;

	if (given != NULL) {
		snprintf(top, sizeof(top), "%s", given);
		ck_assert_msg(is_top(top), "UNIT_SOURCE: no sources there");
		return;
	}
	len = readlink("/proc/self/exe", top, sizeof(top) - 1);
	ck_assert_int_gt(len, 0);
	top[len] = '\0';
	while ((slash = strrchr(top, '/')) != NULL && !is_top(top))
		*slash = '\0';
	if (!is_top(top))
		strcpy(top, ".");
	ck_assert_msg(is_top(top), "no sources; set UNIT_SOURCE to them");
}

/* Finds all files of the programs with this ending, as paths relative to
 * top. */
static void
find_files(const char *ending, glob_t *found)
{
	static const char *const parts[] = {"common", "server", "client",
	    "client/*"};
	size_t i;

	ck_assert_int_eq(chdir(top), 0);
	memset(found, 0, sizeof(*found));
	for (i = 0; i < UNIT_ROWS(parts); i++) {
		char pattern[64];

		snprintf(pattern, sizeof(pattern), "%s/*%s", parts[i], ending);
		glob(pattern, i == 0 ? 0 : GLOB_APPEND, NULL, found);
	}
	ck_assert_uint_gt(found->gl_pathc, 10);
}

START_TEST(test_headers_stand_alone)
{
	static const char command[] =
	    "echo '#include \"%s\"' | ${CC:-cc} -std=gnu11 -fsyntax-only -Wall "
	    "-Wextra -Werror -D_GNU_SOURCE -DVERSION='\"\"' -I. "
	    "$(${PKG_CONFIG:-pkg-config} --cflags libbsd-overlay libmd "
	    "libxxhash libedit libseccomp libssl libcrypto) -x c -";
	char line[sizeof(command) + 256];
	glob_t headers;
	size_t i;

	find_files(".h", &headers);
	for (i = 0; i < headers.gl_pathc; i++) {
		snprintf(line, sizeof(line), command, headers.gl_pathv[i]);
		ck_assert_msg(system(line) == 0, "%s does not stand alone",
		    headers.gl_pathv[i]);
	}
	globfree(&headers);
}
END_TEST

/* Blanks the comments and strings of a text in place; returns it. */
static char *
blank(char *text)
{
	char *c, *end;

	for (c = text; *c != '\0'; c = end) {
		if (c[0] == '/' && c[1] == '*') {
			end = strstr(c + 2, "*/");
			end = end == NULL ? c + strlen(c) : end + 2;
		} else if (*c == '"' || *c == '\'') {
			for (end = c + 1; *end != '\0' && *end != *c; end++)
				if (*end == '\\' && end[1] != '\0')
					end++;
			end += *end != '\0';
		} else {
			end = c + 1;
			continue;
		}
		memset(c, ' ', (size_t)(end - c));
	}
	return text;
}

/* Returns a file's text without comments and strings; the caller frees it. */
static char *
read_source(const char *path)
{
	struct stat stat_;
	FILE *file = fopen(path, "r");
	char *text;

	ck_assert_msg(file != NULL, "%s", path);
	ck_assert_int_eq(fstat(fileno(file), &stat_), 0);
	text = calloc(1, (size_t)stat_.st_size + 1);
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_eq(fread(text, 1, (size_t)stat_.st_size, file),
	    (size_t)stat_.st_size);
	fclose(file);
	return blank(text);
}

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Returns whether the text calls this function. */
static bool
calls(const char *text, const char *name)
{
	const char *c = text, *end;

	while ((c = strstr(c, name)) != NULL) {
		end = c + strlen(name);
		if ((c == text || !is_word(c[-1])) &&
		    end[strspn(end, " \t\n")] == '(')
			return true;
		c = end;
	}
	return false;
}

/* Calls, and the files that may make them. */
static const struct {
	const char *name, *homes[HOMES];
} homes[] = {
    /* Confinement has one place in each program. */
    {"beneath_open",
	{"common/beneath.c", "server/root.c", "server/own_files.c",
	    "client/store/folder.c"}},
    {"recv",
	{"common/transport.c", "common/tls_socket.c", "common/stream_end.c"}},
    {"recvfrom", {NULL}},
    {"recvmsg", {NULL}},
    /* The log uses send(2) if standard error is a socket. */
    {"send",
	{"common/transport.c", "common/tls_socket.c", "common/stream_end.c",
	    "common/log.c"}},
    {"sendto", {NULL}},
    {"sendmsg", {NULL}},
    {"sendfile", {"common/stream_send.c"}},
    {"getaddrinfo", {"common/resolve.c"}},
    /* Never of a served file, which could raise SIGBUS. */
    {"mmap", {"common/buffers.c", "server/ways.c", "server/stacks.c"}},
    {"renameat", {"client/store/publish.c"}},
    {"syscalls_renameat2", {"client/store/publish.c"}},
    {"linkat", {"client/store/publish.c", "common/key_file.c"}},
    {"flock", {"client/store/part.c"}},
    {"rename", {NULL}},
    {"pthread_create",
	{"server/workers.c", "server/presence.c", "server/reload.c",
	    "client/transfer/parallel.c", "client/ui/progress.c"}},
    {"pthread_cancel", {NULL}},
    {"alloca", {NULL}},
    {"strtok", {NULL}},
};

static bool
is_among(const char *path, const char *const names[HOMES])
{
	int i;

	for (i = 0; i < HOMES && names[i] != NULL; i++)
		if (strcmp(path, names[i]) == 0)
			return true;
	return false;
}

START_TEST(test_homes)
{
	const char *path;
	glob_t sources;
	size_t i, j;
	char *text;

	find_files(".c", &sources);
	for (i = 0; i < sources.gl_pathc; i++) {
		path = sources.gl_pathv[i];
		text = read_source(path);
		for (j = 0; j < UNIT_ROWS(homes); j++)
			ck_assert_msg(is_among(path, homes[j].homes) ||
				!calls(text, homes[j].name),
			    "%s calls %s", path, homes[j].name);
		ck_assert_msg((strcmp(path, "common/beneath.c") == 0) ==
			(strstr(text, "SYS_openat2,") != NULL),
		    "%s: openat2", path);
		/* common/ neither exits nor prints. */
		ck_assert_msg(strncmp(path, "common/", 7) != 0 ||
			!(calls(text, "exit") || calls(text, "errx") ||
			    calls(text, "err") || calls(text, "printf")),
		    "%s exits or prints", path);
		free(text);
	}
	globfree(&sources);
}
END_TEST

/* A file that was renamed, or no longer makes the call, leaves no trace in the
 * table. */
START_TEST(test_homes_exist)
{
	size_t i, j;
	char *text;

	ck_assert_int_eq(chdir(top), 0);
	for (i = 0; i < UNIT_ROWS(homes); i++)
		for (j = 0; j < HOMES && homes[i].homes[j] != NULL; j++) {
			text = read_source(homes[i].homes[j]);
			ck_assert_msg(calls(text, homes[i].name),
			    "%s does not call %s", homes[i].homes[j],
			    homes[i].name);
			free(text);
		}
}
END_TEST

/* Control of the scan: it detects calls. */
START_TEST(test_scan)
{
	static const struct {
		const char *text;
		bool found;
	} rows[] = {
	    {"x = recv(fd);", true},
	    {"recv (fd)", true},
	    {"\trecv\n    (fd)", true},
	    {"my_recv(fd)", false},
	    {"recvmsg(fd)", false},
	    {"a.recv = 1; /* recv(2) */", false},
	    {"\"recv(\" '\"' \"\\\"recv(\"", false},
	    {"/* it's */ recv(fd)", true},
	};
	char text[64], *source;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		snprintf(text, sizeof(text), "%s", rows[i].text);
		ck_assert_msg(calls(blank(text), "recv") == rows[i].found, "%s",
		    rows[i].text);
	}
	ck_assert_int_eq(chdir(top), 0);
	source = read_source("common/transport.c");
	ck_assert(calls(source, "recv") && calls(source, "send"));
	free(source);
}
END_TEST

Suite *
headers_suite(void)
{
	Suite *suite = suite_create("headers");
	TCase *tcase = unit_case(suite, "sources");

	tcase_add_checked_fixture(tcase, find_top, NULL);
	tcase_add_test(tcase, test_headers_stand_alone);
	tcase_add_test(tcase, test_homes);
	tcase_add_test(tcase, test_homes_exist);
	tcase_add_test(tcase, test_scan);
	return suite;
}
