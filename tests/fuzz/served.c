/*
 * The folder is in $TMPDIR or in /dev/shm, and is removed when the process
 * ends.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/served.h"

enum {
	LARGE = 33 * 1024, /* bytes; more than one buffer takes */
};

#define SMALL "a small file\n"

static uint8_t large[LARGE];

static const struct served table[] = {
    {".", true, false, 6, NULL, 0},
    {"a", false, false, 0, (const uint8_t *)SMALL, sizeof(SMALL) - 1},
    {"empty", false, false, 0, NULL, 0},
    {"large", false, false, 0, large, LARGE},
    {"link", false, false, 0, (const uint8_t *)SMALL, sizeof(SMALL) - 1},
    {"sub", true, false, 2, NULL, 0},
    {"sub/b", false, false, 0, (const uint8_t *)"b", 1},
    {"sub/c", false, false, 0, (const uint8_t *)"c", 1},
    {"\n\033[31m\377", false, false, 0, (const uint8_t *)"odd", 3},
    {".hidden", false, true, 0, (const uint8_t *)"hidden", 6},
};

enum {
	ROWS = sizeof(table) / sizeof(table[0]),
};

static char base[128];	    /* folder that holds the served one */
static char path[128 + 16]; /* the served folder */

static void
make(int fd, const struct served *row)
{
	int file;

	if (row->is_folder) {
		FUZZ_REQUIRE(strcmp(row->name, ".") == 0 ||
		    mkdirat(fd, row->name, 0755) == 0);
		return;
	}
	if (strcmp(row->name, "link") == 0) {
		FUZZ_REQUIRE(symlinkat("a", fd, "link") == 0);
		return;
	}
	file = openat(fd, row->name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	FUZZ_REQUIRE(file >= 0);
	FUZZ_REQUIRE(write(file, row->bytes, row->size) == (ssize_t)row->size);
	close(file);
}

static void
remove_all(void)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int i;

	/* The rows below a folder come after it. */
	for (i = ROWS - 1; i > 0; i--)
		(void)unlinkat(fd, table[i].name,
		    table[i].is_folder ? AT_REMOVEDIR : 0);
	(void)unlinkat(fd, "out", 0);
	(void)unlinkat(fd, "loop", 0);
	(void)unlinkat(fd, "pipe", 0);
	(void)unlinkat(fd, "../outside", 0);
	close(fd);
	rmdir(path);
	rmdir(base);
}

static void
make_all(void)
{
	static const struct served outside = {.name = "../outside",
	    .bytes = (const uint8_t *)SERVED_SECRET,
	    .size = sizeof(SERVED_SECRET) - 1};
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t i;

	FUZZ_REQUIRE(fd >= 0);
	for (i = 0; i < LARGE; i++)
		large[i] = (uint8_t)(i * 7 + i / 251);
	for (i = 0; i < ROWS; i++)
		make(fd, &table[i]);
	make(fd, &outside);
	FUZZ_REQUIRE(symlinkat("../outside", fd, "out") == 0);
	FUZZ_REQUIRE(symlinkat("loop", fd, "loop") == 0);
	FUZZ_REQUIRE(mkfifoat(fd, "pipe", 0644) == 0);
	close(fd);
}

const char *
served_open(void)
{
	const char *above = getenv("TMPDIR");

	if (path[0] != '\0')
		return path;
	if (above == NULL || strlen(above) > sizeof(base) / 2)
		above = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	snprintf(base, sizeof(base), "%s/fuzz.XXXXXX", above);
	FUZZ_REQUIRE(mkdtemp(base) != NULL);
	snprintf(path, sizeof(path), "%s/served", base);
	FUZZ_REQUIRE(mkdir(path, 0755) == 0);
	make_all();
	atexit(remove_all);
	return path;
}

const struct served *
served_find(const uint8_t *name, size_t len)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (strlen(table[i].name) == len &&
		    memcmp(table[i].name, name, len) == 0)
			return &table[i];
	return NULL;
}
