/*
 * Pages of struct open_how, for root.c and own_files.c. The calls that open
 * files by them are in common/beneath.c; sandbox.c allows their addresses.
 */

#include <sys/mman.h>
#include <sys/syscall.h>

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/syscalls.h"
#include "server/ways.h"

const struct open_how *
ways_make(const struct open_how *ways, size_t n)
{
	size_t size = n * sizeof(*ways);
	struct open_how *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	memcpy(page, ways, size);
	if (mprotect(page, size, PROT_READ) == 0)
		return page;
	munmap(page, size);
	return NULL;
}

int
ways_seal(const struct open_how *page, size_t n)
{
	return (int)syscall(SYS_mseal, page, n * sizeof(*page), 0L);
}

void
ways_free(const struct open_how *page, size_t n)
{
	if (page != NULL)
		munmap((void *)(uintptr_t)page, n * sizeof(*page));
}
