/* Builds replies from the pieces of the specification, so that each piece can
 * be changed alone. */

#include <sys/stat.h>

#include <string.h>

#include "common/clock.h"
#include "common/digest.h"
#include "common/names.h"
#include "tests/attack/truth.h"
#include "tests/harness/fake_folder.h"

#define TRUTH_FOLDER (S_IFDIR | 0755)
#define TRUTH_FILE   (S_IFREG | 0644)

static const struct truth_change none;

static const uint8_t *
block(void)
{
	static uint8_t bytes[TRUTH_BLOCK];
	size_t i;

	/* 26 divides the block's length. */
	for (i = 0; i < sizeof(bytes) && bytes[sizeof(bytes) - 1] == 0; i++)
		bytes[i] = (uint8_t)('a' + i % 26);
	return bytes;
}

/* Returns the block's bytes for this offset of a file, and sets *n to their
 * number. */
static size_t
piece(uint64_t offset, uint64_t n, const uint8_t **bytes)
{
	size_t at = (size_t)(offset % TRUTH_BLOCK), left = TRUTH_BLOCK - at;

	*bytes = block() + at;
	return n < left ? (size_t)n : left;
}

bool
truth_has(const void *bytes, size_t n)
{
	const uint8_t *wanted, *got = bytes;
	size_t done, some;

	for (done = 0; done < n; done += some) {
		some = piece(done, n - done, &wanted);
		if (memcmp(got + done, wanted, some) != 0)
			return false;
	}
	return true;
}

bool
truth_drip(struct fake *fake, const void *bytes, size_t n)
{
	const uint8_t *from = bytes;
	size_t i;

	for (i = 0; i < n; i++)
		if (!fake_send(fake, from + i, 1) ||
		    !fake_pause(fake, TRUTH_PAUSE))
			return false;
	return true;
}

static bool
send_bytes(struct fake *fake, const void *bytes, size_t n, bool drips)
{
	return drips ? truth_drip(fake, bytes, n) : fake_send(fake, bytes, n);
}

static void
digest_range(uint64_t offset, uint64_t n, uint8_t value[PROTOCOL_DIGEST_SIZE])
{
	struct digest digest;
	const uint8_t *bytes;
	size_t some;

	digest_reset(&digest);
	for (; n > 0; n -= some, offset += some) {
		some = piece(offset, n, &bytes);
		digest_update(&digest, bytes, some);
	}
	digest_value(&digest, value);
}

static void
encode_head(const struct fake *fake, uint64_t size, uint64_t body,
    const struct truth_change *change,
    uint8_t head[PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE])
{
	struct protocol_attributes attributes = {
	    .token = {7, 1 + change->token * fake->connection},
	    .size = change->size != 0 ? change->size : size,
	    .mtime_ns = CLOCK_SEC,
	    .mode = TRUTH_FILE,
	};

	protocol_encode_reply(PROTOCOL_OK,
	    change->length != 0 ? change->length :
				  PROTOCOL_ATTRIBUTES_SIZE + body,
	    head);
	protocol_encode_attributes(&attributes,
	    head + PROTOCOL_REPLY_HEADER_SIZE);
}

static bool
send_head(struct fake *fake, uint64_t size, uint64_t body,
    const struct truth_change *change)
{
	uint8_t head[PROTOCOL_REPLY_HEADER_SIZE + PROTOCOL_ATTRIBUTES_SIZE];

	encode_head(fake, size, body, change, head);
	return send_bytes(fake, head, PROTOCOL_REPLY_HEADER_SIZE,
		   change->drip == TRUTH_HEADER) &&
	    send_bytes(fake, head + PROTOCOL_REPLY_HEADER_SIZE,
		PROTOCOL_ATTRIBUTES_SIZE, change->drip == TRUTH_ATTRIBUTES);
}

/* Returns false also if the reply was cut on purpose. */
static bool
send_body(struct fake *fake, uint64_t offset, uint64_t n,
    const struct truth_change *change)
{
	uint64_t sent = 0;
	const uint8_t *bytes;
	size_t some;

	if (change->odd_byte && n > 0) {
		if (!fake_send(fake, "!", 1))
			return false;
		sent = 1;
	}
	for (; sent < n || change->endless; sent += some) {
		if (change->cut != 0 && sent >= change->cut) {
			fake_reset(fake);
			return false;
		}
		some = piece(offset + sent,
		    change->endless ? TRUTH_BLOCK : n - sent, &bytes);
		if (!send_bytes(fake, bytes, some, change->drip == TRUTH_BODY))
			return false;
	}
	return true;
}

static bool
tell_fetch(struct fake *fake, const struct fake_asked *asked, uint64_t size,
    uint64_t n, const struct truth_change *change)
{
	struct protocol_trailer trailer = {.status = change->trailer,
	    .size = size + change->odd_size};
	uint8_t bytes[PROTOCOL_TRAILER_SIZE];

	digest_range(asked->offset, n, trailer.digest);
	trailer.digest[0] ^= change->odd_digest;
	protocol_encode_trailer(&trailer, bytes);
	return send_head(fake, size, n + PROTOCOL_TRAILER_SIZE, change) &&
	    send_body(fake, asked->offset, n, change) &&
	    send_bytes(fake, bytes, sizeof(bytes),
		change->drip == TRUTH_TRAILER);
}

static bool
answer_digest(struct fake *fake, const struct fake_asked *asked, uint64_t size,
    uint64_t n, const struct truth_change *change)
{
	uint8_t digest[PROTOCOL_DIGEST_SIZE];

	digest_range(asked->offset, n, digest);
	digest[0] ^= change->odd_digest;
	return send_head(fake, size, sizeof(digest), change) &&
	    fake_send(fake, digest, sizeof(digest));
}

static bool
tell_of_file(struct fake *fake, const struct fake_asked *asked, uint64_t size,
    const struct truth_change *change)
{
	uint64_t n;

	if (asked->op == PROTOCOL_OP_STAT)
		return send_head(fake, size, 0, change);
	if (asked->op == PROTOCOL_OP_LIST)
		return fake_refuse(fake, PROTOCOL_NOT_A_FILE, "a file");
	if (asked->offset > size)
		return fake_refuse(fake, PROTOCOL_BAD_RANGE, "past the end");
	n = size - asked->offset;
	if (n > asked->count)
		n = asked->count;
	return asked->op == PROTOCOL_OP_DIGEST ?
	    answer_digest(fake, asked, size, n, change) :
	    tell_fetch(fake, asked, size, n, change);
}

/* "." and "t" are folders. */
static bool
tell_of_folder(struct fake *fake, const struct fake_asked *asked, bool is_top)
{
	struct fake_page page = {0};

	if (asked->op == PROTOCOL_OP_STAT)
		return fake_send_stat(fake, TRUTH_FOLDER, is_top ? 1 : 2);
	if (asked->op != PROTOCOL_OP_LIST)
		return fake_refuse(fake, PROTOCOL_NOT_A_FILE, "a folder");
	fake_begin_page(&page, 0);
	fake_add_entry(&page, TRUTH_FILE, "f", 1);
	fake_add_entry(&page, TRUTH_FILE, "g", 1);
	if (is_top) {
		fake_add_entry(&page, TRUTH_FILE, "h", 1);
		fake_add_entry(&page, TRUTH_FOLDER, "t", 1);
	}
	return fake_send_page(fake, &page);
}

bool
truth_tell(struct fake *fake, const struct fake_asked *asked, uint64_t size,
    const struct truth_change *change)
{
	const char *last = names_last(asked->name);

	if (strlen(last) == 1 && strchr("fgh", *last) != NULL)
		return tell_of_file(fake, asked, size,
		    change == NULL ? &none : change);
	if (strcmp(asked->name, ".") == 0 || strcmp(asked->name, "t") == 0)
		return tell_of_folder(fake, asked, asked->name[0] == '.');
	return fake_refuse(fake, PROTOCOL_NOT_FOUND, "no such file");
}
