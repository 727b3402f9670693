/* The state of a connection is a position in the plan's bytes, or a copy of the
 * bytes if each connection sends its own. */

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "tests/attack/crowd.h"
#include "tests/attack/saying.h"

void
saying_begin(struct saying *saying, const struct crowd_plan *plan,
    uint64_t number)
{
	const uint8_t *words;

	*saying = (struct saying){.words = plan->request,
	    .len = plan->request_len,
	    .times = plan->repeat == 0 ? 1 : plan->repeat};
	if (plan->say != NULL) {
		words = plan->say(plan, number, &saying->len);
		saying->own = malloc(saying->len);
		ck_assert_ptr_nonnull(saying->own);
		saying->words = memcpy(saying->own, words, saying->len);
	}
	if (saying->len == 0)
		saying->times = 0;
}

void
saying_end(struct saying *saying)
{
	free(saying->own);
	saying->own = NULL;
}

bool
saying_is_over(const struct saying *saying)
{
	return saying->times == 0;
}

bool
saying_go_on(struct saying *saying, int fd, uint64_t *sent)
{
	ssize_t n;

	while (saying->times > 0) {
		n = send(fd, saying->words + saying->at,
		    saying->len - saying->at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return false;
		if (n < 0)
			saying->times = 0;
		if (n <= 0)
			break;
		*sent += (uint64_t)n;
		saying->at += (size_t)n;
		if (saying->at == saying->len) {
			saying->at = 0;
			saying->times--;
		}
	}
	return true;
}

void
saying_later(struct saying *saying, const struct crowd_plan *plan, int fd,
    uint64_t *sent)
{
	size_t len = plan->later_step == 0 ? plan->later_len : plan->later_step;
	ssize_t n;

	if (len > plan->later_len - saying->later_at)
		len = plan->later_len - saying->later_at;
	n = send(fd, plan->later + saying->later_at, len,
	    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n <= 0)
		return;
	*sent += (uint64_t)n;
	saying->later_at += (size_t)n;
	if (saying->later_at == plan->later_len)
		saying->later_at = 0;
}
