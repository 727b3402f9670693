/*
 * request_log: which requests get a line of their own, and how others are
 * counted. The time is an argument. Each test runs in its own process, so it
 * starts with the full allowance of lines.
 */

#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/request_log.h"
#include "tests/unit/unit.h"

#define PEER (&(const struct log_peer){.address = "192.0.2.1:5"})

enum {
	PLENTY = 100000, /* requests */
};

static char folder[UNIT_PATH], path[UNIT_PATH];
static int64_t now;
static uint64_t requests;

static void
setup(void)
{
	int fd;

	unit_folder(folder);
	unit_path(path, folder, "log");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(dup2(fd, STDERR_FILENO), 0);
	close(fd);
	log_open(LOG_LEVEL_REQUESTS, LOG_FORMAT_TEXT);
	now = clock_now();
}

static void
empty_log(void)
{
	ck_assert_int_eq(ftruncate(STDERR_FILENO, 0), 0);
	lseek(STDERR_FILENO, 0, SEEK_SET);
}

/* Returns all lines since the last call, without their variable parts: "GET a
 * OK;...", "*n" for a line that stands for n requests. */
static const char *
take_log(void)
{
	static char text[65536];
	char line[4096], verb[16], name[2048], status[16], *more;
	FILE *file = fopen(path, "r");
	size_t len = 0;

	text[0] = '\0';
	while (fgets(line, sizeof(line), file) != NULL) {
		ck_assert_msg(sscanf(line, "%*s %*s %*s %15s %2047s %15s", verb,
				  name, status) == 3,
		    "%s", line);
		more = strstr(line, "REPEATED: ");
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%s %s %s", verb, name, status);
		if (more != NULL)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
			    "*%lu", strtoul(more + 10, NULL, 10));
		len += (size_t)snprintf(text + len, sizeof(text) - len, ";");
	}
	fclose(file);
	empty_log();
	return text;
}

/* Reports the dropped requests. Returns the number in the line, or 0 without a
 * line. */
static uint64_t
take_untold(void)
{
	unsigned long n = 0;
	FILE *file;

	empty_log();
	request_log_report_dropped();
	file = fopen(path, "r");
	if (fscanf(file, "%*s %lu more requests", &n) != 1)
		n = 0;
	fclose(file);
	return n;
}

/* Counts the lines, and the requests they stand for. */
static void
count_log(uint64_t *lines, uint64_t *told)
{
	char line[4096], *more;
	FILE *file = fopen(path, "r");

	*lines = *told = 0;
	while (fgets(line, sizeof(line), file) != NULL) {
		more = strstr(line, "REPEATED: ");
		*told += more == NULL ? 1 : strtoul(more + 10, NULL, 10);
		++*lines;
	}
	fclose(file);
}

static void
ask_sized(struct request_log *log, const char *verb, const char *name,
    const char *status, uint64_t size)
{
	struct log_request request = {
	    .peer = PEER,
	    .connection = 1,
	    .request = ++requests,
	    .verb = verb,
	    .name = (const uint8_t *)name,
	    .name_len = strlen(name),
	    .status = status,
	    .sent = size,
	    .announced = size,
	};

	request_log_add(log, &request, now);
}

static void
ask(struct request_log *log, const char *verb, const char *name,
    const char *status)
{
	ask_sized(log, verb, name, status, 10);
}

static void
end(struct request_log *log)
{
	request_log_flush(log, now);
}

/* A verb or status is recognized by its address, as protocol_op_name returns
 * constant strings. */
static const char get[] = "GET", stat_of[] = "STAT";
static const char ok[] = "OK", missing[] = "NOT_FOUND", denied[] = "DENIED";

START_TEST(test_different_ones_have_a_line_each)
{
	struct request_log log = {.peer = PEER};

	ask(&log, get, "a", ok);
	ask(&log, get, "b", ok);
	ask(&log, stat_of, "b", ok);
	ask(&log, get, "b", missing);
	ask(&log, get, "c", missing);
	ask(&log, get, "b", ok);
	end(&log);
	ck_assert_str_eq(take_log(),
	    "GET a OK;GET b OK;STAT b OK;GET b NOT_FOUND;GET c NOT_FOUND;"
	    "GET b OK;");
}
END_TEST

START_TEST(test_the_same_is_folded)
{
	struct request_log log = {.peer = PEER};
	int i;

	for (i = 0; i < 10; i++)
		ask(&log, get, "a", ok);
	ck_assert_str_eq(take_log(), "GET a OK;");
	/* A different request follows. */
	ask(&log, get, "b", ok);
	ck_assert_str_eq(take_log(), "GET - OK*9;GET b OK;");
	/* A second has passed. */
	ask(&log, get, "b", ok);
	now += CLOCK_SEC;
	ask(&log, get, "b", ok);
	ck_assert_str_eq(take_log(), "GET - OK*1;GET b OK;");
	/* The connection ends. */
	ask(&log, get, "b", ok);
	end(&log);
	ck_assert_str_eq(take_log(), "GET - OK*1;");
	end(&log);
	ck_assert_str_eq(take_log(), "");
}
END_TEST

/* A connection that waits logs its counted requests, at most once a second. */
START_TEST(test_rest)
{
	struct request_log log = {.peer = PEER};

	request_log_flush_due(&log);
	ask(&log, get, "a", ok);
	ask(&log, get, "a", ok);
	request_log_flush_due(&log);
	ck_assert_str_eq(take_log(), "GET a OK;GET - OK*1;");
	ask(&log, get, "a", ok);
	request_log_flush_due(&log);
	ask(&log, get, "a", ok);
	request_log_flush_due(&log);
	ck_assert_str_eq(take_log(), "");
	end(&log);
	ck_assert_str_eq(take_log(), "GET - OK*2;");
}
END_TEST

/* A broken reply gets a line, and so does one that outweighs its line. */
START_TEST(test_always_a_line)
{
	struct request_log log = {.peer = PEER};
	struct log_request broken = {.peer = PEER,
	    .verb = get,
	    .status = ok,
	    .aborted = "reset"};

	ask_sized(&log, get, "a", ok, REQUEST_LOG_PAYS);
	ask_sized(&log, get, "a", ok, REQUEST_LOG_PAYS);
	ask_sized(&log, get, "a", ok, REQUEST_LOG_PAYS - 1);
	errno = EDOM;
	request_log_add(&log, &broken, now);
	request_log_add(&log, &broken, now);
	ck_assert_int_eq(errno, EDOM);
	ck_assert_str_eq(take_log(),
	    "GET a OK;GET a OK;GET - OK*1;GET - OK;GET - OK;");
}
END_TEST

/* Many different names at once: lines are bounded, and every request is logged
 * or counted. */
static void
flood(const char *const *statuses, size_t n, uint64_t most)
{
	struct request_log log = {.peer = PEER};
	uint64_t lines, told;
	char name[16];
	int i;

	for (i = 0; i < PLENTY; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		ask(&log, i % 2 == 0 ? get : stat_of, name,
		    statuses[(size_t)i % n]);
		now += 10 * CLOCK_MS / 1000; /* 100,000 a second */
	}
	end(&log);
	count_log(&lines, &told);
	ck_assert_uint_eq(told, PLENTY);
	ck_assert_uint_le(lines, most);
	ck_assert_uint_ge(lines, most / 2);
}

START_TEST(test_a_flood_of_refusals)
{
	flood((const char *const[]){missing}, 1,
	    REQUEST_LOG_REFUSAL_BURST + REQUEST_LOG_REFUSAL_RATE + 10);
}
END_TEST

START_TEST(test_a_flood_of_successes)
{
	flood((const char *const[]){ok}, 1,
	    REQUEST_LOG_BURST + REQUEST_LOG_RATE + 10);
}
END_TEST

/* More kinds than entries: the last entry takes the rest. */
START_TEST(test_a_flood_of_kinds)
{
	flood((const char *const[]){missing, denied, "BAD_NAME"}, 3,
	    REQUEST_LOG_REFUSAL_BURST + REQUEST_LOG_REFUSAL_RATE + 10);
}
END_TEST

/* One request each on many connections, or one broken reply each: lines are
 * bounded, and requests without a line are counted. */
START_TEST(test_a_flood_of_connections)
{
	struct request_log log;
	struct log_request broken = {.peer = PEER,
	    .verb = get,
	    .status = ok,
	    .aborted = "reset"};
	uint64_t lines, told;
	int i;

	for (i = 0; i < PLENTY; i++) {
		memset(&log, 0, sizeof(log));
		if (i % 2 == 0)
			ask(&log, get, "a", missing);
		else
			request_log_add(&log, &broken, now);
		end(&log);
		now += 10 * CLOCK_MS / 1000; /* 100,000 a second */
	}
	count_log(&lines, &told);
	ck_assert_uint_le(lines, REQUEST_LOG_BURST + REQUEST_LOG_RATE + 10);
	ck_assert_uint_ge(lines, REQUEST_LOG_BURST);
	ck_assert_uint_eq(told + take_untold(), PLENTY);
	ck_assert_uint_eq(take_untold(), 0);
}
END_TEST

/* A reply that outweighs its line always gets one. */
START_TEST(test_paid_lines_in_a_flood)
{
	struct request_log log = {.peer = PEER};

	while (request_log_may_log_end())
		continue;
	ask(&log, get, "a", ok);
	ask_sized(&log, get, "b", ok, REQUEST_LOG_PAYS);
	ask_sized(&log, get, "c", ok, REQUEST_LOG_PAYS);
	ck_assert_str_eq(take_log(), "GET b OK;GET c OK;");
	/* The end of the connection, and the request. */
	ck_assert_uint_eq(take_untold(), 2);
}
END_TEST

/* A long name costs several lines. */
START_TEST(test_long_names_are_dear)
{
	struct request_log log = {.peer = PEER};
	uint64_t lines, told;
	char name[1025];
	int i;

	memset(name, 'x', sizeof(name));
	name[1024] = '\0';
	for (i = 0; i < 1000; i++) {
		name[0] = (char)('a' + i % 26);
		ask(&log, get, name, missing);
	}
	end(&log);
	count_log(&lines, &told);
	ck_assert_uint_eq(told, 1000);
	ck_assert_uint_le(lines, REQUEST_LOG_REFUSAL_BURST / (1024 / 64) + 2);
}
END_TEST

/* When a flood has used up all lines, another connection still gets one a
 * second. */
START_TEST(test_each_connection_has_a_line)
{
	struct request_log flooding = {.peer = PEER}, other = {.peer = PEER};
	char name[16];
	int i;

	for (i = 0; i < 2 * REQUEST_LOG_REFUSAL_BURST; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		ask(&flooding, get, name, missing);
	}
	end(&flooding);
	take_log();
	ask(&other, get, "a", missing);
	ask(&other, get, "b", missing);
	ask(&other, stat_of, "c", missing);
	now += CLOCK_SEC;
	ask(&other, get, "d", missing);
	ck_assert_str_eq(take_log(),
	    "GET a NOT_FOUND;GET - NOT_FOUND*1;STAT - NOT_FOUND*1;"
	    "GET d NOT_FOUND;");
}
END_TEST

Suite *
request_log_suite(void)
{
	Suite *suite = suite_create("request_log");
	TCase *tcase = unit_case(suite, "request_log");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, test_different_ones_have_a_line_each);
	tcase_add_test(tcase, test_the_same_is_folded);
	tcase_add_test(tcase, test_rest);
	tcase_add_test(tcase, test_always_a_line);
	tcase_add_test(tcase, test_a_flood_of_refusals);
	tcase_add_test(tcase, test_a_flood_of_successes);
	tcase_add_test(tcase, test_a_flood_of_kinds);
	tcase_add_test(tcase, test_a_flood_of_connections);
	tcase_add_test(tcase, test_paid_lines_in_a_flood);
	tcase_add_test(tcase, test_long_names_are_dear);
	tcase_add_test(tcase, test_each_connection_has_a_line);
	return suite;
}
