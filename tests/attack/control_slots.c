/* Control: as many DIGESTs are at work at one time as are asked for. */

#include "server/work_slots.h"

int __wrap_turns_take(struct turn *turn, const struct turns_errand *errand,
    const struct stream *stream);
void __wrap_turns_give(struct turn *turn);

int
__wrap_turns_take(struct turn *turn, const struct turns_errand *errand,
    const struct stream *stream)
{
	(void)turn;
	(void)errand;
	(void)stream;
	return 0;
}

void
__wrap_turns_give(struct turn *turn)
{
	(void)turn;
}
