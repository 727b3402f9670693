/*
 * The lines of sha256sum(1): written, read, and, where that program is there,
 * held against what it makes of them.
 */

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/sha256sum.h"
#include "common/names.h"
#include "tests/unit/unit.h"

#define HEX   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UPPER "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"

enum {
	LINE = 2 * NAMES_MAX + 80, /* bytes of the longest, and more */
};

static uint8_t sum[SHA256SUM_LENGTH];
static struct sha256sum_reader reader;

static void
setup(void)
{
	ck_assert_uint_eq(unit_bytes(HEX, sum, sizeof(sum)), SHA256SUM_LENGTH);
}

/* Names and how they are written: what follows the two spaces, with the
 * backslash in front of the line if there is one. */
static const struct {
	const char *row, *name, *line;
} names[] = {
    {"plain", "f", HEX "  f\n"},
    {"in a folder", "a/b/f", HEX "  a/b/f\n"},
    {"space", " f ", HEX "   f \n"},
    {"star", "*f", HEX "  *f\n"},
    {"UTF-8", "\xc3\xa4", HEX "  \xc3\xa4\n"},
    {"not UTF-8", "\xff\x01\x7f", HEX "  \xff\x01\x7f\n"},
    {"tab", "a\tb", HEX "  a\tb\n"},
    {"newline", "a\nb", "\\" HEX "  a\\nb\n"},
    {"return", "a\rb", "\\" HEX "  a\\rb\n"},
    {"backslash", "a\\b", "\\" HEX "  a\\\\b\n"},
    {"backslash, n", "a\\nb", "\\" HEX "  a\\\\nb\n"},
    {"all at the ends", "\n\\\r", "\\" HEX "  \\n\\\\\\r\n"},
    {"only one", "\\", "\\" HEX "  \\\\\n"},
};

START_TEST(test_print)
{
	char line[LINE];
	size_t i;

	for (i = 0; i < UNIT_ROWS(names); i++) {
		memset(line, 'x', sizeof(line));
		sha256sum_print(sum, names[i].name, line, sizeof(line));
		ck_assert_msg(strcmp(line, names[i].line) == 0, "%s: %s",
		    names[i].row, line);
	}
}
END_TEST

START_TEST(test_back)
{
	uint8_t got[SHA256SUM_LENGTH];
	char line[LINE], *name;
	size_t i;

	for (i = 0; i < UNIT_ROWS(names); i++) {
		snprintf(line, sizeof(line), "%s", names[i].line);
		line[strlen(line) - 1] = '\0';
		memset(got, 0, sizeof(got));
		reader.columns = SHA256SUM_UNKNOWN;
		ck_assert_msg(sha256sum_parse(&reader, line, got, &name) ==
			SHA256SUM_SUM,
		    "%s", names[i].row);
		ck_assert_msg(strcmp(name, names[i].name) == 0, "%s: %s",
		    names[i].row, name);
		ck_assert_mem_eq(got, sum, sizeof(sum));
		ck_assert(name > line && name < line + sizeof(line));
	}
}
END_TEST

/* Lines of other programs, and invalid ones. */
static const struct {
	const char *row, *line, *name; /* NULL: refused */
} lines[] = {
    {"binary", HEX " *f", "f"},
    {"upper case", UPPER "  f", "f"},
    {"from find(1)", HEX "  ./a/f", "a/f"},
    {"more of it", HEX "  ././f", "f"},
    {"escaped from find(1)", "\\" HEX "  ./a\\nf", "a\nf"},
    {"escaped without need", "\\" HEX "  f", "f"},
    {"a dot that is none of it", HEX "  .f", ".f"},
    {"backslash unescaped", HEX "  a\\nb", "a\\nb"},
    {"three spaces", HEX "   f", " f"},
    {"nothing", "", NULL},
    {"a name alone", "f", NULL},
    {"a sum alone", HEX, NULL},
    {"and a space", HEX " ", NULL},
    {"and two", HEX "  ", " "},
    {"and a star", HEX " *", "*"},
    {"a tag", "SHA256 (f) = " HEX, "f"},
    {"openssl's", "SHA256(f)= " HEX, "f"},
    {"no blanks", "SHA256(f)=" HEX, "f"},
    {"upper case", "SHA256 (f) = " UPPER, "f"},
    {"parentheses", "SHA256 (f) = (g)) = " HEX, "f) = (g)"},
    {"escaped, a tag", "\\SHA256 (./a\\nb) = " HEX, "a\nb"},
    {"a tag alone", "SHA256", NULL},
    {"half a tag", "SHA256 (f", NULL},
    {"no digits", "SHA256 (f) = ", NULL},
    {"no sign", "SHA256 (f) " HEX, NULL},
    {"something behind", "SHA256 (f) = " HEX " ", NULL},
    {"two blanks", "SHA256  (f) = " HEX, NULL},
    {"one space", HEX " f", "f"},
    {"tab", HEX "\tf", "f"},
    {"tab and space", HEX "\t f", "f"},
    {"other mark", HEX " ?f", "?f"},
    {"a digit less",
	"123456789abcdef0123456789abcdef0123456789abcdef"
	"0123456789abcdef  f",
	NULL},
    {"a digit more", "0" HEX "  f", NULL},
    {"a digit that is none",
	"g123456789abcdef0123456789abcdef"
	"0123456789abcdef0123456789abcdef  f",
	NULL},
    {"space in front", " \t" HEX "  f", "f"},
    {"two backslashes in front", "\\\\" HEX "  f", NULL},
    {"unknown escape", "\\" HEX "  a\\tb", NULL},
    {"escape at the end", "\\" HEX "  a\\", NULL},
    {"backslash alone", "\\", NULL},
};

START_TEST(test_parse)
{
	uint8_t got[SHA256SUM_LENGTH];
	char line[LINE], *name;
	enum sha256sum_line result;
	size_t i;

	for (i = 0; i < UNIT_ROWS(lines); i++) {
		reader.columns = SHA256SUM_UNKNOWN;
		snprintf(line, sizeof(line), "%s", lines[i].line);
		name = NULL;
		result = sha256sum_parse(&reader, line, got, &name);
		ck_assert_msg((result == SHA256SUM_SUM) ==
			(lines[i].name != NULL),
		    "%s", lines[i].row);
		if (result != SHA256SUM_SUM)
			continue;
		ck_assert_msg(strcmp(name, lines[i].name) == 0, "%s: %s",
		    lines[i].row, name);
		ck_assert_mem_eq(got, sum, sizeof(sum));
	}
}
END_TEST

/* Lines that hold no SHA-256, by kind. */
START_TEST(test_kinds)
{
	static const struct {
		const char *line;
		enum sha256sum_line kind;
	} rows[] = {
	    {"", SHA256SUM_NOTHING},
	    {"#", SHA256SUM_NOTHING},
	    {"# " HEX "  f", SHA256SUM_NOTHING},
	    {" # " HEX "  f", SHA256SUM_FOREIGN},
	    {"  ", SHA256SUM_FOREIGN},
	    {"-----BEGIN PGP SIGNED MESSAGE-----", SHA256SUM_FOREIGN},
	    {"Hash: SHA256", SHA256SUM_FOREIGN},
	    {"d41d8cd98f00b204e9800998ecf8427e  f", SHA256SUM_ALGORITHM},
	    {HEX HEX "  f", SHA256SUM_ALGORITHM},
	    {"MD5 (f) = d41d8cd98f00b204e9800998ecf8427e", SHA256SUM_ALGORITHM},
	    {"SHA512 (f) = " HEX HEX, SHA256SUM_ALGORITHM},
	    {"SHA2-256(f)= " HEX, SHA256SUM_ALGORITHM},
	    {"SHA256 (f) = d41d8cd98f00b204e9800998ecf8427e",
		SHA256SUM_FOREIGN},
	    {"see (there) = here", SHA256SUM_FOREIGN},
	};
	uint8_t got[SHA256SUM_LENGTH];
	char line[LINE], *name;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		snprintf(line, sizeof(line), "%s", rows[i].line);
		ck_assert_msg(sha256sum_parse(&reader, line, got, &name) ==
			rows[i].kind,
		    "%s", rows[i].line);
	}
}
END_TEST

/* One blank parts all lines of a file, or two do. */
START_TEST(test_columns)
{
	static const struct {
		const char *first, *then, *name; /* NULL: refused */
	} rows[] = {
	    {HEX "  f", HEX " f", NULL},
	    {HEX " *f", HEX "  f", "f"},
	    {HEX " f", HEX "  f", " f"},
	    {HEX " f", HEX " *f", "*f"},
	    {"SHA256 (f) = " HEX, HEX " f", "f"},
	    {"SHA256 (f) = " HEX, HEX "  f", "f"},
	};
	uint8_t got[SHA256SUM_LENGTH];
	char line[LINE], *name;
	size_t i;

	for (i = 0; i < UNIT_ROWS(rows); i++) {
		reader.columns = SHA256SUM_UNKNOWN;
		snprintf(line, sizeof(line), "%s", rows[i].first);
		ck_assert_int_eq(sha256sum_parse(&reader, line, got, &name),
		    SHA256SUM_SUM);
		snprintf(line, sizeof(line), "%s", rows[i].then);
		ck_assert_msg((sha256sum_parse(&reader, line, got, &name) ==
				  SHA256SUM_SUM) == (rows[i].name != NULL),
		    "%s", rows[i].then);
		if (rows[i].name != NULL)
			ck_assert_str_eq(name, rows[i].name);
	}
}
END_TEST

/* Lines that end with NUL have no escapes. */
START_TEST(test_nul)
{
	struct sha256sum_reader nul = {.nul = true};
	uint8_t got[SHA256SUM_LENGTH];
	char line[LINE] = HEX "  a\\n\nb", *name;

	ck_assert_int_eq(sha256sum_parse(&nul, line, got, &name),
	    SHA256SUM_SUM);
	ck_assert_str_eq(name, "a\\n\nb");
	strlcpy(line, "\\" HEX "  a", sizeof(line));
	ck_assert_int_eq(sha256sum_parse(&nul, line, got, &name),
	    SHA256SUM_FOREIGN);
}
END_TEST

/* Cut off after each byte: a line as long as the digits and a byte of a name
 * is one, and nothing is read behind its end. */
START_TEST(test_truncated)
{
	static const char whole[] = "\\" HEX "  a\\nb";
	const size_t least = 1 + 64 + 2;
	uint8_t got[SHA256SUM_LENGTH];
	char *line, *name;
	size_t len;

	for (len = 0; len < sizeof(whole); len++) {
		/* Of this very size, for what watches over memory. */
		line = strndup(whole, len);
		reader.columns = SHA256SUM_UNKNOWN;
		ck_assert_msg((sha256sum_parse(&reader, line, got, &name) ==
				  SHA256SUM_SUM) ==
			(len >= least && len != least + 2),
		    "%zu", len);
		free(line);
	}
}
END_TEST

/* However little room there is, nothing is written behind it, and the line
 * ends as a line. */
START_TEST(test_cut)
{
	static const char name[] = "abc\\def\nghi";
	char line[128];
	size_t size, len;

	for (size = 80; size < sizeof(line); size++) {
		memset(line, 'x', sizeof(line));
		sha256sum_print(sum, name, line, size);
		len = strlen(line);
		ck_assert_uint_lt(len, size);
		ck_assert_int_eq(line[len - 1], '\n');
		ck_assert(memchr(line, '\n', len - 1) == NULL);
		ck_assert_mem_eq(line, "\\" HEX "  ", 67);
		ck_assert_int_eq(line[size], 'x');
	}
}
END_TEST

/* A name that needs an escape for each of its bytes, the longest. */
START_TEST(test_longest)
{
	static char name[NAMES_MAX + 1], line[LINE];
	uint8_t got[SHA256SUM_LENGTH];
	char *back;

	memset(name, '\n', NAMES_MAX);
	sha256sum_print(sum, name, line, sizeof(line));
	ck_assert_uint_eq(strlen(line), 1 + 64 + 2 + 2 * NAMES_MAX + 1);
	line[strlen(line) - 1] = '\0';
	ck_assert_int_eq(sha256sum_parse(&reader, line, got, &back),
	    SHA256SUM_SUM);
	ck_assert_str_eq(back, name);
}
END_TEST

/* A file of each name, whose content is its name, and a list of their sums. */
static void
write_files(const char *folder, const char *list)
{
	uint8_t of_name[SHA256SUM_LENGTH];
	char path[UNIT_PATH], line[LINE];
	SHA2_CTX context;
	FILE *file;
	size_t i;

	unit_path(path, folder, list);
	file = fopen(path, "we");
	ck_assert_ptr_nonnull(file);
	for (i = 0; i < UNIT_ROWS(names); i++) {
		if (strchr(names[i].name, '/') != NULL)
			continue;
		unit_write(folder, names[i].name, names[i].name,
		    strlen(names[i].name));
		SHA256Init(&context);
		SHA256Update(&context, (const uint8_t *)names[i].name,
		    strlen(names[i].name));
		SHA256Final(of_name, &context);
		sha256sum_print(of_name, names[i].name, line, sizeof(line));
		fputs(line, file);
	}
	ck_assert_int_eq(fclose(file), 0);
}

/* The real thing checks what is written here, and what it writes is read
 * here: the same lines. */
START_TEST(test_sha256sum)
{
	char folder[UNIT_PATH], own[UNIT_PATH], other[UNIT_PATH];
	char mine[LINE], theirs[LINE], command[3 * UNIT_PATH];
	FILE *a, *b;

	if (system("sha256sum --version >/dev/null 2>&1") != 0)
		return;
	unit_folder(folder);
	write_files(folder, ".own");
	snprintf(command, sizeof(command),
	    "cd '%s' && sha256sum --strict --quiet -c .own", folder);
	ck_assert_int_eq(system(command), 0);

	/* It reads the names from a list of its own; the lines come in the
	 * order of the names. */
	snprintf(command, sizeof(command),
	    "cd '%s' && LC_ALL=C && export LC_ALL && sha256sum -- * | sort "
	    ">.other && sort -o .own .own",
	    folder);
	ck_assert_int_eq(system(command), 0);
	unit_path(own, folder, ".own");
	unit_path(other, folder, ".other");
	a = fopen(own, "re");
	b = fopen(other, "re");
	ck_assert(a != NULL && b != NULL);
	while (fgets(mine, sizeof(mine), a) != NULL) {
		ck_assert_ptr_nonnull(fgets(theirs, sizeof(theirs), b));
		ck_assert_str_eq(mine, theirs);
	}
	ck_assert_ptr_null(fgets(theirs, sizeof(theirs), b));
	fclose(a);
	fclose(b);

	/* The positive control: it does look. */
	unit_write(folder, names[0].name, "other", 5);
	snprintf(command, sizeof(command),
	    "cd '%s' && sha256sum --status -c .own 2>/dev/null", folder);
	ck_assert_int_ne(system(command), 0);
}
END_TEST

Suite *
sha256sum_suite(void)
{
	Suite *suite = suite_create("sha256sum");
	TCase *tcase = unit_case(suite, "sums");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, test_print);
	tcase_add_test(tcase, test_back);
	tcase_add_test(tcase, test_parse);
	tcase_add_test(tcase, test_kinds);
	tcase_add_test(tcase, test_columns);
	tcase_add_test(tcase, test_nul);
	tcase_add_test(tcase, test_truncated);
	tcase_add_test(tcase, test_cut);
	tcase_add_test(tcase, test_longest);
	tcase_add_test(tcase, test_sha256sum);
	return suite;
}
