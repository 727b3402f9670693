#ifndef COMMON_POISON_H
#define COMMON_POISON_H

/*
 * Memory that is kept to be used again is nobody's meanwhile, and a pointer
 * that still leads there is as wrong as one to memory that was freed. The
 * address sanitizer, which knows only what was freed, is told so: then it ends
 * a program that touches such memory. Without it these do nothing.
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
 * poison_lift, which comes before they are freed or unmapped. */
static inline void
poison_set(void *memory, size_t size)
{
#ifdef POISON_WORKS
	__asan_poison_memory_region(memory, size);
#else
	(void)memory;
	(void)size;
#endif
}

static inline void
poison_lift(void *memory, size_t size)
{
#ifdef POISON_WORKS
	__asan_unpoison_memory_region(memory, size);
#else
	(void)memory;
	(void)size;
#endif
}

#endif
