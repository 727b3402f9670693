/*
 * Connections counted by address: a table of events for what one address may,
 * and many addresses coming and going against a plain array of counts.
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

static struct net_address
address6(uint8_t last, uint16_t port)
{
	struct net_address address;

	memset(&address, 0, sizeof(address));
	address.in6.sin6_family = AF_INET6;
	address.in6.sin6_addr.s6_addr[15] = last;
	address.in6.sin6_port = htons(port);
	return address;
}

START_TEST(test_limit)
{
	struct peers *peers = peers_new(2);
	struct net_address a, again, b;
	int family;

	ck_assert_ptr_nonnull(peers);
	for (family = 0; family < 2; family++) {
		a = family == 0 ? address4(0x7f000001, 1) : address6(1, 1);
		again = family == 0 ? address4(0x7f000001, 2) : address6(1, 2);
		b = family == 0 ? address4(0x7f000002, 1) : address6(2, 1);
		/* Ports are of no account. */
		ck_assert_int_eq(peers_enter(peers, &a), 0);
		ck_assert_int_eq(peers_enter(peers, &again), 0);
		errno = 0;
		ck_assert_int_eq(peers_enter(peers, &a), -1);
		ck_assert_int_eq(errno, EUSERS);
		/* Others have nothing to do with it. */
		ck_assert_int_eq(peers_enter(peers, &b), 0);
		/* The refusal was not counted. */
		peers_leave(peers, &again);
		ck_assert_int_eq(peers_enter(peers, &a), 0);
		ck_assert_int_eq(peers_enter(peers, &again), -1);
	}
	peers_free(peers);
}
END_TEST

START_TEST(test_free_with_and_without)
{
	struct peers *peers = peers_new(1);
	struct net_address a = address4(1, 1), b = address4(2, 1);

	/* One that has left and one that has not; the leak check watches. */
	ck_assert_int_eq(peers_enter(peers, &a), 0);
	ck_assert_int_eq(peers_enter(peers, &b), 0);
	peers_leave(peers, &a);
	peers_free(peers);
	peers_free(peers_new(1));
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
	struct peers *peers = peers_new(MOST);
	struct net_address address;
	uint32_t seed = 11, host;
	int round, refused = 0, result;

	ck_assert_ptr_nonnull(peers);
	for (round = 0; round < ROUNDS; round++) {
		host = unit_random(&seed) % HOSTS;
		/* Half of them IPv4, in no order. */
		address = host % 2 == 0 ? address4(host * 2654435761U, 1) :
					  address6((uint8_t)(host / 2), 1);
		if (counts[host] > 0 && unit_random(&seed) % 5 < 2) {
			peers_leave(peers, &address);
			counts[host]--;
			continue;
		}
		result = peers_enter(peers, &address);
		ck_assert_int_eq(result, counts[host] < MOST ? 0 : -1);
		counts[host] += result == 0;
		refused += result != 0;
	}
	/* Both outcomes did occur. */
	ck_assert_int_gt(refused, 100);
	ck_assert_int_lt(refused, ROUNDS - 100);
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
	tcase_add_test(tcase, test_many);
	return suite;
}
