/*
 * Hashes size and mtime. server/state.c limits the mtime to what fits the wire;
 * common/protocol.c compares the result with a token.
 */

#include <sys/endian.h>

#include <xxhash.h>

#include "common/content_version.h"

uint64_t
content_version_of(uint64_t size, int64_t mtime_ns)
{
	uint8_t bytes[16];
	uint64_t version;

	be64enc(bytes, size);
	be64enc(bytes + 8, (uint64_t)mtime_ns);
	version = XXH3_64bits(bytes, sizeof(bytes));
	return version == 0 ? 1 : version;
}
