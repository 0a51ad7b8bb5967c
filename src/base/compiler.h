/* SPDX-License-Identifier: Apache-2.0 */
/* The only place for what is compiler and not C: attributes, hints, assertions, sanitizer hooks. */
#ifndef TERN_BASE_COMPILER_H
#define TERN_BASE_COMPILER_H

#include <stddef.h>

#if !defined(__GNUC__)
#error "tern needs gcc or clang"
#endif

/* printf checking: TERN_PRINTF(index of the format, index of the first value), counted from 1. */
#define TERN_PRINTF(format_at, values_at) __attribute__((format(printf, format_at, values_at)))
#define TERN_NOINLINE __attribute__((noinline))
#define TERN_COLD __attribute__((cold))
#define TERN_UNUSED __attribute__((unused))
#define TERN_FALLTHROUGH __attribute__((fallthrough))
#define TERN_CONSTRUCTOR __attribute__((constructor))
#define TERN_THREAD_LOCAL _Thread_local

#define TERN_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define TERN_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define TERN_PREFETCH(address) __builtin_prefetch(address)

/* Number of items of an array; not for pointers. */
#define TERN_COUNT_OF(array) (sizeof(array) / sizeof(*(array)))

/* Bytes of a cache line, for data that several threads write. */
#define TERN_CACHE_LINE_BYTES 64

/* TERN_ASSERT is for our own bugs only, never for what a file, a user or the system can cause.
   It exists in debug and test builds (TERN_DEBUG) and does not evaluate its argument elsewhere. */
_Noreturn void tern_assert_failed(const char *condition, const char *file, int line);
#if defined(TERN_DEBUG)
#define TERN_ASSERT(condition)                                                                     \
    ((condition) ? (void)0 : tern_assert_failed(#condition, __FILE__, __LINE__))
#else
#define TERN_ASSERT(condition) ((void)sizeof(condition))
#endif

#if defined(__SANITIZE_ADDRESS__)
#define TERN_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TERN_ASAN 1
#endif
#endif
#if !defined(TERN_ASAN)
#define TERN_ASAN 0
#endif

/* Under AddressSanitizer a poisoned byte may not be touched; elsewhere these do nothing. */
#if TERN_ASAN
void __asan_poison_memory_region(void const volatile *at, size_t bytes);
void __asan_unpoison_memory_region(void const volatile *at, size_t bytes);
#define TERN_ASAN_POISON(at, bytes) __asan_poison_memory_region((at), (bytes))
#define TERN_ASAN_UNPOISON(at, bytes) __asan_unpoison_memory_region((at), (bytes))
#else
#define TERN_ASAN_POISON(at, bytes) ((void)(at), (void)(bytes))
#define TERN_ASAN_UNPOISON(at, bytes) ((void)(at), (void)(bytes))
#endif

#endif
