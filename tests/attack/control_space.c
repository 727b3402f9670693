/* Control: the client does not check for free space. */

#include "client/store/disk_space.h"

int __wrap_disk_space_check(struct folder *folder, uint64_t size, uint64_t left,
    struct failure *failure);

int
__wrap_disk_space_check(struct folder *folder, uint64_t size, uint64_t left,
    struct failure *failure)
{
	(void)folder;
	(void)size;
	(void)left;
	(void)failure;
	return 0;
}
