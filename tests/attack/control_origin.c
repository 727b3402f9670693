/* Control: the client takes bytes of any origin for those of one file, and so
 * needs no proof of the whole. */

#include "client/transfer/origin.h"

bool __wrap_origin_is_one(const struct origin *origin);

bool
__wrap_origin_is_one(const struct origin *origin)
{
	(void)origin;
	return true;
}
