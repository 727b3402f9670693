/*
 * A whole session of the server for a small folder, over a socket in memory:
 * every whole request has exactly its correct reply, in whatever pieces the
 * bytes arrive and however the client ends. The log reports each request once,
 * in a line of its own or in a summary line, and no other.
 */

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "server/session.h"
#include "tests/fuzz/answers.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory.h"
#include "tests/fuzz/said.h"
#include "tests/fuzz/served.h"

/* The first byte of an input selects the server's options, the second the
 * arrival of bytes. */
enum {
	KIND_HIDDEN = 1,
	KIND_NO_LISTS = 2,
	KIND_LOG = 4,
	KIND_JSON = 8, /* the log */
	KIND_SLOW = 16,
	KIND_END = 32, /* multiplies an enum memory_end */
};

static struct session_shared *
open_shared(void)
{
	static struct session_shared shared;
	static bool opened;

	if (opened)
		return &shared;
	FUZZ_REQUIRE(
	    root_open(&shared.verbs.root, served_open(), false, true) == 0);
	access_rules_init(&shared.verbs.rules, &shared.verbs.root);
	presence_init(&shared.verbs.presence, &shared.verbs.root, -1);
	work_slots_init(&shared.verbs.slots, 1);
	shared.request_timeout = CLOCK_SEC;
	shared.timeout = CLOCK_SEC;
	atomic_init(&shared.verbs.kept.free, 1);
	opened = true;
	return &shared;
}

static void
run_one_session(struct session_shared *shared, const struct memory *other)
{
	static struct work_shares shares;
	struct connection connection = {.number = 1};

	work_shares_init(&shares);
	work_slot_init(&connection.slot, &shared->verbs.slots, &shares);

	connection.address.any.sa_family = AF_INET;
	connection.fd = memory_begin(other);
	session_run(shared, &connection);
	memory_end();
}

/* Returns how many requests a log line reports. Names are escaped, so that none
 * can look like the mark. */
static uint64_t
count_told(const char *line, size_t len, const char *mark)
{
	const char *at = memmem(line, len, mark, strlen(mark));

	return at == NULL ? 1 : strtoull(at + strlen(mark), NULL, 10);
}

/* Checks that the log reports as many requests as were answered. */
static void
check_log(const struct said *out, const struct said *err, const char *mark,
    unsigned answers)
{
	const char *at = err->text, *end = err->text + err->len, *eol;
	uint64_t told = 0;

	FUZZ_REQUIRE(out->len == 0 && said_is_harmless(err));
	if (err->len == SAID_TEXT)
		return;
	while ((eol = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		told += count_told(at, (size_t)(eol - at), mark);
		at = eol + 1;
	}
	FUZZ_REQUIRE(told == answers);
}

int
fuzz_session(const uint8_t *data, size_t size)
{
	struct session_shared *shared = open_shared();
	uint8_t kind = fuzz_take(&data, &size);
	uint8_t piece = fuzz_take(&data, &size);
	struct memory other = {
	    .piece = piece,
	    .slow = (kind & KIND_SLOW) != 0,
	    .end = (enum memory_end)(kind / KIND_END) % MEMORY_ENDS,
	    .says = data,
	    .len = size,
	};
	struct answers_policy policy = {
	    .hidden = (kind & KIND_HIDDEN) != 0,
	    .lists = (kind & KIND_NO_LISTS) == 0,
	};
	const bool json = (kind & KIND_JSON) != 0;
	const bool log = (kind & KIND_LOG) != 0;
	struct said out, err;
	const uint8_t *told;
	unsigned answers;
	size_t len;
	bool cut;

	shared->verbs.root.hidden = policy.hidden;
	shared->verbs.lists = policy.lists;
	/* The log writes to the standard error of the time it is opened. */
	said_begin();
	log_open(log ? LOG_LEVEL_REQUESTS : LOG_LEVEL_PROBLEMS,
	    json ? LOG_FORMAT_JSON : LOG_FORMAT_TEXT);
	run_one_session(shared, &other);
	said_end(&out, &err);
	told = memory_told(&len);
	cut = len == MEMORY_TOLD;
	answers = answers_check(&policy, data, size, told, len, cut);
	if (cut)
		return 0;
	FUZZ_REQUIRE(memory_received() == size);
	check_log(&out, &err,
	    json ? "\"repeated\":" : " REPEATED: ", log ? answers : 0);
	return 0;
}
