/* Commands at the prompt, patterns and Tab completion. */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/client.h"
#include "tests/e2e/client_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/fake.h"
#include "tests/harness/here.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/sum.h"
#include "tests/harness/terminal.h"

static struct server server;
static struct program client;
static struct terminal terminal;

static void
start(const char *const *options)
{
	scratch_mkdir("served/logs");
	scratch_fill("served/logs/a.gz", 1000, 1);
	scratch_fill("served/logs/b.gz", 2000, 2);
	scratch_mkdir("served/logs/deep");
	scratch_fill("served/logs/deep/f", 3000, 3);
	scratch_mkdir("served/my folder");
	scratch_fill("served/my folder/my file", 4000, 4);
	scratch_fill("served/ls", 10, 5);
	scratch_fill("served/cd logs", 20, 6);
	scratch_fill("served/help", 30, 7);
	scratch_fill("served/'quoted'", 40, 8);
	scratch_fill("served/*", 50, 9);
	scratch_fill("served/top", 60, 10);
	scratch_fill("served/ both ", 70, 11);
	server_start(&server, options);
}

/* ---- on a pipe ---------------------------------------------------------- */

static const struct {
	const char *row;
	const char *input;
	int code;
	const char *got;    /* fetched file without "new"; NULL: none */
	const char *served; /* its name on the server */
	const char *out;    /* standard output; NULL: empty */
	const char *err;
} inputs[] = {
    {"ls", "ls\n", 0, NULL, NULL, "  my folder\n", NULL},
    {"ls of a folder", "ls logs\n", 0, NULL, NULL, "  b.gz\n", NULL},
    {"ls, spaces", "ls   my folder\n", 0, NULL, NULL, "  my file\n", NULL},
    {"ls, quoted", "ls 'my folder'\n", 0, NULL, NULL, "  my file\n", NULL},
    {"ls of a pattern", "ls l*/b*\n", 0, NULL, NULL, "  logs/b.gz\n", NULL},
    {"ls of nothing", "ls none\n", 4, NULL, NULL, NULL, "none: "},
    {"ls of a file", "ls top\n", 0, NULL, NULL, "  top\n", NULL},
    {"cd and a name", "cd logs\na.gz\n", 0, "a.gz", "logs/a.gz", NULL, NULL},
    {"cd twice", "cd logs\ncd deep\nf\n", 0, "f", "logs/deep/f", NULL, NULL},
    {"cd down and up", "cd logs/deep\ncd ..\nb.gz\n", 0, "b.gz", "logs/b.gz",
	NULL, NULL},
    {"cd to the top", "cd logs/deep\ncd\ntop\n", 0, "top", "top", NULL, NULL},
    {"cd to the root", "cd logs/deep\ncd /\ntop\n", 0, "top", "top", NULL,
	NULL},
    {"cd from the root", "cd logs\ncd /my folder\nmy file\n", 0, "my file",
	"my folder/my file", NULL, NULL},
    {"cd and ls", "cd logs/deep\nls\n", 0, NULL, NULL, "  f\n", NULL},
    {"cd and ls up", "cd logs/deep\nls ..\n", 0, NULL, NULL, "  a.gz\n", NULL},
    {"cd to nothing", "cd none\ntop\n", 4, "top", "top", NULL, "none: "},
    {"cd to a file", "cd top\ntop\n", 5, "top", "top", NULL,
	"top: not a folder"},
    {"cd above", "cd ..\ntop\n", 2, "top", "top", NULL, "..: not a folder"},
    {"a name from the top", "cd logs\n/top\n", 0, "top", "top", NULL, NULL},
    {"a name above", "cd logs\n../top\n", 0, "top", "top", NULL, NULL},
    {"a name above the top", "cd logs\n../../top\n", 2, NULL, NULL, NULL,
	"not a name"},
    {"help", "help\n", 0, NULL, NULL, NULL, "ls [DIR]"},
    {"a file ls", "./ls\n", 0, "ls", "ls", NULL, NULL},
    {"a file ls, quoted", "'ls'\n", 0, "ls", "ls", NULL, NULL},
    {"a file ls, quoted twice", "\"ls\"\n", 0, "ls", "ls", NULL, NULL},
    {"a file help", "./help\n", 0, "help", "help", NULL, NULL},
    {"a file cd logs", "./cd logs\n", 0, "cd logs", "cd logs", NULL, NULL},
    {"a file in quotes", "./'quoted'\n", 0, "'quoted'", "'quoted'", NULL, NULL},
    {"a quote alone", "'ls\n", 4, NULL, NULL, NULL, "'ls: "},
    {"a pattern", "logs/b*\n", 0, "b.gz", "logs/b.gz", NULL, NULL},
    {"a pattern in a folder", "cd logs\n[a]*\n", 0, "a.gz", "logs/a.gz", NULL,
	NULL},
    {"a pattern up", "cd logs/deep\n../b*\n", 0, "b.gz", "logs/b.gz", NULL,
	NULL},
    {"a pattern of nothing", "z*\ntop\n", 4, "top", "top", NULL,
	"z*: nothing on the server matches"},
    {"no pattern in quotes", "'to?'\n", 4, NULL, NULL, NULL, "to?: "},
    {"a file of that name", "*\n", 0, "*", "*", NULL, NULL},
    {"blanks, ls", "  ls  \n", 0, NULL, NULL, "  my folder\n", NULL},
    {"blanks, ls of a folder", "\tls\tmy folder \n", 0, NULL, NULL,
	"  my file\n", NULL},
    {"blanks, cd", "cd logs \n a.gz\n", 0, "a.gz", "logs/a.gz", NULL, NULL},
    {"blanks, cd to the top", "cd logs\n cd \ntop\n", 0, "top", "top", NULL,
	NULL},
    {"blanks, help", " help\t\n", 0, NULL, NULL, NULL, "ls [DIR]"},
    {"blanks, a pattern", "  t?p \n", 0, "top", "top", NULL, NULL},
    {"blanks, a file ls", " ./ls \n", 0, "ls", "ls", NULL, NULL},
    {"blanks in quotes", "' both '\n", 0, " both ", " both ", NULL, NULL},
    {"blanks around quotes", "  \" both \"\t\n", 0, " both ", " both ", NULL,
	NULL},
    {"blanks that are lost", "./ both \n", 4, NULL, NULL, NULL, " both: "},
    {"ls of blanks in quotes", " ls  ' both ' \n", 0, NULL, NULL, "   both \n",
	NULL},
    {"the top", "/\n", 2, NULL, NULL, NULL, "not a name"},
    {"the folder above itself", "logs/..\n", 2, NULL, NULL, NULL, "not a name"},
    {"a word that begins so", "lsx\n", 4, NULL, NULL, NULL, "lsx: "},
};

START_TEST(lines_on_a_pipe)
{
	char got[64] = "", wanted[64];
	const char *row = inputs[_i].row;

	start(NULL);
	client_start_with_input(&client, server.port, NULL, NULL);
	program_say(&client, inputs[_i].input);
	program_hang_up(&client);
	here_expect_exit(&client, inputs[_i].code, row);
	if (inputs[_i].out == NULL)
		ck_assert_str_eq(program_out(&client), "");
	else
		ck_assert_msg(strstr(program_out(&client), inputs[_i].out) !=
			NULL,
		    "%s: %s", row, program_out(&client));
	if (inputs[_i].err != NULL)
		ck_assert_msg(strstr(program_err(&client), inputs[_i].err) !=
			NULL,
		    "%s: %s", row, program_err(&client));
	ck_assert_ptr_null(strstr(program_err(&client), "Tab"));
	if (inputs[_i].got != NULL) {
		snprintf(got, sizeof(got), "here/new%s", inputs[_i].got);
		snprintf(wanted, sizeof(wanted), "served/%s",
		    inputs[_i].served);
		sum_expect_files(got, wanted);
	}
	ck_assert_msg(scratch_count("here") == (inputs[_i].got != NULL), "%s",
	    row);
	server_stop(&server);
}
END_TEST

/* The name of a folder is not matched as a pattern. */
START_TEST(a_folder_name_is_no_pattern)
{
	scratch_mkdir("served/[ab]");
	scratch_fill("served/[ab]/right", 100, 1);
	scratch_mkdir("served/a");
	scratch_fill("served/a/rwrong", 100, 2);
	server_start(&server, NULL);
	client_start_with_input(&client, server.port, NULL, NULL);
	program_say(&client, "cd [ab]\nr*\n");
	program_hang_up(&client);
	here_expect_exit(&client, 0, "[ab]");
	here_expect_names("here", "[ab]", HERE_LIST("newright"));
	server_stop(&server);
}
END_TEST

/* A line with a NUL matches no name. */
START_TEST(a_nul_in_a_line)
{
	start(NULL);
	client_start_with_input(&client, server.port, NULL, NULL);
	ck_assert_int_eq(write(client.input, "top\0x\n top\0\n", 12), 12);
	program_hang_up(&client);
	here_expect_exit(&client, 2, "NUL");
	ck_assert_uint_eq(program_lines(program_err(&client)), 2);
	here_expect_names("here", "NUL", HERE_LIST(NULL));
	server_stop(&server);
}
END_TEST

/* ---- on a terminal ------------------------------------------------------ */

static const char prompt[] = "leave): ";

/* Typed keys, and the text that the line or the screen then shows. */
static const struct {
	const char *keys;
	const char *shown;
} typed[] = {
    {"lo\t", "gs/"},		     /* one folder */
    {"\t", "a.gz  b.gz  deep/\r\n"}, /* the entries of that folder */
    {"d\t", "eep/"},
    {"\t", "f"},
    {"\r", "-> newf"},
    {"cd m\t", "y folder/"},
    {"\r", "from my folder (empty line to "},
    {"my\t", "file"}, /* the cursor can be moved over a space */
    {"\r", "-> newmy file"},
    {"/logs/\t", "a.gz  b.gz  deep/\r\n"},
    {"b\t", ".gz"},
    {"\r", "-> newb.gz"},
    {"nothing\t", "\007"},
    {"\025cd ../logs\r", "from logs (empty line to "},
    {"ls \t", "a.gz  b.gz  deep/\r\n"},
    {"d\t\r", "  f\r\n"},
    {"  cd  d\t  \r", "from logs/deep (empty line to "},
    {"cd\r", "fetch (empty line to "},
};

START_TEST(tab)
{
	bool fresh = true;
	size_t i;

	start(NULL);
	terminal_start(&terminal, server.port, HERE_LIST(NULL), NULL);
	terminal_await(&terminal, "ls [DIR], cd [DIR]");
	for (i = 0; i < HARNESS_ROWS(typed); i++) {
		if (fresh)
			terminal_await_prompt(&terminal, prompt);
		terminal_type(&terminal, typed[i].keys);
		terminal_await(&terminal, typed[i].shown);
		/* After a list the line is printed again. */
		fresh = strchr(typed[i].keys, '\r') != NULL ||
		    strchr(typed[i].shown, '\n') != NULL;
	}
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "\r");
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	here_expect_names("here", "tab",
	    HERE_LIST("newf", "newmy file", "newb.gz"));
	sum_expect_files("here/newf", "served/logs/deep/f");
	sum_expect_files("here/newmy file", "served/my folder/my file");
	server_stop(&server);
}
END_TEST

/* Control characters in names are shown escaped and never completed. */
START_TEST(tab_escapes_names)
{
	scratch_text("served/x\033]0;owned\007", "1");
	scratch_text("served/y\033[31mred", "1");
	scratch_text("served/y\033[32mgreen", "1");
	scratch_text("served/z\377", "1");
	server_start(&server, NULL);
	terminal_start(&terminal, server.port, HERE_LIST(NULL), NULL);
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "\t");
	terminal_await(&terminal,
	    "x\\033]0;owned\\a  y\\033[31mred  y\\033[32mgreen  z\\377\r\n");
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "x\t");
	terminal_await(&terminal, "x\\033]0;owned\\a\r\n");
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "\025y\t");
	terminal_await(&terminal, "y\\033[31mred  y\\033[32mgreen\r\n");
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "\025ls\r");
	terminal_await(&terminal, "  z\\377\r\n");
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "\r");
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	ck_assert(!terminal_shows(&terminal, "\033]0;owned"));
	ck_assert(!terminal_shows(&terminal, "\033[31m"));
	ck_assert(!terminal_shows(&terminal, "\033[32m"));
	server_stop(&server);
}
END_TEST

/* Tab requests each folder once; ls requests it again. */
START_TEST(tab_lists_a_folder_once)
{
	start(NULL);
	terminal_start(&terminal, server.port, HERE_LIST("-q"), NULL);
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "new\t");
	terminal_await(&terminal, "\007");
	scratch_text("served/new one", "1");
	terminal_type(&terminal, "\t");
	terminal_await(&terminal, "\007");
	terminal_type(&terminal, "\025ls\r");
	terminal_await(&terminal, "  new one\r\n");
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "new\t");
	terminal_await(&terminal, "one");
	terminal_type(&terminal, "\025\r");
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	ck_assert(!terminal_shows(&terminal, "cd DIR"));
	server_stop(&server);
}
END_TEST

/* If the server refuses or is gone, Tab rings the bell and prints nothing. */
START_TEST(tab_without_an_answer)
{
	start(HERE_LIST("--no-list"));
	terminal_start(&terminal, server.port, HERE_LIST(NULL), NULL);
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "\t");
	terminal_await(&terminal, "\007");
	server_stop(&server);
	terminal_type(&terminal, "\t");
	terminal_await(&terminal, "\007");
	terminal_type(&terminal, "\r");
	ck_assert_int_eq(terminal_wait(&terminal), 0);
}
END_TEST

/* Answers the question of the start, and nothing else. */
static void
play_start(struct fake *fake)
{
	const struct fake_file file = {(const uint8_t *)"", 0, {7, 9}, 0100644,
	    1};
	struct fake_asked asked;

	if (fake_ask(fake, &asked) && fake_answer(fake, &file, &asked) &&
	    fake_ask(fake, &asked))
		fake_stall(fake);
}

/* Ctrl-C while Tab waits for a reply drops the line. */
START_TEST(tab_interrupted)
{
	struct fake fake;

	fake_start(&fake, 1, play_start, NULL);
	terminal_start(&terminal, fake.port, HERE_LIST(NULL), NULL);
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "x\t");
	while (atomic_load(&fake.asks) < 2)
		terminal_shows(&terminal, prompt);
	terminal_type(&terminal, "\003");
	terminal_await(&terminal, "Ctrl-C again leaves");
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "pwd\r");
	terminal_await(&terminal, "\r\n/\r\n");
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "\r");
	ck_assert_int_eq(terminal_wait(&terminal), 0);
	fake_stop(&fake);
}
END_TEST

/* ---- the words of a person ---------------------------------------------- */

/* A typed line, what is said, and the fetched file without "new". */
static const struct {
	const char *keys;
	const char *shown;
	const char *got;
	const char *served;
} words[] = {
    {"get top\r", "-> newtop", "top", "top"},
    {"get  'top'\r", "-> newtop", "top", "top"},
    {"get help\r", "-> newhelp", "help", "help"},
    {"./help\r", "-> newhelp", "help", "help"},
    {"get logs/b*\r", "-> newb.gz", "b.gz", "logs/b.gz"},
    {"pwd\r", "\r\n/\r\n", NULL, NULL},
    {"?\r", "exit, quit, bye", NULL, NULL},
    {"logs\r", "logs: a folder: cd logs goes there, -r logs fetches it", NULL,
	NULL},
    {"put top\r", "a fileserv sends files and takes none", NULL, NULL},
    {"get\r", "get NAME fetches the file NAME", NULL, NULL},
    {"-r logs\r", "logs/deep/f -> ", "logs/deep/f", "logs/deep/f"},
    {"get -r 'my folder'\r", "my file", "my folder/my file",
	"my folder/my file"},
};

START_TEST(words_of_a_person)
{
	char got[64], wanted[64];
	size_t i;

	start(NULL);
	scratch_fill("served/quit", 80, 12);
	terminal_start(&terminal, server.port, HERE_LIST("-v"), NULL);
	for (i = 0; i < HARNESS_ROWS(words); i++) {
		terminal_await_prompt(&terminal, prompt);
		terminal_type(&terminal, words[i].keys);
		terminal_await(&terminal, words[i].shown);
		if (words[i].got == NULL)
			continue;
		terminal_await_prompt(&terminal, prompt);
		snprintf(got, sizeof(got), "here/new%s", words[i].got);
		snprintf(wanted, sizeof(wanted), "served/%s", words[i].served);
		sum_expect_files(got, wanted);
		terminal_type(&terminal, "pwd\r");
	}
	terminal_await_prompt(&terminal, prompt);
	terminal_type(&terminal, "quit\r");
	/* The first failure: a folder is no file. */
	ck_assert_int_eq(terminal_wait(&terminal), 5);
	server_stop(&server);
}
END_TEST

/* A wrong address, and a peer that is no fileserv, are told before a line can
 * be typed. */
static void
play_web_server(struct fake *fake)
{
	static const char reply[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
	struct fake_asked asked;

	if (fake_ask(fake, &asked))
		(void)fake_send(fake, reply, sizeof(reply) - 1);
}

START_TEST(a_wrong_server_is_told_at_once)
{
	struct fake fake;
	uint16_t port;

	fake_start(&fake, 1, play_web_server, NULL);
	port = fake.port;
	terminal_start(&terminal, port, HERE_LIST(NULL), NULL);
	ck_assert_int_eq(terminal_wait(&terminal), 7);
	ck_assert(terminal_shows(&terminal, "HTTP"));
	ck_assert(!terminal_shows(&terminal, prompt));
	fake_stop(&fake);
	memset(&terminal, 0, sizeof(terminal));
	terminal_start(&terminal, port, HERE_LIST(NULL), NULL);
	ck_assert_int_eq(terminal_wait(&terminal), 3);
	ck_assert(terminal_shows(&terminal, "cannot connect"));
	ck_assert(!terminal_shows(&terminal, prompt));
}
END_TEST

Suite *
commands_suite(void)
{
	Suite *suite = suite_create("commands");
	TCase *tcase;

	tcase = harness_case(suite, "pipe", 60);
	tcase_add_loop_test(tcase, lines_on_a_pipe, 0,
	    (int)HARNESS_ROWS(inputs));
	tcase_add_test(tcase, a_folder_name_is_no_pattern);
	tcase_add_test(tcase, a_nul_in_a_line);
	tcase = harness_case(suite, "terminal", 60);
	tcase_add_test(tcase, tab);
	tcase_add_test(tcase, tab_escapes_names);
	tcase_add_test(tcase, tab_lists_a_folder_once);
	tcase_add_test(tcase, tab_without_an_answer);
	tcase_add_test(tcase, tab_interrupted);
	tcase_add_test(tcase, words_of_a_person);
	tcase_add_test(tcase, a_wrong_server_is_told_at_once);
	return suite;
}
