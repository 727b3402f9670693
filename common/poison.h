#ifndef COMMON_POISON_H
#define COMMON_POISON_H

/*
 * Marks memory that is kept for reuse, so that the address sanitizer reports an
 * access to it. Without the sanitizer these functions do nothing.
 */

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define POISON_WORKS 1 /* gcc */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISON_WORKS 1 /* clang */
#endif
#endif

#ifdef POISON_WORKS
#include <sanitizer/asan_interface.h>
#endif

/* Forbids access to size bytes until unpoison_region. Both size and the address
 * are multiples of 8. Unpoison the bytes before freeing or unmapping them. */
static inline void
poison_region(void *memory, size_t size)
{
#ifdef POISON_WORKS
	__asan_poison_memory_region(memory, size);
#else
	(void)memory;
	(void)size;
#endif
}

/* Allows access to the bytes again. */
static inline void
unpoison_region(void *memory, size_t size)
{
#ifdef POISON_WORKS
	__asan_unpoison_memory_region(memory, size);
#else
	(void)memory;
	(void)size;
#endif
}

#endif
