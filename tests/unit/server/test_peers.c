/*
 * peers: a table of events for one address, and many addresses that come and
 * go, checked against an array of counts.
 */

#include <arpa/inet.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "server/peers.h"
#include "tests/unit/unit.h"

static struct net_address
address4(uint32_t host, uint16_t port)
{
	struct net_address address;

	memset(&address, 0, sizeof(address));
	address.in.sin_family = AF_INET;
	address.in.sin_addr.s_addr = htonl(host);
	address.in.sin_port = htons(port);
	return address;
}

/* Each address is in a network of its own. */
static struct net_address
address6(uint8_t network, uint16_t port)
{
	struct net_address address;

	memset(&address, 0, sizeof(address));
	address.in6.sin6_family = AF_INET6;
	address.in6.sin6_addr.s6_addr[0] = 0x20;
	address.in6.sin6_addr.s6_addr[7] = network;
	address.in6.sin6_addr.s6_addr[15] = (uint8_t)port;
	address.in6.sin6_port = htons(port);
	return address;
}

static struct net_address
named(const char *text)
{
	struct net_address address;

	memset(&address, 0, sizeof(address));
	address.in6.sin6_family = AF_INET6;
	if (inet_pton(AF_INET6, text, &address.in6.sin6_addr) == 1)
		return address;
	address = address4(0, 1);
	ck_assert_int_eq(inet_pton(AF_INET, text, &address.in.sin_addr), 1);
	return address;
}

START_TEST(test_limit)
{
	struct peers *peers = peers_new(2, 1, 64);
	struct net_address a, again, b;
	struct peer *peer;
	int family;

	ck_assert_ptr_nonnull(peers);
	for (family = 0; family < 2; family++) {
		a = family == 0 ? address4(0x7f000001, 1) : address6(1, 1);
		again = family == 0 ? address4(0x7f000001, 2) : address6(1, 2);
		b = family == 0 ? address4(0x7f000002, 1) : address6(2, 1);
		/* The port does not matter. */
		peer = peers_enter(peers, &a);
		ck_assert_ptr_nonnull(peer);
		ck_assert_ptr_eq(peers_enter(peers, &again), peer);
		errno = 0;
		ck_assert_ptr_null(peers_enter(peers, &a));
		ck_assert_int_eq(errno, EUSERS);
		ck_assert_uint_eq(peer->count, 2);
		/* Other addresses are not affected. */
		ck_assert_ptr_nonnull(peers_enter(peers, &b));
		/* A refused connection is not counted. */
		peers_leave(peers, peer);
		ck_assert_ptr_eq(peers_enter(peers, &a), peer);
		ck_assert_ptr_null(peers_enter(peers, &again));
	}
	peers_free(peers);
}
END_TEST

START_TEST(test_free_with_and_without)
{
	struct peers *peers = peers_new(1, 1, 64);
	struct net_address a = address4(1, 1), b = address4(2, 1);
	struct peer *peer = peers_enter(peers, &a);

	/* One peer has left and one has not; the leak checker watches. */
	ck_assert_ptr_nonnull(peer);
	ck_assert_ptr_nonnull(peers_enter(peers, &b));
	peers_leave(peers, peer);
	peers_free(peers);
	peers_free(peers_new(1, 1, 64));
}
END_TEST

/* Regression: each address of an IPv6 network had a share of its own, while one
 * machine can have all of them. */
static const struct {
	const char *row;
	unsigned prefix;
	const char *one, *other;
	bool same;
} networks[] = {
    {"the same", 64, "2001:db8::1", "2001:db8::1", true},
    {"of one /64", 64, "2001:db8::1", "2001:db8::ffff:1:2:3", true},
    {"of two /64", 64, "2001:db8:0:1::1", "2001:db8:0:2::1", false},
    {"of one /56", 56, "2001:db8:0:1::1", "2001:db8:0:2::1", true},
    {"of two /56", 56, "2001:db8:0:100::1", "2001:db8:0:200::1", false},
    {"of one /61", 61, "2001:db8:0:18::1", "2001:db8:0:1f::1", true},
    {"of two /61", 61, "2001:db8:0:17::1", "2001:db8:0:18::1", false},
    {"two, each for itself", 128, "2001:db8::1", "2001:db8::2", false},
    {"all that there are", 1, "2001:db8::1", "3fff::2", true},
    {"both halves", 1, "2001:db8::1", "fd00::2", false},
    {"two of one link", 64, "fe80::1", "fe80::2", false},
    {"mapped", 64, "::ffff:192.0.2.1", "192.0.2.1", true},
    {"two, mapped", 64, "::ffff:192.0.2.1", "::ffff:192.0.2.2", false},
    {"translated", 64, "64:ff9b::192.0.2.1", "192.0.2.1", true},
    {"two, translated", 64, "64:ff9b::1.2.3.4", "64:ff9b::1.2.3.5", false},
    {"of two families", 64, "::c000:201", "192.0.2.1", false},
};

START_TEST(test_networks)
{
	struct peers *peers = peers_new(10, 1, networks[_i].prefix);
	struct net_address one = named(networks[_i].one);
	struct net_address other = named(networks[_i].other);
	bool same;

	ck_assert_ptr_nonnull(peers);
	same = peers_enter(peers, &one) == peers_enter(peers, &other);
	ck_assert_msg(same == networks[_i].same, "%s", networks[_i].row);
	peers_free(peers);
}
END_TEST

START_TEST(test_many)
{
	enum {
		HOSTS = 300,
		MOST = 5,
		ROUNDS = 50000
	};
	unsigned counts[HOSTS] = {0};
	struct peers *peers = peers_new(MOST, 1, 64);
	struct net_address address;
	struct peer *entered[HOSTS] = {NULL}, *peer;
	uint32_t seed = 11, host;
	int round, refused = 0;

	ck_assert_ptr_nonnull(peers);
	for (round = 0; round < ROUNDS; round++) {
		host = unit_random(&seed) % HOSTS;
		/* Half of the addresses are IPv4, in no order. */
		address = host % 2 == 0 ? address4(host * 2654435761U, 1) :
					  address6((uint8_t)(host / 2), 1);
		if (counts[host] > 0 && unit_random(&seed) % 5 < 2) {
			peers_leave(peers, entered[host]);
			counts[host]--;
			continue;
		}
		peer = peers_enter(peers, &address);
		ck_assert_int_eq(peer != NULL, counts[host] < MOST);
		if (peer != NULL)
			entered[host] = peer;
		counts[host] += peer != NULL;
		refused += peer == NULL;
	}
	/* Both outcomes must occur. */
	ck_assert_int_gt(refused, 100);
	ck_assert_int_lt(refused, ROUNDS - 100);
	peers_free(peers);
}
END_TEST

/* The use of an address is remembered after its last connection, and not mixed
 * up with another's. */
START_TEST(test_away)
{
	enum {
		OTHERS = 1000
	};
	struct peers *peers = peers_new(2, 1, 64);
	struct net_address a = address4(1, 1), other;
	struct peer *peer = peers_enter(peers, &a);
	uint32_t host;

	peer->shares.of[WORK_DIGEST].used = 12345;
	peers_leave(peers, peer);
	other = address4(2, 1);
	ck_assert_uint_eq(peers_enter(peers, &other)
			      ->shares.of[WORK_DIGEST]
			      .used,
	    0);
	peer = peers_enter(peers, &a);
	ck_assert_uint_eq(peer->shares.of[WORK_DIGEST].used, 12345);
	ck_assert_uint_eq(peer->count, 1);
	peers_leave(peers, peer);
	/* Memory does not grow with the number of past addresses. */
	for (host = 3; host < OTHERS; host++) {
		other = address4(host, 1);
		peers_leave(peers, peers_enter(peers, &other));
	}
	peer = peers_enter(peers, &a);
	ck_assert_uint_eq(peer->shares.of[WORK_DIGEST].used, 0);
	ck_assert_uint_eq(peer->count, 1);
	peers_free(peers);
}
END_TEST

/* Connections of proxies count in their class until an address is announced. */
START_TEST(test_announced)
{
	struct peers *peers = peers_new(2, 3, 64);
	struct net_address a = address4(1, 1), b;
	struct peer *class, *peer;
	uint32_t host;
	int i;

	for (i = 0; i < 3; i++) {
		class = peers_enter_proxied(peers);
		ck_assert_ptr_nonnull(class);
		ck_assert(class->unannounced);
	}
	ck_assert_ptr_null(peers_enter_proxied(peers));
	ck_assert_int_eq(errno, EPROTO);
	/* One goes to a new address, one to a known one, one to none. */
	peer = peers_announce(peers, &a);
	ck_assert_ptr_nonnull(peer);
	ck_assert(!peer->unannounced);
	ck_assert_ptr_eq(peers_announce(peers, &a), peer);
	ck_assert_uint_eq(class->count, 1);
	ck_assert_ptr_null(peers_announce(peers, &a));
	ck_assert_int_eq(errno, EUSERS);
	ck_assert_uint_eq(class->count, 1);
	ck_assert_ptr_null(peers_enter(peers, &a));
	peers_leave(peers, class);
	ck_assert_uint_eq(class->count, 0);
	peers_leave(peers, peer);
	ck_assert_ptr_eq(peers_enter(peers, &a), peer);
	/* Many come and go, some of them one after the other. */
	for (host = 2; host < 1000; host++) {
		b = address4(host, 1);
		ck_assert_ptr_eq(peers_enter_proxied(peers), class);
		peer = peers_announce(peers, &b);
		ck_assert_ptr_nonnull(peer);
		if (host % 3 != 0)
			peers_leave(peers, peer);
	}
	ck_assert_uint_eq(class->count, 0);
	peers_free(peers);
}
END_TEST

Suite *
peers_suite(void)
{
	Suite *suite = suite_create("peers");
	TCase *tcase = unit_case(suite, "peers");

	tcase_add_test(tcase, test_limit);
	tcase_add_test(tcase, test_free_with_and_without);
	tcase_add_loop_test(tcase, test_networks, 0, UNIT_ROWS(networks));
	tcase_add_test(tcase, test_away);
	tcase_add_test(tcase, test_many);
	tcase_add_test(tcase, test_announced);
	return suite;
}
