/*
 * PROXY headers as the server decodes them: the verdict on the bytes that have
 * arrived never changes once it is final, exactly the header is taken, and the
 * address is the one that stands in it.
 */

#include <arpa/inet.h>

#include <stdio.h>
#include <string.h>

#include "server/proxy_header.h"
#include "tests/fuzz/fuzz.h"

/* Numbers of the specification. */
enum {
	LINE = 107, /* bytes of version 1, at most */
	FIXED = 16, /* bytes before the addresses of version 2 */
	MOST = 536, /* bytes behind these, at most */
	LONGEST = FIXED + MOST,
	PORT_4 = 24, /* where the source ports of version 2 are */
	PORT_6 = 48,
};

static const char untouched[] = "untouched";

/* Decodes the first size bytes, and checks what is left as it was. */
static enum proxy_header_verdict
decode(const uint8_t *data, size_t size, struct proxy_header *header)
{
	const char *wrong = untouched;
	enum proxy_header_verdict verdict;

	memset(header, 0xa5, sizeof(*header));
	verdict = proxy_header_decode(data, size, header, &wrong);
	FUZZ_REQUIRE(
	    (verdict == PROXY_HEADER_MALFORMED) == (wrong != untouched));
	FUZZ_REQUIRE(wrong != NULL && wrong[0] != '\0');
	if (verdict != PROXY_HEADER_WHOLE)
		FUZZ_REQUIRE(header->size == (size_t)0xa5a5a5a5a5a5a5a5);
	return verdict;
}

/* Checks that every shorter input is incomplete, up to the one that decides. */
static void
check_prefixes(const uint8_t *data, size_t size,
    enum proxy_header_verdict verdict, const struct proxy_header *header)
{
	struct proxy_header other;
	enum proxy_header_verdict early = PROXY_HEADER_INCOMPLETE;
	size_t n;

	if (size > LONGEST)
		size = LONGEST;
	for (n = 0; n < size && early == PROXY_HEADER_INCOMPLETE; n++)
		early = decode(data, n, &other);
	if (early == PROXY_HEADER_INCOMPLETE)
		return;
	FUZZ_REQUIRE(early == verdict);
	if (verdict == PROXY_HEADER_WHOLE)
		FUZZ_REQUIRE(n - 1 == header->size &&
		    other.size == header->size &&
		    other.announced == header->announced &&
		    (!header->announced ||
			(net_compare_host(&other.address, &header->address) ==
				0 &&
			    net_port(&other.address) ==
				net_port(&header->address))));
}

/* Checks a whole header of version 1, and that IPv4 is written as its address
 * is printed. */
static void
check_line(const uint8_t *data, const struct proxy_header *header)
{
	char line[LINE + 1], begin[LINE + 1], port[16], text[NET_TEXT];
	size_t len = header->size;
	const char *at;
	int i;

	FUZZ_REQUIRE(len <= LINE && data[len - 2] == '\r');
	FUZZ_REQUIRE(data[len - 1] == '\n');
	FUZZ_REQUIRE(memchr(data, '\r', len - 2) == NULL);
	FUZZ_REQUIRE(memchr(data, '\n', len - 2) == NULL);
	memcpy(line, data, len - 2);
	line[len - 2] = '\0';
	FUZZ_REQUIRE(strlen(line) == len - 2);
	if (!header->announced) {
		FUZZ_REQUIRE(strncmp(line, "PROXY UNKNOWN", 13) == 0);
		return;
	}
	for (at = line, i = 0; i < 4; i++) {
		at = strchr(at, ' ');
		FUZZ_REQUIRE(at != NULL);
		at++;
	}
	snprintf(port, sizeof(port), "%u ", net_port(&header->address));
	FUZZ_REQUIRE(strncmp(at, port, strlen(port)) == 0);
	FUZZ_REQUIRE(strchr(strchr(at, ' ') + 1, ' ') == NULL);
	if (strncmp(line, "PROXY TCP4 ", 11) != 0)
		return;
	net_print_host(&header->address, text);
	snprintf(begin, sizeof(begin), "PROXY TCP4 %s ", text);
	FUZZ_REQUIRE(strncmp(line, begin, strlen(begin)) == 0);
}

/* Checks a whole header of version 2. */
static void
check_binary(const uint8_t *data, const struct proxy_header *header)
{
	size_t length = (size_t)data[14] << 8 | data[15];
	const struct net_address *address = &header->address;
	bool six = data[13] == 0x21;

	FUZZ_REQUIRE(length <= MOST && header->size == FIXED + length);
	FUZZ_REQUIRE(data[12] == 0x20 || data[12] == 0x21);
	FUZZ_REQUIRE(header->announced ==
	    (data[12] == 0x21 && (data[13] == 0x11 || data[13] == 0x21)));
	if (!header->announced)
		return;
	FUZZ_REQUIRE(net_port(address) ==
	    ((unsigned)data[six ? PORT_6 : PORT_4] << 8 |
		data[(six ? PORT_6 : PORT_4) + 1]));
	if (six && address->any.sa_family == AF_INET6)
		FUZZ_REQUIRE(
		    memcmp(&address->in6.sin6_addr, data + FIXED, 16) == 0);
	else
		FUZZ_REQUIRE(memcmp(&address->in.sin_addr,
				 data + FIXED + (six ? 12 : 0), 4) == 0);
}

int
fuzz_proxy_header(const uint8_t *data, size_t size)
{
	struct proxy_header header;
	enum proxy_header_verdict verdict = decode(data, size, &header);

	check_prefixes(data, size, verdict, &header);
	if (verdict == PROXY_HEADER_INCOMPLETE) {
		FUZZ_REQUIRE(size < LONGEST);
		FUZZ_REQUIRE(size == 0 || data[0] == '\r' || size < LINE);
	}
	if (verdict != PROXY_HEADER_WHOLE)
		return 0;
	FUZZ_REQUIRE(header.size <= size);
	if (header.announced)
		FUZZ_REQUIRE(header.address.any.sa_family == AF_INET ||
		    (header.address.any.sa_family == AF_INET6 &&
			!IN6_IS_ADDR_V4MAPPED(&header.address.in6.sin6_addr)));
	if (data[0] == 'P')
		check_line(data, &header);
	else
		check_binary(data, &header);
	return 0;
}
