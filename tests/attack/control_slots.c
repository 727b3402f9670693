/* Control: the server computes any number of digests at one time. */

#include "server/work_slots.h"

int __wrap_work_slot_take(struct work_slot *slot,
    const struct work_slice *slice, const struct stream *stream);
void __wrap_work_slot_give(struct work_slot *slot);

int
__wrap_work_slot_take(struct work_slot *slot, const struct work_slice *slice,
    const struct stream *stream)
{
	(void)slot;
	(void)slice;
	(void)stream;
	return 0;
}

void
__wrap_work_slot_give(struct work_slot *slot)
{
	(void)slot;
}
