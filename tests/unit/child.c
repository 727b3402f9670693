/*
 * The child writes into files in memory, which take any amount of text without
 * a reader. It ends by exit(3), so that coverage data is written.
 */

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/child.h"
#include "tests/unit/unit.h"

static bool is_child;

/* The leak sanitizer asks this at exit: a child does not free what its parent
 * holds. */
int __lsan_is_turned_off(void);

int
__lsan_is_turned_off(void)
{
	return is_child;
}

static int
text_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* Reads the text that was written, and closes the file. */
static void
take_text(int fd, char text[CHILD_TEXT])
{
	ssize_t len = pread(fd, text, CHILD_TEXT - 1, 0);

	ck_assert_int_ge(len, 0);
	text[len] = '\0';
	close(fd);
}

void
child_run(struct child *child, void (*work)(void *argument), void *argument)
{
	int out = text_file("out"), err = text_file("err"), status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		is_child = true;
		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		work(argument);
		exit(CHILD_ALIVE);
	}
	while (waitpid(pid, &status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
	child->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	take_text(out, child->out);
	take_text(err, child->err);
}

int
child_refuse(long call, int error)
{
	struct sock_filter filter[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		(unsigned)offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {UNIT_ROWS(filter), filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ?
	    -1 :
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
