/*
 * Asks at the terminal itself: standard input may be a list of names. The
 * terminal may be in the mode of the line editor when a question comes, and
 * gets that mode back. Nothing of the answer is kept. Any thread runs it, one
 * at a time.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <termios.h>
#include <unistd.h>

#include "client/trust/first_meeting.h"
#include "client/ui/interrupt.h"
#include "common/text.h"

enum {
	FIRST_MEETING_ANSWER = 128,  /* bytes of a line */
	FIRST_MEETING_SERVER = 1024, /* bytes of a server's name, escaped */
	FIRST_MEETING_TRIES = 3,     /* questions without a clear answer */
};

int
first_meeting_open_terminal(void)
{
	if (isatty(STDERR_FILENO) != 1)
		return -1;
	return open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
}

/* Sets the mode in which a line is read with its echo; keeps the old one. */
static bool
set_line_mode(int fd, struct termios *old)
{
	struct termios mode;

	if (tcgetattr(fd, old) != 0)
		return false;
	mode = *old;
	mode.c_iflag |= ICRNL;
	mode.c_oflag |= OPOST | ONLCR;
	mode.c_lflag |= ICANON | ECHO | ECHOE | ECHOK | ISIG;
	/* Typed before the question was there: no answer to it. */
	return tcsetattr(fd, TCSAFLUSH, &mode) == 0;
}

/* Waits until a line can be read. Returns false after an interrupt. */
static bool
await_line(int fd)
{
	struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
	    {.fd = interrupt_fd(), .events = POLLIN}};

	while (!interrupt_pending()) {
		if (poll(fds, 2, -1) > 0 && fds[0].revents != 0)
			return !interrupt_pending();
		if (errno != EINTR && errno != EAGAIN && fds[1].revents == 0)
			return false;
	}
	return false;
}

/* Reads a line without its newline and blanks at its ends. Returns its length,
 * or -1 at the end of input or after an interrupt. */
static ssize_t
read_answer(int fd, char answer[FIRST_MEETING_ANSWER])
{
	ssize_t len;
	size_t blanks;

	if (!await_line(fd))
		return -1;
	len = read(fd, answer, FIRST_MEETING_ANSWER - 1);
	if (len <= 0)
		return -1;
	while (len > 0 && strchr(" \t\r\n", answer[len - 1]) != NULL)
		len--;
	answer[len] = '\0';
	blanks = strspn(answer, " \t");
	memmove(answer, answer + blanks, (size_t)len - blanks + 1);
	return len - (ssize_t)blanks;
}

/* Asks until the answer is clear. */
static bool
ask_person(int fd, const struct key_name *key)
{
	char answer[FIRST_MEETING_ANSWER], why[KEY_NAME_ERROR];
	struct key_name typed;
	ssize_t len;
	int i;

	for (i = 0; i < FIRST_MEETING_TRIES; i++) {
		dprintf(fd, "Is it the right key (yes, no, or the key)? ");
		len = read_answer(fd, answer);
		if (len < 0) {
			dprintf(fd, "\n");
			return false;
		}
		if (strcasecmp(answer, "yes") == 0)
			return true;
		if (strcasecmp(answer, "no") == 0 ||
		    strcasecmp(answer, "n") == 0)
			return false;
		if (key_name_decode(&typed, answer, (size_t)len, why) == 0) {
			if (key_name_equal(&typed, key))
				return true;
			dprintf(fd, "That is another key.\n");
			return false;
		}
		dprintf(fd, "Please type yes or no.\n");
	}
	return false;
}

bool
first_meeting_ask(int terminal_fd, struct progress *progress,
    const char *server, const struct key_name *key)
{
	char shown[KEY_NAME_TEXT], name[FIRST_MEETING_SERVER];
	struct termios old;
	bool has_mode, result;

	text_escape(name, sizeof(name), server, strlen(server));
	key_name_format(key, shown);
	progress_hold(progress);
	has_mode = set_line_mode(terminal_fd, &old);
	dprintf(terminal_fd,
	    "%s is new to this fileget. Its key is\n\n    %s\n\n"
	    "fileserv prints its key when it starts: compare the two.\n",
	    name, shown);
	result = ask_person(terminal_fd, key);
	if (has_mode)
		(void)tcsetattr(terminal_fd, TCSADRAIN, &old);
	progress_release(progress);
	return result;
}
