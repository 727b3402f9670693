/*
 * SIGHUP: key and list of clients are read again. Connections stay, later ones
 * get the new key, a client that is no longer listed ends at its next request,
 * and a bad file changes nothing.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/server_suites.h"
#include "tests/harness/harness.h"
#include "tests/harness/scratch.h"
#include "tests/harness/server.h"
#include "tests/harness/visitor.h"
#include "tests/harness/wait.h"

#define OPTIONS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define PIECE	     (16 * 1024)  /* bytes */
#define LARGE	     (64 * PIECE) /* bytes */
#define KEY_STAYS    "SIGHUP: the key from before stays in force: "
#define LIST_STAYS   "SIGHUP: the list of clients from before stays in force: "

enum {
	ALERT_BAD_CERTIFICATE = 42, /* RFC 8446, 6.2 */
	RELOADS = 60,	      /* unless RELOADS in the environment says more */
	CROWD = 8,	      /* connections of ann that ask meanwhile */
	AHEAD = 16,	      /* requests of each on the way */
	RELOADS_A_VISIT = 10, /* reloads for each new connection */
};

static struct server server;
static struct visitor ann, bob, crowd[CROWD];
static char key_path[SCRATCH_PATH], list_path[SCRATCH_PATH];

/* Replaces a file as an editor does: the new one gets its name when it is
 * whole. */
static void
replace_text(const char *name, const char *text)
{
	scratch_text("outside/new", text);
	scratch_rename("outside/new", name);
}

static void
replace_key(const struct key_pair *pair)
{
	key_pair_write(pair, "outside/new");
	scratch_rename("outside/new", "outside/key.pem");
}

/* Lists ann with her folder, unless it is NULL, and bob. */
static void
list_clients(const char *folder)
{
	char text[256] = "";

	if (folder != NULL)
		snprintf(text, sizeof(text), "ann %s %s\n", ann.key.name,
		    folder);
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "bob %s b\n",
	    bob.key.name);
	replace_text("outside/clients", text);
}

static void
start(void)
{
	key_pair_make(&ann.key);
	key_pair_make(&bob.key);
	scratch_mkdir("served/a");
	scratch_mkdir("served/b");
	scratch_fill("served/a/large", LARGE, 1);
	scratch_text("served/a/file", "of ann");
	scratch_text("served/b/file", "of bob");
	list_clients("a");
	server_start(&server,
	    OPTIONS("--key-file", scratch_path(key_path, "outside/key.pem"),
		"--clients", scratch_path(list_path, "outside/clients")));
}

static void
stop(void)
{
	server_stop(&server);
	key_pair_free(&ann.key);
	key_pair_free(&bob.key);
}

/* Returns whether a new connection is shown this key. */
static bool
shows_key(void *name)
{
	char shown[KEY_PAIR_NAME];

	visitor_connect(&bob, server.port);
	secure_key(&bob.secure, shown);
	visitor_expect_text(&bob, "b/file", "of bob");
	visitor_close(&bob);
	return strcmp(shown, name) == 0;
}

START_TEST(a_new_key_is_for_new_connections)
{
	char before[KEY_PAIR_NAME];
	struct key_pair later;

	start();
	key_pair_make(&later);
	visitor_connect(&ann, server.port);
	secure_key(&ann.secure, before);
	visitor_expect_text(&ann, "a/file", "of ann");
	server_reload(&server, ", as before\n");
	replace_key(&later);
	server_reload(&server, " now; before it was ");
	visitor_expect_text(&ann, "a/file", "of ann");
	ck_assert(shows_key(later.name));
	visitor_close(&ann);
	key_pair_free(&later);
	stop();
}
END_TEST

/* Each row is a file that is not what it should be. */
static void
remove_key(void)
{
	scratch_remove("outside/key.pem");
}

static void
write_half(void)
{
	size_t len;
	char *text = scratch_read("outside/key.pem", &len);

	scratch_write("outside/key.pem", text, len / 2);
	free(text);
}

static void
empty_key(void)
{
	scratch_write("outside/key.pem", "", 0);
}

static void
link_out(void)
{
	scratch_rename("outside/key.pem", "here/key.pem");
	scratch_symlink("../here/key.pem", "outside/key.pem");
}

static void
write_nonsense(void)
{
	replace_text("outside/clients", "nonsense\n");
}

static void
list_no_folder(void)
{
	list_clients("no");
}

static const struct {
	void (*spoil)(void);
	const char *says;
} bad[] = {
    {remove_key, KEY_STAYS},
    {write_half, KEY_STAYS},
    {empty_key, KEY_STAYS},
    {link_out, KEY_STAYS},
    {write_nonsense, LIST_STAYS},
    {list_no_folder, LIST_STAYS},
};

START_TEST(a_bad_file_changes_nothing)
{
	char before[KEY_PAIR_NAME];
	struct key_pair later;

	start();
	key_pair_make(&later);
	visitor_connect(&ann, server.port);
	secure_key(&ann.secure, before);
	bad[_i].spoil();
	server_reload(&server, bad[_i].says);
	visitor_expect_text(&ann, "a/file", "of ann");
	visitor_close(&ann);
	visitor_connect(&ann, server.port);
	visitor_expect_text(&ann, "a/file", "of ann");
	visitor_close(&ann);
	ck_assert(shows_key(before));
	/* A good file is read later. */
	replace_key(&later);
	list_clients("a");
	server_reload(&server, " now; before it was ");
	ck_assert(shows_key(later.name));
	key_pair_free(&later);
	stop();
}
END_TEST

/* ann downloads in pieces; she is removed from the list between two of them. */
START_TEST(a_client_is_removed_during_a_download)
{
	struct protocol_request piece = {.op = PROTOCOL_OP_FETCH,
	    .count = PIECE};
	int i;

	start();
	visitor_connect(&ann, server.port);
	visitor_connect(&bob, server.port);
	for (i = 0; i < 3; i++, piece.offset += PIECE)
		ck_assert_int_eq(visitor_ask_with(&ann, &piece, "a/large"),
		    PROTOCOL_OK);
	list_clients(NULL);
	server_reload(&server, "clients listed: 1\n");
	visitor_send(&ann, &piece, "a/large");
	secure_expect_end(&ann.secure);
	visitor_close(&ann);
	ck_assert_int_eq(visitor_refused(&ann.key, server.port),
	    ALERT_BAD_CERTIFICATE);
	visitor_expect_text(&bob, "b/file", "of bob");
	visitor_close(&bob);
	stop();
}
END_TEST

START_TEST(a_client_gets_another_folder)
{
	start();
	visitor_connect(&ann, server.port);
	visitor_expect_text(&ann, "a/file", "of ann");
	list_clients("b");
	server_reload(&server, "clients listed: 2\n");
	ck_assert_int_eq(visitor_ask(&ann, PROTOCOL_OP_GET, "a/file"),
	    PROTOCOL_NOT_FOUND);
	visitor_expect_text(&ann, "b/file", "of bob");
	visitor_close(&ann);
	stop();
}
END_TEST

static void
ask_ahead(void)
{
	const struct protocol_request piece = {.op = PROTOCOL_OP_FETCH,
	    .count = PIECE};
	int i, n;

	for (i = 0; i < CROWD; i++)
		for (n = 0; n < AHEAD; n++)
			visitor_send(&crowd[i], &piece, "a/large");
}

static void
receive_all(void)
{
	int i, n;

	for (i = 0; i < CROWD; i++)
		for (n = 0; n < AHEAD; n++)
			ck_assert_int_eq(visitor_receive(&crowd[i]),
			    PROTOCOL_OK);
}

/* Many reloads while requests are answered. RELOADS says how many. */
START_TEST(many_reloads)
{
	const char *more = getenv("RELOADS");
	int i, n = more == NULL ? RELOADS : atoi(more);
	unsigned descriptors;
	struct key_pair keys[2];

	start();
	key_pair_make(&keys[0]);
	key_pair_make(&keys[1]);
	for (i = 0; i < CROWD; i++) {
		crowd[i].key = ann.key;
		visitor_connect(&crowd[i], server.port);
	}
	ask_ahead();
	receive_all();
	descriptors = server_descriptors(&server);
	for (i = 0; i < n; i++) {
		replace_key(&keys[i % 2]);
		list_clients(i % 2 == 0 ? "a b" : "a");
		ask_ahead();
		program_signal(&server.program, SIGHUP);
		receive_all();
		if (i % RELOADS_A_VISIT != 0)
			continue;
		visitor_connect(&bob, server.port);
		visitor_expect_text(&bob, "b/file", "of bob");
		visitor_close(&bob);
	}
	for (i = 0; i < CROWD; i++)
		visitor_close(&crowd[i]);
	replace_key(&keys[0]);
	program_signal(&server.program, SIGHUP);
	ck_assert(wait_until(shows_key, keys[0].name, WAIT_LIMIT));
	/* A file that is replaced just then may be refused once. */
	ck_assert_uint_eq(server_count_in_log(&server, "stays in force"),
	    server_count_in_log(&server, "it was written while it was read"));
	ck_assert(server_await_descriptors(&server, descriptors));
	key_pair_free(&keys[0]);
	key_pair_free(&keys[1]);
	stop();
}
END_TEST

/* As a secret of Kubernetes is updated: a link to a folder of links is
 * replaced. */
START_TEST(links_within_the_folder_are_followed)
{
	struct key_pair keys[2];

	key_pair_make(&keys[0]);
	key_pair_make(&keys[1]);
	key_pair_make(&bob.key);
	scratch_mkdir("served/b");
	scratch_text("served/b/file", "of bob");
	scratch_mkdir("outside/1");
	scratch_mkdir("outside/2");
	key_pair_write(&keys[0], "outside/1/key.pem");
	key_pair_write(&keys[1], "outside/2/key.pem");
	scratch_symlink("1", "outside/data");
	scratch_symlink("data/key.pem", "outside/key.pem");
	server_start(&server,
	    OPTIONS("--tls", "--key-file",
		scratch_path(key_path, "outside/key.pem")));
	ck_assert(shows_key(keys[0].name));
	scratch_symlink("2", "outside/new");
	scratch_rename("outside/new", "outside/data");
	server_reload(&server, " now; before it was ");
	ck_assert(shows_key(keys[1].name));
	server_stop(&server);
	key_pair_free(&keys[0]);
	key_pair_free(&keys[1]);
	key_pair_free(&bob.key);
}
END_TEST

/* Without anything to read again, SIGHUP ends the server as it always has. */
START_TEST(a_plain_server_ends)
{
	server_start(&server, NULL);
	program_signal(&server.program, SIGHUP);
	ck_assert_int_eq(program_wait(&server.program, WAIT_LIMIT), -SIGHUP);
}
END_TEST

Suite *
reload_suite(void)
{
	Suite *suite = suite_create("reload");
	TCase *tcase = harness_case(suite, "reload", 120);

	tcase_add_test(tcase, a_new_key_is_for_new_connections);
	tcase_add_loop_test(tcase, a_bad_file_changes_nothing, 0,
	    (int)HARNESS_ROWS(bad));
	tcase_add_test(tcase, a_client_is_removed_during_a_download);
	tcase_add_test(tcase, a_client_gets_another_folder);
	tcase_add_test(tcase, many_reloads);
	tcase_add_test(tcase, links_within_the_folder_are_followed);
	tcase_add_test(tcase, a_plain_server_ends);
	return suite;
}
