#ifndef SANDBOX_PROBES_H
#define SANDBOX_PROBES_H

/* The environment variable that names the client's probe. */
#define PROBE_TRY "FILEGET_TRY"

enum {
	PROBE_INHERITED = 40, /* a descriptor left open by the parent process */
};

/*
 * Actions of a worker of the probe server on receiving one byte. It answers
 * with errno as four bytes in host byte order, 0 for success, if it survives.
 */
enum probe {
	PROBE_READ_SERVED, /* read a file of the served folder, which is allowed
			    */
	PROBE_PASSWD,	   /* open /etc/passwd by openat(2) */
	PROBE_PASSWD_BENEATH, /* the same by openat2(2) without RESOLVE_BENEATH
			       */
	PROBE_BESIDE,	      /* a file beside the served folder, by "../" */
	PROBE_CREATE,	      /* create a file in the served folder */
	PROBE_CREATE_OPENAT2, /* the same by openat2(2) */
	PROBE_WRITE,	      /* open a served file for writing, openat2(2) */
	PROBE_REMOVE,	      /* unlink a served file */
	PROBE_EXECUTE,	      /* execve(2) */
	PROBE_FORK,	      /* fork(2) */
	PROBE_VFORK,   /* clone(2) with the flags of vfork(2) and posix_spawn(3)
			*/
	PROBE_SOCKET,  /* socket(2) */
	PROBE_CONNECT, /* connect(2) of the client's own socket */
	PROBE_SEND_TO, /* sendto(2) with an address */
	PROBE_BIND,    /* bind(2) */
	PROBE_LISTEN,  /* listen(2) */
	PROBE_PTRACE,  /* ptrace(2) */
	PROBE_KILL,    /* kill(2) of the parent with signal 0 */
	PROBE_CODE,    /* map executable memory */
	PROBE_THREAD,  /* start a thread, which is allowed */
	PROBE_SHORTEN, /* empty a served file, openat2(2) for reading */
	PROBE_SHORTEN_NAME, /* truncate(2) */
	PROBE_SHORTEN_FD,   /* ftruncate(2) */

	/* the server's own openat2(2), with one argument changed */
	PROBE_OWN_WAY,	   /* a copy of an allowed struct open_how */
	PROBE_FAR_WAY,	   /* a copy at an address with equal lower half */
	PROBE_BETWEEN,	   /* an address in the middle of an allowed struct */
	PROBE_LONGER,	   /* a larger size */
	PROBE_HERE,	   /* relative to the working folder */
	PROBE_OTHER,	   /* relative to another descriptor of the folder */
	PROBE_WIDE_FOLDER, /* the folder's descriptor with upper bits set */

	/* attacks on the page of allowed structs */
	PROBE_WAYS_WRITE,     /* mprotect(2), to make it writable */
	PROBE_WAYS_OVER,      /* mmap(2) over it */
	PROBE_WAYS_MOVE_OVER, /* mremap(2) of another page over it */
	PROBE_WAYS_MOVE,      /* mremap(2) to another address */
	PROBE_WAYS_UNMAP,     /* munmap(2) */
	PROBE_WAYS_DISCARD,   /* madvise(2), to zero it */
};

#endif
