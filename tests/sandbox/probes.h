#ifndef SANDBOX_PROBES_H
#define SANDBOX_PROBES_H

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
};

#endif
