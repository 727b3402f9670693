#ifndef COMMON_POISON_H
#define COMMON_POISON_H

/*
 * Memory kept for reuse belongs to nobody until it is used again. Poisoned, it
 * makes the address sanitizer stop a program that touches it. Without the
 * sanitizer these do nothing.
 */

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define POISON_WORKS 1 /* gcc says so */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISON_WORKS 1 /* and so does clang */
#endif
#endif

#ifdef POISON_WORKS
#include <sanitizer/asan_interface.h>
#endif

/* Nobody touches these bytes, a multiple of 8 at such an address, until
 * unpoison_region, which comes before they are freed or unmapped. */
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
