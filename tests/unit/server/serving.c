#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/unit/server/serving.h"

void
serving_open(struct serving *serving)
{
	int pair[2];

	memset(serving, 0, sizeof(*serving));
	unit_folder(serving->folder);
	unit_write(serving->folder, "file", "content", 7);
	serving->shared.verbs.lists = true;
	serving->shared.timeout = UNIT_TIMEOUT * CLOCK_SEC;
	serving->shared.request_timeout = UNIT_TIMEOUT * CLOCK_SEC;
	atomic_store(&serving->shared.verbs.kept.free, 1);
	ck_assert_int_eq(root_open(&serving->shared.verbs.root, serving->folder,
			     false, true),
	    0);
	access_rules_init(&serving->shared.verbs.rules,
	    &serving->shared.verbs.root);
	presence_init(&serving->shared.verbs.presence,
	    &serving->shared.verbs.root, -1);
	work_slots_init(&serving->shared.verbs.slots, 1);
	work_shares_init(&serving->shares);
	unit_tcp_pair(pair);
	serving->client = pair[0];
	serving->connection.fd = pair[1];
	serving->connection.number = 1;
	serving->connection.address.any.sa_family = AF_INET;
	work_slot_init(&serving->connection.slot, &serving->shared.verbs.slots,
	    &serving->shares);
}

void
serving_close(struct serving *serving)
{
	if (serving->client >= 0)
		close(serving->client);
	if (serving->connection.fd >= 0)
		close(serving->connection.fd);
	root_close(&serving->shared.verbs.root);
}

enum protocol_status
serving_receive(int fd, uint8_t *body, size_t size, size_t *len)
{
	uint8_t header[PROTOCOL_REPLY_HEADER_SIZE];
	enum protocol_status status;
	uint64_t announced;
	int code;

	ck_assert_uint_eq(unit_receive(fd, header, sizeof(header), &code),
	    sizeof(header));
	ck_assert_int_eq(protocol_decode_reply(header, &status, &announced), 0);
	ck_assert_uint_le(announced, size);
	*len = (size_t)announced;
	ck_assert_uint_eq(unit_receive(fd, body, *len, &code), *len);
	return status;
}

void
serving_expect_end(int fd)
{
	uint8_t byte;
	int code;

	ck_assert_uint_eq(unit_receive(fd, &byte, 1, &code), 0);
	ck_assert_int_eq(code, 0);
}
