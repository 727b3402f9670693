#ifndef CLIENT_STORE_OLD_COPY_H
#define CLIENT_STORE_OLD_COPY_H

/*
 * An older copy of a file, whose blocks are used again (--reuse): the file that
 * has the final name, or the one of --reuse=FILE. It is only read. Any thread
 * may call old_copy_take; the others need the lock of transfer/job_queue.h
 * where several threads fetch.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/store/folder.h"
#include "client/store/settings.h"
#include "common/digest.h"

/* Opens the file of --reuse=FILE. Returns its descriptor, or -1 with the
 * failure set: there is none, or it is no regular file. */
int old_copy_open_named(const char *path, struct failure *failure);

/* Opens the older copy of the file that gets a final name. Returns its
 * descriptor with *size set to its bytes, or -1 if there is no regular file. */
int old_copy_open(const struct folder *folder, const char *final,
    const struct store_settings *settings, uint64_t *size);

/* How old_copy_take goes about it. */
enum {
	OLD_COPY_HOLES = 1, /* zero bytes become holes */
	/* Equal bytes are expected: they are copied at once. Without it they
	 * are compared first, so that different ones are not copied. */
	OLD_COPY_LIKELY = 2,
};

/*
 * Copies n bytes from old to the same offset of the file `to`, if they have
 * this digest; a reflink where the file system makes one. how: OLD_COPY_*, or
 * 0. Reads the bytes in `to` afterwards, since somebody may have written to old
 * meanwhile. Returns 1 if `to` has bytes of this digest there; 0 if it has not,
 * and the range of `to` is undefined; -1 with errno if `to` fails, or ECANCELED
 * after an interrupt.
 */
int old_copy_take(int old, int to, uint64_t offset, uint64_t n, unsigned how,
    const uint8_t digest[DIGEST_LENGTH]);

#endif
