/* origin: one contribution, the same again, and each way to differ from it. */

#include <netinet/in.h>

#include <string.h>

#include "client/transfer/origin.h"
#include "tests/unit/unit.h"

static struct net_address
address_of(uint32_t host, uint16_t port)
{
	struct net_address address;

	memset(&address, 0, sizeof(address));
	if (host == 0) {
		address.any.sa_family = AF_UNSPEC;
		return address;
	}
	address.in.sin_family = AF_INET;
	address.in.sin_addr.s_addr = htonl(host);
	net_set_port(&address, port);
	return address;
}

static const struct {
	const char *title;
	uint32_t host;
	uint16_t port;
	struct protocol_token token;
	bool is_one, has_several;
} rows[] = {
    {"the same", 1, 80, {7, 9}, true, false},
    {"another host", 2, 80, {7, 9}, false, true},
    {"another port", 1, 81, {7, 9}, false, true},
    {"an unknown address", 0, 0, {7, 9}, false, true},
    {"another file", 1, 80, {8, 9}, false, true},
    {"another state", 1, 80, {7, 8}, false, false},
};

START_TEST(test_second)
{
	struct net_address first = address_of(1, 80);
	struct net_address second = address_of(rows[_i].host, rows[_i].port);
	struct origin origin = {.is_set = false}, other = {.is_set = false};

	ck_assert(!origin_is_one(&origin) && !origin_has_several(&origin));
	origin_add(&origin, &first, (struct protocol_token){7, 9});
	ck_assert(origin_is_one(&origin) && !origin_has_several(&origin));
	origin_add(&origin, &second, rows[_i].token);
	ck_assert(origin_is_one(&origin) == rows[_i].is_one);
	ck_assert(origin_has_several(&origin) == rows[_i].has_several);
	/* A later reply that agrees with the first changes nothing. */
	origin_add(&origin, &first, (struct protocol_token){7, 9});
	ck_assert(origin_is_one(&origin) == rows[_i].is_one);

	origin_join(&other, &origin);
	ck_assert(origin_is_one(&other) == rows[_i].is_one);
	ck_assert(origin_has_several(&other) == rows[_i].has_several);
	origin_clear(&other);
	origin_join(&origin, &other);
	ck_assert(!origin_is_one(&other));
	ck_assert(origin_is_one(&origin) == rows[_i].is_one);
}
END_TEST

/* Connections whose address is unknown may be to one server. */
START_TEST(test_unknown)
{
	struct net_address unknown = address_of(0, 0);
	struct origin origin = {.is_set = false};

	origin_add(&origin, &unknown, (struct protocol_token){7, 9});
	origin_add(&origin, &unknown, (struct protocol_token){7, 9});
	ck_assert(origin_is_one(&origin));
}
END_TEST

Suite *
origin_suite(void)
{
	Suite *suite = suite_create("origin");
	TCase *tcase = tcase_create("contributions");

	tcase_add_loop_test(tcase, test_second, 0, UNIT_ROWS(rows));
	tcase_add_test(tcase, test_unknown);
	suite_add_tcase(suite, tcase);
	return suite;
}
