#ifndef CLIENT_STORE_FILE_WRITER_H
#define CLIENT_STORE_FILE_WRITER_H

/*
 * Writes the bytes of one file: takes them from the stream to an open
 * descriptor, counts them and digests them. It owns the descriptor; names and
 * folders are left to store/output.c. One thread at a time.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/store/file_digests.h"
#include "client/ui/outcome.h"
#include "client/ui/sha256sum.h"
#include "common/digest.h"
#include "common/protocol.h"
#include "common/stream.h"

/* Other files only read fd and size. */
struct file_writer {
	struct file_digests digests;
	uint64_t size;	   /* bytes of the file, or of the piece */
	uint64_t start;	   /* of the piece in its file, or 0 */
	int fd;		   /* -1: no file yet */
	bool digests_body; /* bytes are digested while received */
	bool is_sparse;	   /* zero blocks become holes */
	bool is_piece;	   /* the file may have other bytes there already */
	bool ends_in_hole; /* the file is still shorter than size */
	int pipe[2];	   /* -1, -1: none yet */
	uint8_t *buffer;   /* NULL: none yet */
};

/* Prepares a writer that has no file. digests_body: bytes are digested while
 * they are received, and not spliced; otherwise file_writer_matches has no
 * meaning. wants_sha256: file_writer_sha256 will be called. */
void file_writer_open(struct file_writer *writer, bool digests_body,
    bool wants_sha256);

/* Turns zero blocks into holes from now on. A block is 64 KiB at a multiple of
 * 64 KiB in the file, or the shorter rest at an end. */
void file_writer_make_holes(struct file_writer *writer);

/* Closes the file, unless it is standard output, and frees the buffers. */
void file_writer_close(struct file_writer *writer);

/* Gives an open file to a writer without one, which will close it unless it is
 * STDOUT_FILENO. Writing starts at the offset of fd; the file has size bytes
 * that are not digested yet. */
void file_writer_set_file(struct file_writer *writer, int fd, uint64_t size);

/* Gives an open file to a writer without one, which will close it. Writes a
 * piece, which begins at start, where fd stands. The file has its full size. */
void file_writer_set_piece(struct file_writer *writer, int fd, uint64_t start);

/* Closes the file, unless it is standard output; the writer has no bytes. */
void file_writer_reset(struct file_writer *writer);

/* Returns the descriptor, which is the caller's to close from now on, or -1;
 * the writer has no file and no bytes. */
int file_writer_release_file(struct file_writer *writer);

/* Starts the range that file_writer_matches compares. */
void file_writer_begin_body(struct file_writer *writer);

/* Moves 1 to n bytes, those left of a body, from the stream to the file,
 * waiting up to stall nanoseconds for one. After the last one, or a failure,
 * the file has its size even if it ends in a hole. Sets *taken to the bytes
 * that have left the stream, on failure too. Returns OUTCOME_OK; OUTCOME_CLOSED
 * if the server has closed the connection; with errno, OUTCOME_LOST if the
 * connection failed and OUTCOME_FAILED if the file did. */
enum outcome file_writer_receive(struct file_writer *writer,
    struct stream *stream, uint64_t n, int64_t stall, uint64_t *taken);

/* Returns whether the bytes since file_writer_begin_body have this digest. */
bool file_writer_matches(const struct file_writer *writer,
    const uint8_t digest[PROTOCOL_DIGEST_SIZE]);

/* Sets digest to that of the file's bytes; reads them again where they were not
 * digested. Returns 0, or -1 with errno: ECANCELED after an interrupt. */
int file_writer_digest(struct file_writer *writer,
    uint8_t digest[DIGEST_LENGTH]);

/* Sets sha256 to that of the file's bytes, like file_writer_digest; the writer
 * was opened with wants_sha256. */
int file_writer_sha256(struct file_writer *writer,
    uint8_t sha256[SHA256SUM_LENGTH]);

#endif
