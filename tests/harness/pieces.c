/* Reads the map by its file format, without code of fileget. */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "tests/harness/here.h"
#include "tests/harness/pieces.h"
#include "tests/harness/scratch.h"
#include "tests/harness/wait.h"

struct sum pieces_served;

void
pieces_serve(struct server *server, uint64_t size, const char *const *options)
{
	scratch_fill("served/f", size, size);
	sum_file(&pieces_served, "served/f", 0, UINT64_MAX);
	server_start(server, options);
}

void
pieces_expect_file(const char *what, const char *name)
{
	char path[64];
	struct sum got;

	here_expect_names("here", what, HERE_LIST(name));
	snprintf(path, sizeof(path), "here/%s", name);
	sum_file(&got, path, 0, UINT64_MAX);
	sum_expect(&got, &pieces_served, what);
}

void
pieces_look(struct pieces *pieces, uint64_t size)
{
	char part[NAME_MAX + 1];
	unsigned i;
	ssize_t got;
	uint64_t n;
	int fd;

	memset(pieces, 0, sizeof(*pieces));
	pieces->size = size;
	pieces->n = (unsigned)((size + PIECES_ONE - 1) / PIECES_ONE);
	ck_assert_uint_le(pieces->n, PIECES_MOST);
	if (here_find_part("here", part) == 0)
		return;
	snprintf(pieces->part, sizeof(pieces->part), "here/%s", part);
	fd = openat(scratch_fd(), pieces->part, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ?
	    0 :
	    pread(fd, pieces->map, pieces->n, (off_t)(size + PIECES_HEAD));
	if (fd >= 0)
		close(fd);
	if (got != (ssize_t)pieces->n)
		memset(pieces->map, 0, sizeof(pieces->map));
	for (i = 0; i < pieces->n; i++) {
		n = size - i * PIECES_ONE;
		if (pieces->map[i] != 0)
			pieces->marked++;
		else
			pieces->missing += n < PIECES_ONE ? n : PIECES_ONE;
	}
}

struct awaited {
	struct pieces *pieces;
	uint64_t size;
	unsigned marked;
};

static bool
has_marks(void *argument)
{
	const struct awaited *awaited = argument;

	pieces_look(awaited->pieces, awaited->size);
	return awaited->pieces->marked >= awaited->marked;
}

void
pieces_await(struct pieces *pieces, const struct program *client, uint64_t size,
    unsigned marked)
{
	struct awaited awaited = {pieces, size, marked};

	ck_assert_msg(wait_until(has_marks, &awaited, WAIT_LIMIT),
	    "%u pieces never came", marked);
	ck_assert_msg(!program_ended(client), "it has ended too soon");
}

struct pieces_sent
pieces_sent(const struct server *server, const char *verb)
{
	static const char repeated[] = "\"repeated\":";
	struct pieces_sent sent = {0, 0};
	char *text, *line, *rest, field[32];
	const char *at;
	size_t len;

	text = scratch_read(server->program.err_name, &len);
	ck_assert_ptr_nonnull(text);
	snprintf(field, sizeof(field), "\"verb\":\"%s\"", verb);
	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		at = strstr(line, field) == NULL ? NULL :
						   strstr(line, "\"sent\":");
		if (at == NULL)
			continue;
		sent.bytes += strtoull(at + strlen("\"sent\":"), NULL, 10);
		/* A line with "repeated" stands for several requests. */
		at = strstr(line, repeated);
		sent.n += at == NULL ?
		    1 :
		    (unsigned)strtoul(at + strlen(repeated), NULL, 10);
	}
	free(text);
	return sent;
}
