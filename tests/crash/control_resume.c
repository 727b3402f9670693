/* Control: the client does not resume from an earlier run's part file. */

#include "client/store/part.h"

int __wrap_part_take(struct folder *folder, const char *final, bool is_mapped,
    char name[PART_NAME], struct protocol_token *token);

int
__wrap_part_take(struct folder *folder, const char *final, bool is_mapped,
    char name[PART_NAME], struct protocol_token *token)
{
	(void)folder;
	(void) final;
	(void)is_mapped;
	(void)name;
	(void)token;
	return -1;
}
