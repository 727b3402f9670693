#ifndef CLIENT_TRUST_KNOWN_HOSTS_FILE_H
#define CLIENT_TRUST_KNOWN_HOSTS_FILE_H

/*
 * A file of known hosts: the user's, to which servers are added, and the
 * system's, which is only read. Both are opened before this process is
 * confined. Functions that fail return -1 with a reason in why that does not
 * name the file and may contain text of it unescaped. The caller serializes
 * calls for one file.
 */

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "client/trust/known_hosts.h"

enum {
	KNOWN_HOSTS_FILE_WHY = KNOWN_HOSTS_ERROR,
};

struct known_hosts_file {
	char path[PATH_MAX]; /* "": there is none */
	char *text;	     /* its bytes, or NULL */
	size_t len;
	int append_fd; /* or -1 */
};

/* Reads the file, which may be missing. The caller calls known_hosts_file_close
 * in any case. Returns 0 or -1. */
int known_hosts_file_open(struct known_hosts_file *file, const char *path,
    char why[KNOWN_HOSTS_FILE_WHY]);

/* Opens the file to be added to; makes it (0600), and folders that are missing
 * (0700). Returns 0 or -1. */
int known_hosts_file_open_append(struct known_hosts_file *file,
    char why[KNOWN_HOSTS_FILE_WHY]);

/* Adds the line of a server and its key: the whole line, or nothing. Returns 0
 * or -1. */
int known_hosts_file_add(const struct known_hosts_file *file, const char *host,
    uint16_t port, const struct key_name *key, char why[KNOWN_HOSTS_FILE_WHY]);

void known_hosts_file_close(struct known_hosts_file *file);

#endif
