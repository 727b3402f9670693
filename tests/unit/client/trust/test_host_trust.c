/*
 * The decision for a server: what options and files make of it, and which keys
 * it may have. No key is asked about here: there is no terminal.
 */

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/trust/host_trust.h"
#include "tests/unit/unit.h"

#define KEY_A "K7QF-2M3D-AAAA-BBBB-CCCC-DDDD-EE"
#define KEY_B "K7QF-2M3D-AAAA-BBBB-CCCC-DDDD-EF"

static const struct report_settings report_settings = {.quiet = true};
static const struct progress_settings progress_settings;
static struct progress progress;
static struct report report;
static struct trust_settings settings;
static struct trust trust;
static struct trust_needs needs;
static struct host_trust host;
static struct failure failure;
static struct key_name key_a, key_b;
static char home[UNIT_PATH];

static void
read_key(struct key_name *key, const char *text)
{
	char why[KEY_NAME_ERROR];

	ck_assert_int_eq(key_name_decode(key, text, strlen(text), why), 0);
}

static void
setup(void)
{
	char folder[UNIT_PATH];

	unit_folder(home);
	unit_path(folder, home, "fileget");
	ck_assert_int_eq(mkdir(folder, 0700), 0);
	ck_assert_int_eq(setenv("XDG_CONFIG_HOME", home, 1), 0);
	progress_open(&progress, &progress_settings);
	report_open(&report, &report_settings, &progress);
	read_key(&key_a, KEY_A);
	read_key(&key_b, KEY_B);
	memset(&settings, 0, sizeof(settings));
	memset(&needs, 0, sizeof(needs));
}

/* Decides about a:80 with this file. */
static int
decide(const char *text)
{
	if (text != NULL)
		unit_write(home, "fileget/known_hosts", text, strlen(text));
	failure.text[0] = '\0';
	return trust_open(&trust, &settings, &report, &failure) == 0 &&
		host_trust_decide(&host, &trust, "a", 80, &needs, &failure) ==
		    0 ?
	    0 :
	    -1;
}

static void
teardown(void)
{
	trust_close(&trust);
	report_close(&report);
}

static void
give_key(const struct key_name *key)
{
	settings.keys[settings.n_keys++] = *key;
}

START_TEST(test_plain)
{
	ck_assert_int_eq(decide(NULL), 0);
	ck_assert(!host_trust_encrypts(&host));
	ck_assert(!needs.encrypts);
	trust_close(&trust);
	ck_assert_int_eq(decide("b:80 " KEY_A "\na:81 " KEY_A "\n"), 0);
	ck_assert(!host_trust_encrypts(&host));
	ck_assert(!needs.encrypts);
}
END_TEST

START_TEST(test_known)
{
	ck_assert_int_eq(decide("a:80 " KEY_A "\n"), 0);
	ck_assert(host_trust_encrypts(&host));
	ck_assert(needs.encrypts && !needs.asks && !needs.adds);
	ck_assert(host_trust_admits(&host, &key_a));
	ck_assert(!host_trust_admits(&host, &key_b));
	ck_assert_int_eq(host_trust_meet(&host, &key_b, "", &failure), -1);
	ck_assert_int_eq(failure.code, EXIT_UNTRUSTED);
	ck_assert_ptr_nonnull(
	    strstr(failure.text, "THE KEY HAS CHANGED: a:80"));
	ck_assert_ptr_nonnull(strstr(failure.text, KEY_A));
	ck_assert_ptr_nonnull(strstr(failure.text, KEY_B));
	ck_assert_ptr_nonnull(strstr(failure.text, "line 1"));
	ck_assert(!host_trust_admits(&host, &key_b));
}
END_TEST

START_TEST(test_two_keys)
{
	ck_assert_int_eq(decide("a:80 " KEY_A " " KEY_B "\n"), 0);
	ck_assert(host_trust_admits(&host, &key_a));
	ck_assert(host_trust_admits(&host, &key_b));
}
END_TEST

/* --plain does not even read a damaged file. */
START_TEST(test_plain_though_known)
{
	settings.plain = true;
	ck_assert_int_eq(decide("a:80 " KEY_A "\nbad\n"), 0);
	ck_assert(!host_trust_encrypts(&host));
}
END_TEST

START_TEST(test_damaged)
{
	ck_assert_int_eq(decide("a:80 " KEY_A "\nbad\n"), -1);
	ck_assert_int_eq(failure.code, EXIT_UNTRUSTED);
	ck_assert_ptr_nonnull(strstr(failure.text, "known_hosts: line 2: "));
	trust_close(&trust);
	give_key(&key_b);
	ck_assert_int_eq(decide(NULL), 0);
	ck_assert(host_trust_admits(&host, &key_b));
	ck_assert(!host_trust_admits(&host, &key_a));
}
END_TEST

START_TEST(test_new)
{
	settings.tls = true;
	ck_assert_int_eq(decide(NULL), 0);
	ck_assert(host_trust_encrypts(&host));
	ck_assert(needs.encrypts && needs.asks && !needs.adds);
	ck_assert(!host_trust_admits(&host, &key_a));
	ck_assert_int_eq(host_trust_meet(&host, &key_a, "", &failure), -1);
	ck_assert_int_eq(failure.code, EXIT_UNTRUSTED);
	ck_assert_ptr_nonnull(
	    strstr(failure.text, "fileget --key " KEY_A " a 80 NAME"));
	ck_assert(!host_trust_admits(&host, &key_a));
}
END_TEST

START_TEST(test_given)
{
	give_key(&key_b);
	ck_assert_int_eq(decide(NULL), 0);
	ck_assert(needs.encrypts && !needs.asks && needs.adds);
	ck_assert(host_trust_admits(&host, &key_b));
	ck_assert(!host_trust_admits(&host, &key_a));
	ck_assert_int_eq(host_trust_meet(&host, &key_a, "", &failure), -1);
	ck_assert_int_eq(failure.code, EXIT_UNTRUSTED);
	give_key(&key_a);
	ck_assert(host_trust_admits(&host, &key_a));
}
END_TEST

/* The keys on the command line alone count, and none is added to those of the
 * file, which somebody has to remove first. */
START_TEST(test_given_though_known)
{
	give_key(&key_b);
	ck_assert_int_eq(decide("a:80 " KEY_A "\n"), 0);
	ck_assert(needs.encrypts && !needs.asks && !needs.adds);
	ck_assert(host_trust_admits(&host, &key_b));
	ck_assert(!host_trust_admits(&host, &key_a));
}
END_TEST

START_TEST(test_authority)
{
	settings.authority = "system";
	ck_assert_int_eq(decide("a:80 " KEY_A "\n"), 0);
	ck_assert(needs.encrypts && !needs.asks && !needs.adds);
	ck_assert_str_eq(host_trust_certified(&host), "a");
	ck_assert(!host_trust_admits(&host, &key_a));
	ck_assert_int_eq(host_trust_meet(&host, &key_a, "it has expired",
			     &failure),
	    -1);
	ck_assert_int_eq(failure.code, EXIT_UNTRUSTED);
	ck_assert_ptr_nonnull(strstr(failure.text, "it has expired"));
}
END_TEST

START_TEST(test_kept_once)
{
	give_key(&key_a);
	ck_assert_int_eq(decide(NULL), 0);
	ck_assert_int_eq(trust_prepare(&trust, &needs, &failure), 0);
	host_trust_note(&host, &key_a, "TLSv1.3", "A");
	host_trust_note(&host, &key_a, "TLSv1.3", "A");
	trust_close(&trust);
	settings.n_keys = 0;
	ck_assert_int_eq(decide(NULL), 0);
	ck_assert(host_trust_encrypts(&host));
	ck_assert_uint_eq(host.known.n, 1);
	ck_assert_uint_eq(trust.user.len, strlen("a:80 " KEY_A "\n"));
}
END_TEST

START_TEST(test_not_kept)
{
	give_key(&key_a);
	settings.is_once = true;
	ck_assert_int_eq(decide(NULL), 0);
	ck_assert_int_eq(trust_prepare(&trust, &needs, &failure), 0);
	host_trust_note(&host, &key_a, "TLSv1.3", "A");
	trust_close(&trust);
	settings.n_keys = 0;
	ck_assert_int_eq(decide(NULL), 0);
	ck_assert(!host_trust_encrypts(&host));
}
END_TEST

Suite *
host_trust_suite(void)
{
	Suite *suite = suite_create("host_trust");
	TCase *tcase = unit_case(suite, "decision");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_plain);
	tcase_add_test(tcase, test_known);
	tcase_add_test(tcase, test_two_keys);
	tcase_add_test(tcase, test_plain_though_known);
	tcase_add_test(tcase, test_damaged);
	tcase_add_test(tcase, test_new);
	tcase_add_test(tcase, test_given);
	tcase_add_test(tcase, test_given_though_known);
	tcase_add_test(tcase, test_authority);
	tcase_add_test(tcase, test_kept_once);
	tcase_add_test(tcase, test_not_kept);
	return suite;
}
