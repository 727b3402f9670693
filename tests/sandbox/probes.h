#ifndef SANDBOX_PROBES_H
#define SANDBOX_PROBES_H

/* The environment variable with the name of the taken client's try. */
#define PROBE_TRY "FILEGET_TRY"

enum {
	PROBE_INHERITED = 40, /* a descriptor that a parent has left open */
};

/*
 * What a worker of the taken server does with the one byte it is sent. It
 * answers with errno as four bytes in the order of this machine, 0 for
 * success, if it lives.
 */
enum probe {
	PROBE_READ_SERVED,    /* read a file of the served folder */
	PROBE_PASSWD,	      /* open /etc/passwd by openat(2) */
	PROBE_PASSWD_BENEATH, /* the same by openat2(2), without its rules */
	PROBE_BESIDE,	      /* a file beside the served folder, as "../" */
	PROBE_CREATE,	      /* make a file in the served folder */
	PROBE_CREATE_OPENAT2, /* the same by openat2(2) */
	PROBE_WRITE,	      /* open a served file for writing, openat2(2) */
	PROBE_REMOVE,	      /* unlink a served file */
	PROBE_EXECUTE,	      /* execve(2) */
	PROBE_FORK,	      /* fork(2) */
	PROBE_VFORK,	      /* clone(2) as vfork(2) and posix_spawn(3) do */
	PROBE_SOCKET,	      /* socket(2) */
	PROBE_CONNECT,	      /* connect(2), with the client's own socket */
	PROBE_SEND_TO,	      /* sendto(2) with an address, the same */
	PROBE_BIND,	      /* bind(2), the same */
	PROBE_LISTEN,	      /* listen(2), the same */
	PROBE_PTRACE,	      /* ptrace(2) */
	PROBE_KILL,	      /* kill(2) of the parent, with signal 0 */
	PROBE_CODE,	      /* memory that can be executed */
	PROBE_THREAD,	      /* one more thread, as the server itself does */
	PROBE_SHORTEN,	      /* empty a served file, openat2(2) for reading */
	PROBE_SHORTEN_NAME,   /* the same by truncate(2) */
	PROBE_SHORTEN_FD,     /* ftruncate(2) */

	/* what the server itself does, but for one argument of openat2(2) */
	PROBE_OWN_WAY,	   /* a copy of the way */
	PROBE_FAR_WAY,	   /* a copy, the lower half of its address the same */
	PROBE_BETWEEN,	   /* from the middle of a way to that of the next */
	PROBE_LONGER,	   /* more than one way */
	PROBE_HERE,	   /* relative to the working folder */
	PROBE_OTHER,	   /* relative to another descriptor of the folder */
	PROBE_WIDE_FOLDER, /* its descriptor, the upper half not zero */

	/* the page of the ways */
	PROBE_WAYS_WRITE,     /* mprotect(2), to write to it */
	PROBE_WAYS_OVER,      /* mmap(2) over it */
	PROBE_WAYS_MOVE_OVER, /* mremap(2) of another over it */
	PROBE_WAYS_MOVE,      /* mremap(2) away */
	PROBE_WAYS_UNMAP,     /* munmap(2) */
	PROBE_WAYS_DISCARD,   /* madvise(2), to have zeros in it */
};

#endif
