/* Replaces the socket of net_connect. */

#include <string.h>

#include "common/protocol.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/hostile.h"
#include "tests/fuzz/memory.h"

static struct {
	const uint8_t *left; /* bytes of later connections */
	size_t len;
	int first; /* descriptor of the first connection, or -1 */
	unsigned connections;
} hostile;

/* Returns the length of the next connection's bytes. */
static size_t
cut(const uint8_t **says)
{
	const char *mark = HOSTILE_NEXT;
	const uint8_t *end;
	size_t n = hostile.len, gone = n;

	*says = hostile.left;
	end = n == 0 ? NULL : memmem(*says, n, mark, strlen(mark));
	if (end != NULL) {
		n = (size_t)(end - *says);
		gone = n + strlen(mark);
	}
	hostile.left += gone;
	hostile.len -= gone;
	return n;
}

static int
take_connection(void)
{
	const uint8_t *says;
	int fd = hostile.first;
	size_t n;

	if (fd >= 0) {
		hostile.first = -1;
	} else {
		if (hostile.len == 0)
			return -1;
		n = cut(&says);
		fd = memory_again(says, n);
	}
	hostile.connections++;
	return fd;
}

void
hostile_begin(const uint8_t *data, size_t size)
{
	uint8_t manner = fuzz_take(&data, &size);
	struct memory other = {
	    .piece = manner >> 4,
	    .slow = (manner & 8) != 0,
	    .end = (enum memory_end)(manner & 7) % MEMORY_ENDS,
	};

	hostile.left = data;
	hostile.len = size;
	other.len = cut(&other.says);
	hostile.first = memory_begin(&other);
	hostile.connections = 0;
	memory_connect = take_connection;
}

unsigned
hostile_end(void)
{
	struct protocol_request request;
	enum protocol_status status = PROTOCOL_OK;
	const uint8_t *told;
	size_t len, size;

	told = memory_told(&len);
	for (; len > 0; told += size, len -= size) {
		status = protocol_decode_request(told, len, &request, &size);
		if (status != PROTOCOL_OK)
			break;
	}
	FUZZ_REQUIRE(status == PROTOCOL_OK || status == PROTOCOL_INCOMPLETE);
	memory_connect = NULL;
	memory_end();
	return hostile.connections;
}
