#ifndef CLIENT_STORE_OUTPUT_H
#define CLIENT_STORE_OUTPUT_H

/*
 * One file on its way to its final name: a part file (store/part.h), or a file
 * without a name, or standard output. output_begin makes it, its writer
 * (store/file_writer.h) takes the bytes from the stream, and output_finish
 * gives it its name when all of it was verified. Until then a file that has the
 * final name stays as it is.
 *
 * Functions that touch the folder need the lock of transfer/job_queue.h:
 * output_new, output_new_piece, output_begin, output_finish, output_fail,
 * output_discard and output_free. The others, and the writer, belong to the one
 * thread that has the output, and may take long.
 */

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "client/store/file_writer.h"
#include "client/store/folder.h"
#include "client/store/settings.h"
#include "client/ui/failure.h"
#include "common/protocol.h"

struct output;

/* Memory of freed outputs, kept for new ones. */
SLIST_HEAD(output_list, output);

/* Returns an output without a file or, with settings->resume, with the part
 * file of an earlier run; NULL if memory is short. final NULL: standard output.
 * Its memory comes from and returns to spares, if that is not NULL.
 * wants_sha256: file_writer_sha256 will be called. All arguments outlive it. */
struct output *output_new(struct output_list *spares,
    const struct store_settings *settings, struct folder *folder,
    const char *final, bool wants_sha256);

/* Returns an output that writes a piece of the part file part, from offset on,
 * and does not own that file; or NULL with errno. The name must still lead to
 * the file part_fd. */
struct output *output_new_piece(const struct store_settings *settings,
    struct folder *folder, const char *part, int part_fd, uint64_t offset);

/* Frees an output; its part file, if it has bytes, stays. NULL is allowed. */
void output_free(struct output *output);

/* Frees the memory in the list, which no output uses any more. */
void output_free_spares(struct output_list *spares);

/* Returns the writer of its bytes, which it owns. */
struct file_writer *output_writer(struct output *output);

/* Returns how many bytes it has. */
uint64_t output_size(const struct output *output);

/* Sets the attributes of the file whose beginning its bytes were proved to be.
 */
void output_set_proved(struct output *output,
    const struct protocol_attributes *attributes);

/* Returns the token to ask for in order to go on from its bytes: their content
 * version, or, for a part file named by an earlier release, the token of one
 * file in one state. */
struct protocol_token output_wanted(const struct output *output);

/* Returns the attributes given to the last output_begin or output_set_proved;
 * all 0 before the first of these. */
const struct protocol_attributes *output_attributes(
    const struct output *output);

/* Prepares for a body from offset output_size on: checks that the file may be
 * written here and has room, and makes the part file. A body that is_here, in
 * the stream's buffer, gets a file without a name where that will do. Returns
 * 0, or -1 with the failure set and nothing made. */
int output_begin(struct output *output,
    const struct protocol_attributes *attributes, bool is_here,
    struct failure *failure);

/* Asks the file system for delayed write errors (volume_flush). Returns 0, or
 * -1 with errno. */
int output_flush(const struct output *output);

/* With settings->fsync, waits until the bytes are on disk, so that
 * output_finish waits for the name alone. Returns 0, or -1 with errno. */
int output_sync(struct output *output);

/* Sets the failure after bytes could not be written, from errno. A part file
 * that a later run can continue stays; otherwise the output is discarded. */
void output_fail(struct output *output, struct failure *failure);

/* Sets time and mode of the complete file and gives it its final name. Returns
 * 0, or -1 with the failure set; the part file is gone then, unless the same
 * command may succeed later (store/write_failure.h). */
int output_finish(struct output *output,
    const struct protocol_attributes *attributes, struct failure *failure);

/* Removes the part file: the output is empty. Returns 0, or -1 if bytes were
 * written to standard output, which cannot be taken back. */
int output_discard(struct output *output);

#endif
