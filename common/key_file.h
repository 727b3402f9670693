#ifndef COMMON_KEY_FILE_H
#define COMMON_KEY_FILE_H

/*
 * Files of keys and certificates: read only if no other user can read or
 * change a secret, and made whole or not at all. The bytes mean nothing here;
 * identity.c knows them. Functions that fail leave a message in error, which
 * names the file, escaped. Any thread may call them.
 */

#include <stdbool.h>
#include <stddef.h>

#define KEY_FILE_ERROR 512 /* bytes of a message */

/* The users who may read a file besides its owner: nobody, its group, all. */
enum key_file_readers {
	KEY_FILE_OWNER,
	KEY_FILE_GROUP,
	KEY_FILE_ALL, /* it holds no secret */
};

/* The bytes of a file, which a NUL follows. */
struct key_file {
	char *bytes;
	size_t len;
};

/* Opens a file for key_file_read without waiting for a FIFO. Returns a
 * descriptor, which the caller closes, or -1 with errno. */
int key_file_open(const char *path);

/*
 * Reads the regular file that fd is open on, of at most 256 KiB. If it holds a
 * secret, it must belong to this user or root, and nobody but its readers may
 * have any right to it. path is for messages. Returns 0, and the caller
 * calls key_file_free; or -1.
 */
int key_file_read(struct key_file *file, int fd, const char *path,
    enum key_file_readers readers, char error[KEY_FILE_ERROR]);

/* Overwrites and frees the bytes. */
void key_file_free(struct key_file *file);

/*
 * Makes the file (0600) with these bytes, and the folders that are missing
 * (0700); they are on disk before the function returns. A file that exists is
 * left as it is. Returns 0 and sets *made to whether the file is new, or -1.
 */
int key_file_make(const char *path, const void *bytes, size_t len, bool *made,
    char error[KEY_FILE_ERROR]);

/* Prints a message: the path, escaped, a colon and a text. */
void __attribute__((format(printf, 3, 4)))
key_file_fail(char error[KEY_FILE_ERROR], const char *path, const char *format,
    ...);

#endif
