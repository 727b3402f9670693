/*
 * Decodes PROXY headers strictly, since the address in one decides who is
 * limited and who is logged: exact blanks, numbers without leading zeros, no
 * value that the specification leaves open. Of the TLVs behind the addresses of
 * version 2 only the checksum is used; the others must be well formed, and are
 * skipped. All lengths are unsigned and compared before anything is read.
 */

#include <arpa/inet.h>

#include <string.h>

#include "server/proxy_header.h"

static const char line_begin[] = "PROXY ";
static const uint8_t signature[12] = {'\r', '\n', '\r', '\n', '\0', '\r', '\n',
    'Q', 'U', 'I', 'T', '\n'};

/* The bytes of version 2 up to its length, behind the signature. */
enum {
	AT_COMMAND = 12,
	AT_FAMILY = 13,
	AT_LENGTH = 14,
};

/* Version and command, in one byte. */
enum {
	COMMAND_LOCAL = 0x20,
	COMMAND_PROXY = 0x21,
};

/* Family and transport, in one byte: all that the specification allows. */
enum {
	FAMILY_UNSPEC = 0x00,
	FAMILY_TCP4 = 0x11,
	FAMILY_UDP4 = 0x12,
	FAMILY_TCP6 = 0x21,
	FAMILY_UDP6 = 0x22,
	FAMILY_UNIX = 0x31,
	FAMILY_UNIX_DATAGRAM = 0x32,
};

/* Bytes of two addresses, and two ports if they have any. */
enum {
	ADDRESSES_4 = 12,
	ADDRESSES_6 = 36,
	ADDRESSES_UNIX = 216,
};

enum {
	TLV_HEADER = 3,	   /* bytes: type, length */
	TLV_CRC32C = 0x03, /* a type; its value has CRC_SIZE bytes */
	CRC_SIZE = 4,	   /* bytes */
};

static enum proxy_header_verdict
refuse_header(const char **wrong, const char *reason)
{
	*wrong = reason;
	return PROXY_HEADER_MALFORMED;
}

static size_t
get_length(const uint8_t *bytes)
{
	return (size_t)bytes[0] << 8 | bytes[1];
}

/* Sets *address from raw bytes in network order; port points to two bytes. */
static void
set_address(struct net_address *address, int family, const uint8_t *host,
    const uint8_t *port)
{
	memset(address, 0, sizeof(*address));
	address->any.sa_family = (sa_family_t)family;
	if (family == AF_INET)
		memcpy(&address->in.sin_addr, host,
		    sizeof(address->in.sin_addr));
	else
		memcpy(&address->in6.sin6_addr, host,
		    sizeof(address->in6.sin6_addr));
	net_set_port(address, (uint16_t)get_length(port));
	net_unmap(address);
}

/* ---- version 1 ---------------------------------------------------------- */

/* Ends the word at *text with a NUL; moves *text behind the blank that ends it,
 * or to the end of the line. Returns the word. */
static char *
next_word(char **text)
{
	char *word = *text;

	*text += strcspn(word, " ");
	if (**text == ' ')
		*(*text)++ = '\0';
	return word;
}

/* Reads a port: decimal, at most 65535, no leading zero. Returns false if it is
 * none. */
static bool
read_port(const char *text, uint8_t port[2])
{
	size_t len = strlen(text);
	unsigned value = 0;

	if (len == 0 || len > 5 || strspn(text, "0123456789") != len ||
	    (text[0] == '0' && len > 1))
		return false;
	while (*text != '\0')
		value = 10 * value + (unsigned)(*text++ - '0');
	port[0] = (uint8_t)(value >> 8);
	port[1] = (uint8_t)value;
	return value <= UINT16_MAX;
}

/* Reads "SOURCE DESTINATION PORT PORT", which it changes. Returns false if it
 * is none. */
static bool
read_addresses(char *text, int family, struct net_address *source)
{
	uint8_t hosts[2][sizeof(struct in6_addr)], ports[2][2];
	int i;

	/* inet_pton(3) takes no leading zeros in IPv4, and no scope in IPv6. */
	for (i = 0; i < 2; i++)
		if (inet_pton(family, next_word(&text), hosts[i]) != 1)
			return false;
	if (!read_port(next_word(&text), ports[0]) ||
	    !read_port(text, ports[1]))
		return false;
	set_address(source, family, hosts[0], ports[0]);
	return true;
}

/* Decodes a whole line, without its CRLF. */
static enum proxy_header_verdict
decode_line(const uint8_t *bytes, size_t len, struct proxy_header *header,
    const char **wrong)
{
	struct proxy_header found = {.size = len + 2, .announced = true};
	char line[PROXY_HEADER_LINE + 1] = "", *text = line;
	int family;

	memcpy(line, bytes + strlen(line_begin), len - strlen(line_begin));
	line[len - strlen(line_begin)] = '\0';
	if (memchr(line, '\0', len - strlen(line_begin)) != NULL)
		return refuse_header(wrong, "its line has a NUL");
	if (strncmp(line, "UNKNOWN", 7) == 0 &&
	    (line[7] == '\0' || line[7] == ' ')) {
		found.announced = false;
		*header = found;
		return PROXY_HEADER_WHOLE;
	}
	if (strncmp(line, "TCP4 ", 5) != 0 && strncmp(line, "TCP6 ", 5) != 0)
		return refuse_header(wrong, "its protocol is unknown");
	family = line[3] == '4' ? AF_INET : AF_INET6;
	(void)next_word(&text);
	if (!read_addresses(text, family, &found.address))
		return refuse_header(wrong, "its addresses are malformed");
	*header = found;
	return PROXY_HEADER_WHOLE;
}

/* Decodes version 1. The line must end with the first CR or LF in it. */
static enum proxy_header_verdict
decode_version_1(const uint8_t *bytes, size_t len, struct proxy_header *header,
    const char **wrong)
{
	size_t most = len < PROXY_HEADER_LINE ? len : PROXY_HEADER_LINE,
	       end = 0;

	while (end < most && bytes[end] != '\r' && bytes[end] != '\n')
		end++;
	if (end + 1 >= PROXY_HEADER_LINE)
		return refuse_header(wrong, "its line is too long");
	if (end == len || (bytes[end] == '\r' && end + 1 == len))
		return PROXY_HEADER_INCOMPLETE;
	if (bytes[end] == '\n' || bytes[end + 1] != '\n')
		return refuse_header(wrong, "its line does not end with CRLF");
	return decode_line(bytes, end, header, wrong);
}

/* ---- version 2 ---------------------------------------------------------- */

/* Returns the CRC-32C (RFC 3720, B.4) of bytes, of which those from zero on
 * (CRC_SIZE of them) count as 0. */
static uint32_t
compute_crc(const uint8_t *bytes, size_t len, size_t zero)
{
	uint32_t crc = UINT32_MAX;
	size_t i;
	int bit;

	for (i = 0; i < len; i++) {
		if (i < zero || i >= zero + CRC_SIZE)
			crc ^= bytes[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (UINT32_C(0x82f63b78) & -(crc & 1));
	}
	return ~crc;
}

static bool
is_crc_right(const uint8_t *bytes, size_t size, size_t at)
{
	uint32_t crc = (uint32_t)bytes[at] << 24 |
	    (uint32_t)bytes[at + 1] << 16 | (uint32_t)bytes[at + 2] << 8 |
	    bytes[at + 3];

	return compute_crc(bytes, size, at) == crc;
}

/* Checks the TLVs from at to size, the header's end. Returns NULL, or the
 * reason why they are wrong. */
static const char *
check_tlvs(const uint8_t *bytes, size_t size, size_t at)
{
	size_t length;

	for (; at < size; at += TLV_HEADER + length) {
		if (size - at < TLV_HEADER)
			return "a TLV is cut";
		length = get_length(bytes + at + 1);
		if (length > size - at - TLV_HEADER)
			return "a TLV is longer than the header";
		if (bytes[at] != TLV_CRC32C)
			continue;
		if (length != CRC_SIZE)
			return "its checksum has the wrong length";
		if (!is_crc_right(bytes, size, at + TLV_HEADER))
			return "its checksum is wrong";
	}
	return NULL;
}

/* Returns the length in bytes of a family's addresses, or SIZE_MAX if the
 * specification has no such family. */
static size_t
addresses_length(uint8_t family)
{
	switch (family) {
	case FAMILY_TCP4:
	case FAMILY_UDP4:
		return ADDRESSES_4;
	case FAMILY_TCP6:
	case FAMILY_UDP6:
		return ADDRESSES_6;
	case FAMILY_UNIX:
	case FAMILY_UNIX_DATAGRAM:
		return ADDRESSES_UNIX;
	default:
		return SIZE_MAX;
	}
}

/* Decodes what follows the fixed part of a whole header of PROXY. */
static enum proxy_header_verdict
decode_addresses(const uint8_t *bytes, struct proxy_header *header,
    const char **wrong)
{
	const uint8_t *addresses = bytes + PROXY_HEADER_FIXED;
	uint8_t family = bytes[AT_FAMILY];
	size_t length = addresses_length(family);
	const char *reason;

	if (length == SIZE_MAX)
		return refuse_header(wrong, "its family is unknown");
	if (length > header->size - PROXY_HEADER_FIXED)
		return refuse_header(wrong,
		    "it is too short for its addresses");
	reason = check_tlvs(bytes, header->size, PROXY_HEADER_FIXED + length);
	if (reason != NULL)
		return refuse_header(wrong, reason);
	/* Source, destination, and the ports of both. */
	header->announced = true;
	if (family == FAMILY_TCP4)
		set_address(&header->address, AF_INET, addresses,
		    addresses + ADDRESSES_4 - 4);
	else if (family == FAMILY_TCP6)
		set_address(&header->address, AF_INET6, addresses,
		    addresses + ADDRESSES_6 - 4);
	else
		header->announced = false;
	return PROXY_HEADER_WHOLE;
}

/* Decodes version 2, whose signature has been compared as far as it arrived. */
static enum proxy_header_verdict
decode_version_2(const uint8_t *bytes, size_t len, struct proxy_header *header,
    const char **wrong)
{
	struct proxy_header found = {.announced = false};
	enum proxy_header_verdict verdict = PROXY_HEADER_WHOLE;
	size_t length;

	if (len > AT_COMMAND && bytes[AT_COMMAND] != COMMAND_LOCAL &&
	    bytes[AT_COMMAND] != COMMAND_PROXY)
		return refuse_header(wrong,
		    "its version or command is unknown");
	if (len < PROXY_HEADER_FIXED)
		return PROXY_HEADER_INCOMPLETE;
	length = get_length(bytes + AT_LENGTH);
	if (length > PROXY_HEADER_LENGTH)
		return refuse_header(wrong, "it is too long");
	if (length > len - PROXY_HEADER_FIXED)
		return PROXY_HEADER_INCOMPLETE;
	found.size = PROXY_HEADER_FIXED + length;
	/* LOCAL and UNSPEC: the rest has no meaning, whatever it is. */
	if (bytes[AT_COMMAND] == COMMAND_PROXY &&
	    bytes[AT_FAMILY] != FAMILY_UNSPEC)
		verdict = decode_addresses(bytes, &found, wrong);
	if (verdict == PROXY_HEADER_WHOLE)
		*header = found;
	return verdict;
}

enum proxy_header_verdict
proxy_header_decode(const uint8_t *bytes, size_t len,
    struct proxy_header *header, const char **wrong)
{
	size_t text = strlen(line_begin), binary = sizeof(signature);

	if (len < text)
		text = len;
	if (len < binary)
		binary = len;
	if (len == 0)
		return PROXY_HEADER_INCOMPLETE;
	if (memcmp(bytes, signature, binary) == 0)
		return decode_version_2(bytes, len, header, wrong);
	if (memcmp(bytes, line_begin, text) != 0)
		return refuse_header(wrong, "there is none");
	return decode_version_1(bytes, len, header, wrong);
}
