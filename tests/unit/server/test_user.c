/*
 * user: who may become whom. Each row runs in a child, since becoming a user
 * cannot be undone.
 */

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/user.h"
#include "tests/unit/child.h"
#include "tests/unit/unit.h"

static struct row {
	const char *title, *name, *said;
	bool as_nobody; /* the child runs as nobody */
} rows[] = {
    {"no such user", "no such user", "there is no such user", false},
    {"no name", "", "there is no such user", false},
    {"root", "root", "that is root: name a user without privileges", false},
    {"another user", "daemon", "only root can become another user", true},
    {"oneself", "nobody", "", true},
    {"root becomes nobody", "nobody", "", false},
    {"root's number", "0", "that is root: name a user without privileges",
	false},
    {"root's group", "nobody:0",
	"that group is root's: add another one, as in USER:GROUP", false},
    {"no such group", "nobody:no such group", "there is no such group", false},
    {"no group", "nobody:", "there is no such group", false},
    {"no user", ":nogroup", "there is no such user", false},
    {"no change", "4294967295", "there is no such user", false},
    {"too large", "4294967296", "there is no such user", false},
    {"a sign", "+1", "there is no such user", false},
};

/* Users and groups by number, which need not be known to the system. */
static struct number {
	const char *text;
	unsigned uid, gid;
} numbers[] = {
    {"4000000001", 4000000001U, 4000000001U},
    {"4000000001:4000000002", 4000000001U, 4000000002U},
    {"0004000001:17", 4000001, 17},
};

static void
become_nobody(const struct passwd *nobody)
{
	if (setgroups(0, NULL) != 0 || setgid(nobody->pw_gid) != 0 ||
	    setuid(nobody->pw_uid) != 0)
		_exit(99);
}

/* Tries to become the user; exits with 0 if that has worked completely. */
static void
work(void *argument)
{
	const struct row *row = argument;
	const struct passwd *user;
	char error[USER_ERROR] = "";

	if (row->as_nobody)
		become_nobody(getpwnam("nobody"));
	if (user_become(row->name, error) != 0) {
		fputs(error, stdout);
		fflush(stdout);
		_exit(1);
	}
	user = getpwnam(row->name);
	_exit(user != NULL && getuid() == user->pw_uid &&
		    geteuid() == user->pw_uid && getegid() == user->pw_gid &&
		    getgroups(0, NULL) == 0 && setuid(0) != 0 ?
		0 :
		2);
}

START_TEST(test_becoming)
{
	struct row row = rows[_i];
	struct child child;

	/* Nobody cannot become another user. */
	if (geteuid() != 0 && (row.as_nobody || row.said[0] == '\0'))
		return;
	child_run(&child, work, &row);
	ck_assert_msg(child.code == (row.said[0] == '\0' ? 0 : 1), "%s: %d, %s",
	    row.title, child.code, child.out);
	ck_assert_str_eq(child.out, row.said);
}
END_TEST

static void
become_number(void *argument)
{
	const struct number *number = argument;
	char error[USER_ERROR] = "";

	if (user_become(number->text, error) != 0) {
		fputs(error, stdout);
		fflush(stdout);
		_exit(1);
	}
	_exit(getuid() == number->uid && geteuid() == number->uid &&
		    getgid() == number->gid && getegid() == number->gid &&
		    getgroups(0, NULL) == 0 && setuid(0) != 0 ?
		0 :
		2);
}

START_TEST(test_numbers)
{
	struct number number = numbers[_i];
	struct child child;

	if (geteuid() != 0)
		return;
	child_run(&child, become_number, &number);
	ck_assert_msg(child.code == 0, "%s: %d, %s", number.text, child.code,
	    child.out);
}
END_TEST

/* The number of a known user stands for that user, with its group. */
START_TEST(test_known_number)
{
	const struct passwd *nobody = getpwnam("nobody");
	struct number number;
	struct child child;
	char text[16];

	if (geteuid() != 0 || nobody == NULL)
		return;
	snprintf(text, sizeof(text), "%u", nobody->pw_uid);
	number = (struct number){text, nobody->pw_uid, nobody->pw_gid};
	child_run(&child, become_number, &number);
	ck_assert_int_eq(child.code, 0);
}
END_TEST

Suite *
user_suite(void)
{
	Suite *suite = suite_create("user");
	TCase *tcase = unit_case(suite, "becoming");

	tcase_add_loop_test(tcase, test_becoming, 0, UNIT_ROWS(rows));
	tcase_add_loop_test(tcase, test_numbers, 0, UNIT_ROWS(numbers));
	tcase_add_test(tcase, test_known_number);
	return suite;
}
