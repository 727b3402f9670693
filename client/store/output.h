#ifndef CLIENT_STORE_OUTPUT_H
#define CLIENT_STORE_OUTPUT_H

/*
 * One file on its way into the target folder, or to standard output. Its
 * bytes go to a part file (see store/part.h), its final name appears only when
 * all of it was verified; until then whatever bore that name stays as it is.
 *
 * output_new, output_new_from, output_new_piece, output_begin, output_finish,
 * output_fail, output_discard and output_free touch the folder: under the lock
 * of transfer/job_queue.h where several threads fetch. The others touch the
 * output alone, which is one thread's at a time, and need no lock: so
 * output_receive, output_digest, output_sha256, output_flush and output_sync,
 * which may take long.
 */

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/store/folder.h"
#include "client/store/settings.h"
#include "client/store/file_writer.h"
#include "common/digest.h"
#include "common/protocol.h"
#include "common/stream.h"

struct output;

/*
 * An output that has nothing yet, or, with settings->resume, what an earlier
 * run has left. final NULL is standard output. folder, final and settings
 * outlive it. wants_sha256: output_sha256 will be asked for. NULL: out of
 * memory.
 */
struct output *output_new(const struct store_settings *settings,
    struct folder *folder, const char *final, bool wants_sha256);

/* Memory of outputs that were freed, kept since allocating it is much of the
 * work for a small file. */
SLIST_HEAD(output_list, output);

/*
 * As output_new, but in the memory of one of the spares, if there is one;
 * output_free puts it back there. Whoever calls either holds the lock of the
 * list (transfer/job_queue.h), which outlives the output. NULL: out of memory.
 */
struct output *output_new_from(struct output_list *spares,
    const struct store_settings *settings, struct folder *folder,
    const char *final, bool wants_sha256);

/* No output of this list is in use. */
void output_free_spares(struct output_list *spares);

/*
 * An output of no bytes yet that writes a piece of a part file, which is
 * there and not its own, from offset on. part is its name, which must still
 * be that of the descriptor part_fd. NULL with errno.
 */
struct output *output_new_piece(const struct store_settings *settings,
    struct folder *folder, const char *part, int part_fd, uint64_t offset);

/* Leaves a part file where it is, if there is one. NULL is allowed. */
void output_free(struct output *output);

/* How many bytes it has, of which version of the file. */
uint64_t output_size(const struct output *output);
struct protocol_token output_token(const struct output *output);

/* Its bytes are the beginning of this version of the file, too. */
void output_set_token(struct output *output, struct protocol_token token);

/* The file as it was announced to the last output_begin. */
const struct protocol_attributes *output_attributes(
    const struct output *output);

/*
 * The digest of the bytes it has, read again where that was not kept: 0, or
 * -1 with errno.
 */
int output_digest(struct output *output, uint8_t digest[DIGEST_LENGTH]);

/* The same for SHA-256, of an output that wants it. */
int output_sha256(struct output *output, uint8_t sha256[SHA256SUM_LENGTH]);

/*
 * Before a body from offset output_size on is received: looks whether the
 * file may be written here and has room, and makes the part file, or, for a
 * body that is_here already, a file without a name where that will do. 0, or
 * -1 with the failure set; then nothing was made.
 */
int output_begin(struct output *output,
    const struct protocol_attributes *attributes, bool is_here,
    struct failure *failure);

/* Moves bytes from the stream to the file, see file_writer_receive. */
enum outcome output_receive(struct output *output, struct stream *stream,
    uint64_t n, int64_t stall, uint64_t *taken);

/* Whether the bytes received since output_begin have this digest. */
bool output_matches(const struct output *output,
    const uint8_t digest[PROTOCOL_DIGEST_SIZE]);

/* Has the file system tell whether it has taken the bytes (volume_flush), which
 * output_free does not ask. 0, or -1 with errno. */
int output_flush(const struct output *output);

/* With settings->fsync: waits until the bytes are on disk, so that
 * output_finish has to wait for the name alone. 0, or -1 with errno. */
int output_sync(struct output *output);

/*
 * Bytes could not be written, for errno: sets the failure. What has come stays
 * in the part file, if there is one and settings->resume is set, and the output
 * with it; otherwise it is discarded.
 */
void output_fail(struct output *output, struct failure *failure);

/*
 * All bytes are there: sets time and mode, and gives the file its final name.
 * 0, or -1 with the failure set; then the part file is gone, unless what was in
 * the way may go away (store/write_failure.h).
 */
int output_finish(struct output *output,
    const struct protocol_attributes *attributes, struct failure *failure);

/* Removes the part file; the output can begin again with nothing. On
 * standard output, what was written stays: -1 if there was any. */
int output_discard(struct output *output);

#endif
