#ifndef FAULTS_PAGE_H
#define FAULTS_PAGE_H

/*
 * The page of memory that test and shim share. The test chooses the call that
 * fails, and may change it while the program runs; the shim counts calls. The
 * page is a file whose path is in the program's environment.
 */

#include <stdatomic.h>

#define FAULTS_PAGE "FAULTS_PAGE" /* the environment variable */

/* The calls that can be made to fail: all calls of either program that can
 * fail. */
#define FAULTS_CALLS(X)                       \
	X(ACCEPT4, "accept4")                 \
	X(ALIGNED_ALLOC, "aligned_alloc")     \
	X(BIND, "bind")                       \
	X(CALLOC, "calloc")                   \
	X(CLOSE, "close")                     \
	X(CONNECT, "connect")                 \
	X(COPY_FILE_RANGE, "copy_file_range") \
	X(DUP, "dup")                         \
	X(EVENTFD, "eventfd")                 \
	X(FCHMOD, "fchmod")                   \
	X(FCNTL, "fcntl")                     \
	X(FDOPENDIR, "fdopendir")             \
	X(FGETXATTR, "fgetxattr")             \
	X(FLOCK, "flock")                     \
	X(FOPEN, "fopen")                     \
	X(FSTAT, "fstat")                     \
	X(FSTATAT, "fstatat")                 \
	X(FSTATFS, "fstatfs")                 \
	X(FSTATVFS, "fstatvfs")               \
	X(FSYNC, "fsync")                     \
	X(FTRUNCATE, "ftruncate")             \
	X(FUTIMENS, "futimens")               \
	X(GETDENTS64, "getdents64")           \
	X(GETSOCKNAME, "getsockname")         \
	X(GETSOCKOPT, "getsockopt")           \
	X(IOCTL, "ioctl")                     \
	X(LINKAT, "linkat")                   \
	X(LISTEN, "listen")                   \
	X(LSEEK, "lseek")                     \
	X(MALLOC, "malloc")                   \
	X(MKDIRAT, "mkdirat")                 \
	X(MMAP, "mmap")                       \
	X(OPEN, "open")                       \
	X(OPENAT, "openat")                   \
	X(OPENAT2, "openat2")                 \
	X(PIPE2, "pipe2")                     \
	X(POLL, "poll")                       \
	X(PREAD, "pread")                     \
	X(PTHREAD_CREATE, "pthread_create")   \
	X(PWRITE, "pwrite")                   \
	X(READ, "read")                       \
	X(READDIR, "readdir")                 \
	X(REALLOC, "realloc")                 \
	X(RECV, "recv")                       \
	X(RENAMEAT, "renameat")               \
	X(RENAMEAT2, "renameat2")             \
	X(SEND, "send")                       \
	X(SENDFILE, "sendfile")               \
	X(SETSOCKOPT, "setsockopt")           \
	X(SHUTDOWN, "shutdown")               \
	X(SIGNALFD, "signalfd")               \
	X(SOCKET, "socket")                   \
	X(SPLICE, "splice")                   \
	X(STATX, "statx")                     \
	X(UNLINKAT, "unlinkat")               \
	X(WRITE, "write")

#define FAULTS_ENUM(name, text) FAULTS_##name,
enum faults_call {
	FAULTS_NONE, /* no call fails, none is counted */
	FAULTS_CALLS(FAULTS_ENUM)
};

/* In place of errno: the call transfers half of the bytes. */
#define FAULTS_SHORT (-1)

enum faults_mode {
	FAULTS_ONCE,	   /* the nth call fails */
	FAULTS_ON,	   /* it and all later calls fail */
	FAULTS_ALTERNATELY /* it and every other later call fail */
};

struct faults_page {
	_Atomic int call; /* enum faults_call; written last */
	int error;	  /* errno, or FAULTS_SHORT */
	enum faults_mode mode;
	unsigned nth;	    /* from 1 */
	atomic_uint calls;  /* calls counted so far */
	atomic_uint struck; /* calls that failed */
};

#endif
