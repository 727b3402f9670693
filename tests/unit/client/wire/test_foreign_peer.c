/*
 * foreign_peer: what peers of other protocols say first, and how those that
 * say nothing are asked.
 */

#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client/wire/foreign_peer.h"
#include "common/clock.h"
#include "tests/unit/unit.h"

static struct stream stream;
static int pair[2];
static char text[FOREIGN_PEER_TEXT];

static void
setup(void)
{
	unit_tcp_pair(pair);
	stream_open(&stream, pair[0], -1);
}

static void
teardown(void)
{
	stream_rest(&stream);
	close(pair[0]);
	close(pair[1]);
}

/* A row of text, or of bytes with NULs. */
#define SAID(said, what)                     \
	{                                    \
		said, sizeof(said) - 1, what \
	}

static const struct {
	const char *said;
	size_t len;
	const char *what;
} rows[] = {
    SAID("HTTP/1.1 400 Bad Request\r\n", "it speaks HTTP, as web servers do"),
    SAID("<!DOCTYPE HTML>\n", "it speaks HTTP, as web servers do"),
    SAID("SSH-2.0-OpenSSH_9.2\r\n", "it speaks SSH"),
    SAID("220 mail.example ESMTP\r\n", "it is a mail server (SMTP)"),
    SAID("220-files.example FTP\r\n", "it is an FTP server"),
    SAID("220 hello\r\n", "it speaks like a mail or FTP server"),
    SAID("+OK ready\r\n", "it is a mail server (POP3)"),
    SAID("* OK ready\r\n", "it is a mail server (IMAP)"),
    SAID("\025\003\001\0\002\002\n", "it speaks TLS, as https servers do"),
    SAID("@RSYNCD: 31.0\n", "it speaks rsync"),
    SAID("-NOAUTH Authentication required.\r\n", "it speaks like Redis"),
    SAID("J\0\0\0\n8.0.36", "it speaks like MySQL"),
    SAID("\377\373\001\n", "it speaks telnet"),
    SAID("moom\n", "an unknown reply, \"moom\""),
    SAID("hi\033[31m\n", "an unknown reply"),
    SAID("see \033[31m\n", "an unknown reply, \"see \""),
    SAID("HT\n", "an unknown reply"),
    SAID("\377\377\n", "an unknown reply"),
};

START_TEST(test_describe)
{
	unit_send(pair[1], rows[_i].said, rows[_i].len);
	ck_assert_int_eq(stream_fill(&stream, CLOCK_NEVER), 1);
	foreign_peer_describe(&stream, text);
	ck_assert_str_eq(text, rows[_i].what);
}
END_TEST

/* The rest of a line may come later, or not at all. */
START_TEST(test_in_pieces)
{
	unit_send(pair[1], "S", 1);
	ck_assert_int_eq(stream_fill(&stream, CLOCK_NEVER), 1);
	unit_send(pair[1], "SH-", 3);
	foreign_peer_describe(&stream, text);
	ck_assert_str_eq(text, "it speaks SSH");
}
END_TEST

/* A line without end is cut. */
START_TEST(test_long_line)
{
	char said[1000];

	memset(said, 'x', sizeof(said));
	unit_send(pair[1], said, sizeof(said));
	ck_assert_int_eq(stream_fill(&stream, CLOCK_NEVER), 1);
	foreign_peer_describe(&stream, text);
	ck_assert_uint_lt(strlen(text), FOREIGN_PEER_TEXT);
	ck_assert_ptr_nonnull(strstr(text, "xxx\""));
}
END_TEST

/* A peer that replies is asked nothing. */
START_TEST(test_reply)
{
	struct net_address nobody = {.any.sa_family = AF_UNSPEC};

	unit_send(pair[1], "\0", 1);
	ck_assert_int_eq(foreign_peer_receive(&stream, UNIT_TIMEOUT * CLOCK_SEC,
			     &nobody, text),
	    1);
	ck_assert_str_eq(text, "");
}
END_TEST

/* One that has replied before is not asked, and neither is one that cannot be
 * reached again. */
START_TEST(test_not_asked)
{
	struct net_address nobody = {.any.sa_family = AF_UNSPEC};

	ck_assert_int_eq(foreign_peer_receive(&stream, 10 * CLOCK_MS, NULL,
			     text),
	    -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_str_eq(text, "");
	ck_assert_int_eq(foreign_peer_receive(&stream, 10 * CLOCK_MS, &nobody,
			     text),
	    -1);
	ck_assert_int_eq(errno, ETIMEDOUT);
	ck_assert_int_eq(shutdown(pair[1], SHUT_WR), 0);
	ck_assert_int_eq(foreign_peer_receive(&stream, 10 * CLOCK_MS, &nobody,
			     text),
	    0);
	ck_assert_str_eq(text, "");
}
END_TEST

Suite *
foreign_peer_suite(void)
{
	Suite *suite = suite_create("foreign_peer");
	TCase *tcase = unit_case(suite, "foreign_peer");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_describe, 0, UNIT_ROWS(rows));
	tcase_add_test(tcase, test_in_pieces);
	tcase_add_test(tcase, test_long_line);
	tcase_add_test(tcase, test_reply);
	tcase_add_test(tcase, test_not_asked);
	return suite;
}
