/* Each call builds its bytes in one static buffer, which the next call
 * overwrites. */

#include <string.h>

#include "common/names.h"
#include "common/protocol.h"
#include "tests/attack/words.h"

enum {
	WORDS_NOISE = 300,     /* bytes */
	WORDS_DEEP = 2000,     /* components */
	WORDS_ROOM = 8 * 1024, /* bytes */
};

static uint8_t words[WORDS_ROOM];

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t
mix(uint64_t state)
{
	state += UINT64_C(0x9e3779b97f4a7c15);
	state = (state ^ state >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	state = (state ^ state >> 27) * UINT64_C(0x94d049bb133111eb);
	return state ^ state >> 31;
}

static size_t
put_text(const char *text)
{
	size_t len = strlen(text);

	memcpy(words, text, len);
	return len;
}

static size_t
say_noise(uint64_t number)
{
	size_t i, len = 1 + mix(number) % WORDS_NOISE;

	for (i = 0; i < len; i++)
		words[i] = (uint8_t)mix(number << 10 ^ i);
	return len;
}

const uint8_t *
words_of_garbage(const struct crowd_plan *plan, uint64_t number, size_t *len)
{
	(void)plan;
	switch (number % 8) {
	case 0:
		*len = put_text("GET /etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n");
		break;
	case 1: /* start of a TLS ClientHello */
		*len = put_text("\x16\x03\x01\x02\xfc\x01\x03\x03");
		break;
	case 2:
		*len = 4096;
		memset(words, 0xff, *len);
		break;
	case 3:
		*len = 4096;
		memset(words, 0, *len);
		break;
	case 4:
		*len = put_text("PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n");
		break;
	default:
		*len = say_noise(number);
	}
	return words;
}

static size_t
name_many(uint8_t *name, const char *part, size_t len)
{
	size_t i, part_len = strlen(part);

	for (i = 0; i < len; i++)
		name[i] = (uint8_t)part[i % part_len];
	return len;
}

/* Builds a name that every server refuses. */
static size_t
choose_name(uint8_t *name, uint64_t number)
{
	static const char *const climbs[] = {"../outside/secret",
	    "f/../../outside/secret", "/etc/passwd", "./../outside/secret",
	    "..", "../", "f/", "//etc/passwd", "...", "..\\outside\\secret",
	    "%2e%2e/outside/secret", "\xc0\xae\xc0\xae/outside/secret"};
	const char *climb;

	switch (number % 4) {
	case 0:
		return name_many(name, "a", NAMES_MAX);
	case 1:
		return name_many(name, "a/", 2 * WORDS_DEEP - 1);
	case 2:
		name[0] = 'x';
		name[1] = (uint8_t)(number / 4);
		return 2;
	default:
		climb = climbs[number / 4 % (sizeof(climbs) / sizeof(*climbs))];
		return name_many(name, climb, strlen(climb));
	}
}

const uint8_t *
words_of_names(const struct crowd_plan *plan, uint64_t number, size_t *len)
{
	static const uint8_t ops[] = {PROTOCOL_OP_GET, PROTOCOL_OP_FETCH,
	    PROTOCOL_OP_STAT, PROTOCOL_OP_LIST, PROTOCOL_OP_DIGEST};
	uint8_t name[WORDS_ROOM];
	struct protocol_request request = {.count = PROTOCOL_TO_END,
	    .name = name};

	(void)plan;
	request.op = ops[number / 16 % sizeof(ops)];
	request.name_len = choose_name(name, number);
	*len = protocol_encode_request(&request, words);
	return words;
}
