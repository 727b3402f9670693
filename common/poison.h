#ifndef COMMON_POISON_H
#define COMMON_POISON_H

/*
 * Marks memory that is kept for reuse, so that the address sanitizer reports an
 * access to it. Without the sanitizer these do nothing.
 *
 * poison_region forbids access to size bytes until unpoison_region. Both size
 * and the address are multiples of 8. Unpoison the bytes before freeing or
 * unmapping them.
 */

#if defined(__SANITIZE_ADDRESS__)
#define POISON_WORKS 1 /* gcc */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISON_WORKS 1 /* clang */
#endif
#endif

#ifdef POISON_WORKS
#include <sanitizer/asan_interface.h>

#define poison_region(memory, size) __asan_poison_memory_region(memory, size)
#define unpoison_region(memory, size) \
	__asan_unpoison_memory_region(memory, size)
#else
#define poison_region(memory, size)   ((void)(memory), (void)(size))
#define unpoison_region(memory, size) ((void)(memory), (void)(size))
#endif

#endif
