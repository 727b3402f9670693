/* Lines of known hosts: which are read, which are refused with their number,
 * and which server they are of. */

#include <stdio.h>
#include <string.h>

#include "client/trust/known_hosts.h"
#include "tests/unit/unit.h"

#define KEY_A "K7QF-2M3D-AAAA-BBBB-CCCC-DDDD-EE"
#define KEY_B "K7QF-2M3D-AAAA-BBBB-CCCC-DDDD-EF"
#define KEY_C "K7QF-2M3D-AAAA-BBBB-CCCC-DDDD-EG"

static struct known_keys known;
static char error[KNOWN_HOSTS_ERROR];

static int
find(const char *text, const char *host, uint16_t port)
{
	memset(&known, 0, sizeof(known));
	error[0] = '\0';
	return known_hosts_find(text, strlen(text), host, port, &known, error);
}

static const struct {
	const char *text, *host;
	uint16_t port;
	size_t n, line;
} good[] = {
    {"", "a", 80, 0, 0},
    {"a:80 " KEY_A, "a", 80, 1, 1},
    {"a:80 " KEY_A "\n", "A", 80, 1, 1},
    {"a:80 " KEY_A "\n", "a.", 80, 1, 1},
    {"A.:80 " KEY_A "\n", "a", 80, 1, 1},
    {"a:80 " KEY_A "\n", "a", 81, 0, 0},
    {"a:80 " KEY_A "\n", "b", 80, 0, 0},
    {"a:80 " KEY_A "\n", "a.b", 80, 0, 0},
    {"# a:80\n\n \t\na:80 " KEY_A "\n", "a", 80, 1, 4},
    {"  a:80\t \t" KEY_A "  \r\n", "a", 80, 1, 1},
    {"a:80 " KEY_A " " KEY_B "\n", "a", 80, 2, 1},
    {"a:80 " KEY_A "\nb:80 " KEY_C "\na:80 " KEY_B "\n", "a", 80, 2, 1},
    {"a:80 " KEY_A "\na:80 " KEY_A "\n", "a", 80, 1, 1},
    {"a:80 k7qf2m3daaaabbbbccccddddee\n", "a", 80, 1, 1},
    {"[::1]:80 " KEY_A "\n", "::1", 80, 1, 1},
    {"[0:0::1]:80 " KEY_A "\n", "::1", 80, 1, 1},
    {"[fe80::1%eth9]:80 " KEY_A "\n", "fe80::1%eth9", 80, 1, 1},
};

START_TEST(test_read)
{
	ck_assert_msg(find(good[_i].text, good[_i].host, good[_i].port) == 0,
	    "%d: %s", _i, error);
	ck_assert_uint_eq(known.n, good[_i].n);
	ck_assert_uint_eq(known.line, good[_i].line);
	if (known.n > 0)
		ck_assert_str_eq(known.keys[0].letters,
		    "K7QF2M3DAAAABBBBCCCCDDDDEE");
}
END_TEST

static const struct {
	const char *text, *error;
} bad[] = {
    {"a " KEY_A "\n", "line 1: 'a' is not HOST:PORT"},
    {"\n\na:http " KEY_A "\n", "line 3: 'a:http' is not HOST:PORT"},
    {"a: " KEY_A "\n", "line 1: 'a:' is not HOST:PORT"},
    {":80 " KEY_A "\n", "line 1: ':80' has no host"},
    {"a:0 " KEY_A "\n", "line 1: '0' is too small"},
    {"a:65536 " KEY_A "\n", "line 1: '65536' is too large"},
    {"::1:80 " KEY_A "\n", "line 1: '::1:80' has no port"},
    {"[::1:80 " KEY_A "\n", "line 1: '[::1:80' lacks a ']'"},
    {"http://a:80 " KEY_A "\n", "line 1: 'http://a:80' is a URL"},
    {"a:80\n", "line 1: there is no key behind it"},
    {"b:80\n", "line 1: there is no key behind it"},
    {"a:80 " KEY_A " " KEY_B " " KEY_C "\n", "line 1: it has more than 2 keys"},
    {"a:80 " KEY_A " # lab\n", "line 1: not a key: "},
    {"b:80 K7QF\n", "line 1: not a key: "},
    {"b:80 K7QF-2M3D-AAAA-BBBB-CCCC-DDDD-E0\n", "line 1: not a key: "},
};

START_TEST(test_refuse)
{
	/* A wrong line of another server is refused too. */
	ck_assert_int_eq(find(bad[_i].text, "a", 80), -1);
	ck_assert_msg(strncmp(error, bad[_i].error, strlen(bad[_i].error)) == 0,
	    "%s: %s", bad[_i].error, error);
	ck_assert_uint_eq(known.n, 0);
}
END_TEST

START_TEST(test_refuse_bytes)
{
	static char text[KNOWN_HOSTS_LINE + 64];

	memset(&known, 0, sizeof(known));
	ck_assert_int_eq(known_hosts_find("a:80\0" KEY_A "\n", 40, "a", 80,
			     &known, error),
	    -1);
	ck_assert_str_eq(error, "line 1: it has a NUL byte in it");
	memset(text, ' ', sizeof(text));
	text[0] = '\n';
	text[KNOWN_HOSTS_LINE + 1] = '\n';
	ck_assert_int_eq(known_hosts_find(text, KNOWN_HOSTS_LINE + 2, "a", 80,
			     &known, error),
	    0);
	text[KNOWN_HOSTS_LINE + 1] = ' ';
	ck_assert_int_eq(known_hosts_find(text, KNOWN_HOSTS_LINE + 2, "a", 80,
			     &known, error),
	    -1);
	ck_assert_str_eq(error, "line 2: it is longer than 2048 bytes");
}
END_TEST

START_TEST(test_most_keys)
{
	char text[2048] = "";
	int i;

	for (i = 0; i < KNOWN_HOSTS_KEYS; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "a:80 K7QF-2M3D-AAAA-BBBB-CCCC-DDDD-A%c\n", 'A' + i);
	ck_assert_int_eq(find(text, "a", 80), 0);
	ck_assert_uint_eq(known.n, KNOWN_HOSTS_KEYS);
	strlcat(text, "a:80 " KEY_A "\n", sizeof(text));
	ck_assert_int_eq(find(text, "a", 80), -1);
	ck_assert_str_eq(error, "line 9: this server has more than 8 keys");
	ck_assert_int_eq(find(text, "b", 80), 0);
}
END_TEST

START_TEST(test_format)
{
	static const struct {
		const char *host, *line;
	} rows[] = {
	    {"a", "a:80 " KEY_A "\n"},
	    {"::1", "[::1]:80 " KEY_A "\n"},
	    {"a b", ""},
	    {"a\nb", ""},
	    {"#a", ""},
	};
	char line[KNOWN_HOSTS_LINE] = "";
	struct key_name key;
	size_t i;

	ck_assert_int_eq(key_name_decode(&key, KEY_A, strlen(KEY_A), error), 0);
	for (i = 0; i < UNIT_ROWS(rows); i++) {
		ck_assert_uint_eq(known_hosts_format(rows[i].host, 80, &key,
				      line),
		    strlen(rows[i].line));
		if (rows[i].line[0] == '\0')
			continue;
		ck_assert_str_eq(line, rows[i].line);
		ck_assert_int_eq(find(line, rows[i].host, 80), 0);
		ck_assert_uint_eq(known.n, 1);
	}
}
END_TEST

Suite *
known_hosts_suite(void)
{
	Suite *suite = suite_create("known_hosts");
	TCase *tcase = unit_case(suite, "lines");

	tcase_add_loop_test(tcase, test_read, 0, (int)UNIT_ROWS(good));
	tcase_add_loop_test(tcase, test_refuse, 0, (int)UNIT_ROWS(bad));
	tcase_add_test(tcase, test_refuse_bytes);
	tcase_add_test(tcase, test_most_keys);
	tcase_add_test(tcase, test_format);
	return suite;
}
