/*
 * --sums, whose output sha256sum(1) must accept, and -c, which reads the output
 * of sha256sum.
 */

#include <sys/stat.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/client_suites.h"
#include "tests/harness/client.h"
#include "tests/harness/harness.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/terminal.h"
#include "tests/harness/tree.h"
#include "tests/harness/wait.h"
#include "tests/harness/wire.h"

static struct program client, tool;
static struct server server;
static struct terminal terminal;

#define SUM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Returns a port on which nobody listens. */
static uint16_t
nobody(void)
{
	uint16_t port;

	close(wire_listen(&port));
	return port;
}

/* Runs sha256sum in a folder of the scratch folder. Returns its exit code. */
static int
run_tool(const char *folder, const char *const *args)
{
	program_start(&tool,
	    &(struct program_options){.path = "/usr/bin/sha256sum",
		.args = args,
		.cwd = folder});
	return program_wait(&tool, WAIT_LIMIT);
}

static const char *const odd[] = {
    "plain",
    "with space",
    " leading",
    "trailing ",
    "new\nline",
    "re\rturn",
    "back\\slash",
    "\\n",
    "\\",
    "*star",
    "-dash",
    "\377\376",
    "\303\244",
    "\033[31m",
    "a  b",
    "#comment",
};

static void
serve_odd(void)
{
	char name[64];
	size_t i;

	for (i = 0; i < HARNESS_ROWS(odd); i++) {
		snprintf(name, sizeof(name), "served/%s", odd[i]);
		scratch_fill(name, 1000 + i, i);
		snprintf(name, sizeof(name), "served/t/%s/%s", odd[i], odd[i]);
		tree_fill(name, 1000 + i, 100 + i);
	}
	scratch_fill("served/empty", 0, 1);
	scratch_fill("served/large", 20000000, 1);
	server_start(&server, NULL);
}

static const struct {
	const char *row;
	const char *const args[8];
	unsigned n;
} printed[] = {
    {"files", {"--sums", "plain", "empty", "large", "back\\slash", NULL}, 4},
    {"-q", {"--sums", "-q", "plain", NULL}, 1},
    {"-k", {"--sums", "-k", "*star", "-dash", NULL}, 2},
    {"-P", {"--sums", "-P", "sub", "new\nline", "plain", NULL}, 2},
    {"-o", {"--sums", "-o", "x y", "plain", NULL}, 1},
    {"pieces", {"--sums", "-j4", "large", "plain", NULL}, 2},
    {"unverified", {"--sums", "--no-verify", "large", "plain", NULL}, 2},
    {"a tree", {"--sums", "-r", "t", NULL}, HARNESS_ROWS(odd)},
    {"a tree, -P", {"--sums", "-r", "-P", "sub", "t", NULL}, HARNESS_ROWS(odd)},
    {"a tree, -o", {"--sums", "-r", "-o", "x", "t", NULL}, HARNESS_ROWS(odd)},
    {"a tree, -o .", {"--sums", "-r", "-o", ".", "t", NULL}, HARNESS_ROWS(odd)},
    {"a tree, -o there", {"--sums", "-r", "-o", "sub", "t", NULL},
	HARNESS_ROWS(odd)},
    {"a tree, -j", {"--sums", "-r", "-j4", "t", NULL}, HARNESS_ROWS(odd)},
};

START_TEST(accepted_by_sha256sum)
{
	const char *args[10];
	size_t n, len;
	char *text;

	serve_odd();
	scratch_mkdir("here/sub");
	/* "-dash" is a name here. */
	for (n = 0; printed[_i].args[n] != NULL; n++)
		args[n] = printed[_i].args[n];
	args[n] = NULL;
	if (strcmp(printed[_i].row, "-k") == 0) {
		args[2] = "--";
		args[3] = "*star";
		args[4] = "-dash";
		args[5] = NULL;
	}
	here_get(&client, server.port, 0, printed[_i].row, args);
	text = scratch_read(client.out_name, &len);
	ck_assert_uint_eq(program_lines(text), printed[_i].n);
	scratch_write("here/sums", text, len);
	free(text);
	ck_assert_msg(run_tool("here",
			  HERE_LIST("-c", "--strict", "--quiet", "sums")) == 0,
	    "%s: %s%s", printed[_i].row, program_out(&tool),
	    program_err(&tool));
	server_stop(&server);
}
END_TEST

/* On a terminal names are escaped; in a file they are not (test above). */
START_TEST(shown_on_a_terminal)
{
	scratch_fill("served/a\033]0;owned\007b\302\23331m", 1000, 1);
	scratch_fill("served/plain", 1000, 2);
	server_start(&server, NULL);
	terminal_start(&terminal, server.port,
	    HERE_LIST("-q", "--sums", "a\033]0;owned\007b\302\23331m", "plain"),
	    NULL);
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	ck_assert(terminal_shows(&terminal,
	    "  newa\\033]0;owned\\ab\\302\\23331m\r\n"));
	ck_assert(terminal_shows(&terminal, "  newplain\r\n"));
	ck_assert(!terminal_shows(&terminal, "\033"));
	ck_assert(!terminal_shows(&terminal, "\007"));
	ck_assert(!terminal_shows(&terminal, "\302\233"));
	server_stop(&server);
}
END_TEST

/* Formats in which sha256sum prints the served files. */
static const struct {
	const char *row;
	const char *option;
	bool dotted; /* "./name" */
} formats[] = {
    {"text", "--text", false},
    {"binary", "--binary", false},
    {"dotted", "--text", true},
};

static void
print_served(const char *option, bool dotted)
{
	static char names[HARNESS_ROWS(odd)][32];
	const char *args[HARNESS_ROWS(odd) + 3];
	size_t i, n = 0, len;
	char *text;

	args[n++] = option;
	args[n++] = "--";
	for (i = 0; i < HARNESS_ROWS(odd); i++) {
		snprintf(names[i], sizeof(names[i]), "%s%s", dotted ? "./" : "",
		    odd[i]);
		args[n++] = names[i];
	}
	args[n] = NULL;
	ck_assert_int_eq(run_tool("served", args), 0);
	text = scratch_read(tool.out_name, &len);
	scratch_write("here/sums", text, len);
	free(text);
}

START_TEST(output_of_sha256sum_is_accepted)
{
	char got[64], served[64];
	size_t i;

	serve_odd();
	print_served(formats[_i].option, formats[_i].dotted);
	here_get(&client, server.port, 0, formats[_i].row,
	    HERE_LIST("-k", "-c", "sums"));
	for (i = 0; i < HARNESS_ROWS(odd); i++) {
		snprintf(got, sizeof(got), "here/%s", odd[i]);
		snprintf(served, sizeof(served), "served/%s", odd[i]);
		sum_expect_files(got, served);
	}
	server_stop(&server);
	/* All files are right: no server is needed. */
	here_get(&client, nobody(), 0, "again", HERE_LIST("-k", "-c", "sums"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "0 files"));
	/* One file is wrong: only that is requested. */
	scratch_append("here/plain", "x");
	here_get(&client, nobody(), 3, "one wrong",
	    HERE_LIST("-k", "-c", "sums"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "1 failed"));
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "one wrong, mended",
	    HERE_LIST("-k", "-c", "sums"));
	sum_expect_files("here/plain", "served/plain");
	ck_assert_ptr_nonnull(strstr(program_err(&client), "1 file, "));
	server_stop(&server);
}
END_TEST

START_TEST(wrong_sum)
{
	serve_odd();
	print_served("--text", false);
	scratch_append("served/plain", "x");
	scratch_text("here/newplain", "old");
	here_get(&client, server.port, 8, "wrong", HERE_LIST("-c", "sums"));
	ck_assert_ptr_nonnull(
	    strstr(program_err(&client), "plain: its SHA-256"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "1 failed"));
	/* The older one is unchanged, all others exist, and nothing else. */
	ck_assert_uint_eq(scratch_count("here"), HARNESS_ROWS(odd) + 1);
	scratch_remove("here/newplain");
	here_get(&client, server.port, 8, "with -j",
	    HERE_LIST("-j4", "-c", "sums"));
	ck_assert_uint_eq(scratch_count("here"), HARNESS_ROWS(odd));
	/* A link to a file with the right sum is not accepted. */
	scratch_remove("served/plain");
	scratch_fill("served/plain", 1000, 0);
	scratch_symlink("../served/plain", "here/newplain");
	here_get(&client, server.port, 0, "a link", HERE_LIST("-c", "sums"));
	sum_expect_files("here/newplain", "served/plain");
	ck_assert_ptr_nonnull(strstr(program_err(&client), "1 file, "));
	server_stop(&server);
}
END_TEST

/* Files without a valid line. */
static const struct {
	const char *row;
	const char *text;
	size_t len; /* bytes; 0: the whole text */
	const char *told;
} malformed[] = {
    {"nothing", "", 0, "no line"},
    {"empty lines", "\n\n\r\n", 0, "no line"},
    {"comments", "# " SUM "  a\n#\n", 0, "no line"},
    {"words", "nonsense\n", 0, "no line"},
    {"no name", SUM "\n", 0, "no line"},
    {"a digit too few", "123\n", 0, "no line"},
    {"a digit too many", SUM "0  a\n", 0, "no line"},
    {"unknown escape", "\\" SUM "  a\\x\n", 0, "no line"},
    {"half an escape", "\\" SUM "  a\\\n", 0, "no line"},
    {"a NUL", SUM "  a\0b\n", 64 + 6, "-0"},
    {"a NUL in the sum", "012\0" SUM "  a\n", 4 + 64 + 4, "-0"},
    {"half a mark", "\357\273" SUM "  a\n", 0, "no line"},
    {"two marks", "\357\273\277\357\273\277" SUM "  a\n", 0, "no line"},
    {"a mark and a NUL", "\357\273\277\0\n", 5, "-0"},
    {"MD5", "d41d8cd98f00b204e9800998ecf8427e  a\n", 0, "another algorithm"},
    {"--tag of SHA-512", "SHA512 (a) = " SUM SUM "\n", 0, "another algorithm"},
};

START_TEST(malformed_files)
{
	size_t i;

	for (i = 0; i < HARNESS_ROWS(malformed); i++) {
		scratch_write("here/sums", malformed[i].text,
		    malformed[i].len == 0 ? strlen(malformed[i].text) :
					    malformed[i].len);
		here_get(&client, nobody(), 2, malformed[i].row,
		    HERE_LIST("-c", "sums"));
		ck_assert_msg(strstr(program_err(&client), malformed[i].told) !=
			NULL,
		    "%s: %s", malformed[i].row, program_err(&client));
		here_expect_names("here", malformed[i].row, HERE_LIST("sums"));
	}
	here_get(&client, nobody(), 2, "no such file",
	    HERE_LIST("-c", "missing"));
}
END_TEST

/* Lists with sums of "one" (each @) and of "two" (each #). */
static const struct {
	const char *row;
	const char *text;
	const char *told; /* error message; NULL: none */
} foreign[] = {
    {"two blanks", "@  one\n", NULL},
    {"a star", "@ *one\n", NULL},
    {"one blank", "@ one\n# two\n", NULL},
    {"a tab", "@\tone\n", NULL},
    {"blanks in front", " \t@  one\n", NULL},
    {"two of them", "@  one\n#  two\n", NULL},
    {"no newline at the end", "@  one", NULL},
    {"--tag", "SHA256 (one) = @\nSHA256 (two) = #\n", NULL},
    {"openssl's", "SHA256(one)= @\n", NULL},
    {"returns", "@  one\r\n\r\n#  two\r\n", NULL},
    {"a dot", "@  ./one\n", NULL},
    {"escaped without need", "\\@  one\n", NULL},
    {"empty lines", "\n@  one\n\n", NULL},
    {"one blank among two", "@  one\n# two\n", "1 line "},
    {"words", "@  one\nnonsense\n", "1 line "},
    {"signed",
	"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n@  one\n"
	"-----BEGIN PGP SIGNATURE-----\n\niQ/Ab+12==\n=abcd\n"
	"-----END PGP SIGNATURE-----\n",
	"6 lines "},
    {"other algorithms",
	"MD5 (one) = 5bbf5a52328e7439ae6e719dfe712200\nSHA256 (one) = @\n",
	"1 line "},
    {"a wrong sum", "#  one\n", "SHA-256"},
    {"a wrong sum, --tag", "SHA256 (two) = @\n", "SHA-256"},
    {"a name that is not there", "@  three\n", "NOT_FOUND"},
    {"a mark that is none", "@ ?one\n", "NOT_FOUND"},
};

/* Replaces the letters by the sums. */
static void
write_foreign(const char *text, const char *const sums[2])
{
	char bytes[1024];
	size_t n = 0;

	for (; *text != '\0'; text++) {
		ck_assert_uint_lt(n + 65, sizeof(bytes));
		if (*text == '@' || *text == '#')
			n += strlcpy(bytes + n, sums[*text == '#'], 65);
		else
			bytes[n++] = *text;
	}
	scratch_write("here/sums", bytes, n);
}

/* fileget -c and sha256sum -c give the same verdict on the same files. */
START_TEST(same_verdict_as_sha256sum)
{
	char one[65], two[65];
	const char *const sums[] = {one, two};
	int verdict;
	size_t i;

	scratch_text("served/one", "one\n");
	scratch_text("served/two", "two\n");
	ck_assert_int_eq(run_tool("served", HERE_LIST("one")), 0);
	strlcpy(one, program_out(&tool), sizeof(one));
	ck_assert_int_eq(run_tool("served", HERE_LIST("two")), 0);
	strlcpy(two, program_out(&tool), sizeof(two));
	server_start(&server, NULL);
	for (i = 0; i < HARNESS_ROWS(foreign); i++) {
		write_foreign(foreign[i].text, sums);
		verdict = run_tool("served", HERE_LIST("-c", "../here/sums"));
		client_start(&client, server.port,
		    HERE_LIST("-k", "-c", "sums"), NULL);
		ck_assert_msg((program_wait(&client, WAIT_LIMIT) == 0) ==
			(verdict == 0),
		    "%s: sha256sum says %d; it said:\n%s", foreign[i].row,
		    verdict, program_err(&client));
		ck_assert_msg(foreign[i].told == NULL ?
			strstr(program_err(&client), "passed over") == NULL :
			strstr(program_err(&client), foreign[i].told) != NULL,
		    "%s: it said:\n%s", foreign[i].row, program_err(&client));
		/* sha256sum has checked the fetched files. */
		if (verdict == 0)
			ck_assert_msg(run_tool("here",
					  HERE_LIST("-c", "sums")) == 0,
			    "%s", foreign[i].row);
		(void)unlinkat(scratch_fd(), "here/one", 0);
		(void)unlinkat(scratch_fd(), "here/two", 0);
	}
	server_stop(&server);
}
END_TEST

/* ---- --base -------------------------------------------------------------- */

/* Lists the sums of all files below a served folder, with names as find(1)
 * prints them. */
static void
print_tree(const char *folder, const char *list)
{
	char command[SCRATCH_PATH * 2], from[SCRATCH_PATH], to[SCRATCH_PATH];

	snprintf(command, sizeof(command),
	    "cd '%s' && find . -type f -exec sha256sum {} + >'%s'",
	    scratch_path(from, folder), scratch_path(to, list));
	ck_assert_int_eq(system(command), 0);
}

static void
serve_tree(void)
{
	tree_fill("served/rel/top", 1000, 1);
	tree_fill("served/rel/a/f", 2000, 2);
	tree_fill("served/rel/a/b/c/f", 3000, 3);
	tree_fill("served/rel/b/f", 20 * 1024 * 1024, 4);
	tree_fill("served/rel/b/new\nline", 50, 5);
	print_tree("served/rel", "here/SUMS");
	server_start(&server, NULL);
}

static const struct {
	const char *row;
	const char *const args[8];
	const char *folder; /* local folder of the files */
} based[] = {
    {"plain", {"--base", "rel", "-c", "SUMS", NULL}, "here"},
    {"-k", {"-k", "--base", "rel/", "-c", "SUMS", NULL}, "here"},
    {"-P", {"-P", "into", "--base", "rel", "-c", "SUMS", NULL}, "here/into"},
    {"-j", {"-j4", "--base", "rel", "-c", "SUMS", NULL}, "here"},
    {"--fsync", {"--fsync", "--base", "rel", "-c", "SUMS", NULL}, "here"},
};

/* The files have the same relative paths here, so sha256sum -c succeeds with
 * the same list. */
START_TEST(base_keeps_folders)
{
	char list[SCRATCH_PATH];

	serve_tree();
	scratch_mkdir("here/into");
	here_get(&client, server.port, 0, based[_i].row, based[_i].args);
	ck_assert_int_eq(run_tool(based[_i].folder,
			     HERE_LIST("-c", "--strict", "--quiet",
				 scratch_path(list, "here/SUMS"))),
	    0);
	server_stop(&server);
	/* All files are right: no server is needed. */
	here_get(&client, nobody(), 0, "again", based[_i].args);
}
END_TEST

START_TEST(base_is_the_top)
{
	scratch_fill("served/f", 1000, 1);
	tree_fill("served/a/f", 1000, 2);
	print_tree("served", "here/SUMS");
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "the top",
	    HERE_LIST("--base", ".", "-c", "SUMS"));
	ck_assert_int_eq(run_tool("here", HERE_LIST("-c", "SUMS")), 0);
	/* A wrong file is fetched again and replaced. */
	scratch_append("here/a/f", "x");
	here_get(&client, server.port, 0, "one wrong",
	    HERE_LIST("--base", ".", "-c", "SUMS"));
	ck_assert_int_eq(run_tool("here", HERE_LIST("-c", "SUMS")), 0);
	ck_assert_ptr_nonnull(strstr(program_err(&client), "1 file, "));
	server_stop(&server);
}
END_TEST

/* Nothing is written outside or through a link, and no empty folder is left for
 * a file that failed. */
START_TEST(base_stays_below)
{
	scratch_fill("served/f", 1000, 1);
	tree_fill("served/way/f", 1000, 1);
	tree_fill("served/.ssh/f", 1000, 1);
	scratch_symlink("../outside", "here/way");
	scratch_text("here/SUMS",
	    SUM "  ../f\n" SUM "  /etc/passwd\n" SUM "  a/../f\n" SUM
		"  way/f\n" SUM "  .ssh/f\n" SUM "  none/deep/f\n" SUM
		"  wrong/f\n");
	tree_fill("served/wrong/f", 1000, 1);
	server_start(&server, NULL);
	here_get(&client, server.port, 2, "outside",
	    HERE_LIST("--base", ".", "-c", "SUMS"));
	here_expect_names("here", "outside", HERE_LIST("SUMS", "way"));
	here_expect_names("outside", "outside", HERE_LIST(NULL));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "way"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "--hidden"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "7 failed"));
	server_stop(&server);
}
END_TEST

/* -0 reads the output of sha256sum -z. */
START_TEST(nul_separated)
{
	size_t len;
	char *text;

	scratch_text("served/one", "one\n");
	scratch_text("served/a\\n\nb", "two\n");
	ck_assert_int_eq(run_tool("served", HERE_LIST("-z", "one", "a\\n\nb")),
	    0);
	text = scratch_read(tool.out_name, &len);
	scratch_write("here/sums", text, len);
	free(text);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, "-0",
	    HERE_LIST("-k", "-0", "-c", "sums"));
	here_expect_names("here", "-0", HERE_LIST("sums", "one", "a\\n\nb"));
	server_stop(&server);
}
END_TEST

/* Marks and line ends that Windows adds to a file. */
static const struct {
	const char *row;
	const char *before, *end;
} marks[] = {
    {"a mark", "\357\273\277", "\n"},
    {"a mark and returns", "\357\273\277", "\r\n"},
    {"returns", "", "\r\n"},
};

START_TEST(written_on_windows)
{
	char text[512], sum[65], escaped[65];

	scratch_fill("served/a", 1000, 1);
	scratch_fill("served/back\\slash", 1000, 2);
	ck_assert_int_eq(run_tool("served", HERE_LIST("a")), 0);
	strlcpy(sum, program_out(&tool), sizeof(sum));
	ck_assert_int_eq(run_tool("served", HERE_LIST("back\\slash")), 0);
	strlcpy(escaped, program_out(&tool) + 1, sizeof(escaped));
	/* The escaped name comes first: the mark precedes its backslash. */
	snprintf(text, sizeof(text), "%s\\%s  back\\\\slash%s%s  a%s",
	    marks[_i].before, escaped, marks[_i].end, sum, marks[_i].end);
	scratch_text("here/sums", text);
	server_start(&server, NULL);
	here_get(&client, server.port, 0, marks[_i].row,
	    HERE_LIST("-k", "-c", "sums"));
	sum_expect_files("here/a", "served/a");
	sum_expect_files("here/back\\slash", "served/back\\slash");
	here_expect_names("here", marks[_i].row,
	    HERE_LIST("sums", "a", "back\\slash"));
	server_stop(&server);
	scratch_text("here/sums", marks[_i].before);
	here_get(&client, nobody(), 2, "no line", HERE_LIST("-c", "sums"));
}
END_TEST

/* Invalid names fail; the others are fetched. */
START_TEST(names_outside)
{
	char text[512];
	size_t len;
	char *out;

	scratch_fill("served/a", 1000, 1);
	ck_assert_int_eq(run_tool("served", HERE_LIST("a")), 0);
	out = scratch_read(tool.out_name, &len);
	snprintf(text, sizeof(text),
	    SUM "  ../x\r\n" SUM "  /etc/passwd\n" SUM "  a/../b\n%s" SUM
		" *./../y\n",
	    out);
	free(out);
	scratch_text("here/sums", text);
	server_start(&server, NULL);
	here_get(&client, server.port, 2, "outside", HERE_LIST("-c", "sums"));
	sum_expect_files("here/newa", "served/a");
	here_expect_names("here", "outside", HERE_LIST("sums", "newa"));
	ck_assert_ptr_nonnull(strstr(program_err(&client), "4 failed"));
	server_stop(&server);
}
END_TEST

Suite *
sums_suite(void)
{
	Suite *suite = suite_create("sums");
	TCase *tcase;

	tcase = harness_case(suite, "printed", 60);
	tcase_add_loop_test(tcase, accepted_by_sha256sum, 0,
	    (int)HARNESS_ROWS(printed));
	tcase_add_test(tcase, shown_on_a_terminal);
	tcase = harness_case(suite, "required", 60);
	tcase_add_loop_test(tcase, output_of_sha256sum_is_accepted, 0,
	    (int)HARNESS_ROWS(formats));
	tcase_add_loop_test(tcase, written_on_windows, 0,
	    (int)HARNESS_ROWS(marks));
	tcase_add_test(tcase, wrong_sum);
	tcase_add_test(tcase, malformed_files);
	tcase_add_test(tcase, same_verdict_as_sha256sum);
	tcase_add_test(tcase, nul_separated);
	tcase_add_loop_test(tcase, base_keeps_folders, 0,
	    (int)HARNESS_ROWS(based));
	tcase_add_test(tcase, base_is_the_top);
	tcase_add_test(tcase, base_stays_below);
	tcase_add_test(tcase, names_outside);
	return suite;
}
