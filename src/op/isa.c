/* SPDX-License-Identifier: Apache-2.0
 *
 * The instruction set level of this machine: the highest of kernel.h's ladder that processor and
 * operating system both support, never more than TERN_ISA asks for.
 */
#include "base/os.h"
#include "base/thread.h"
#include "op/tactic.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

static const char *const names[] = {
#define ISA_NAME(token, NAME, value) [value] = #token,
    TERN_ISA_ROWS(ISA_NAME)
#undef ISA_NAME
};

const char *tern_isa_name(tern_isa isa)
{
    return (size_t)isa < TERN_COUNT_OF(names) ? names[isa] : "?";
}

int tern_isa_by_name(const char *name, size_t length)
{
    for (size_t i = 0; i < TERN_COUNT_OF(names); i++) {
        if (tern_str_is((tern_str){name, length}, names[i])) {
            return (int)i;
        }
    }
    return -1;
}

#if defined(__x86_64__)
/* The compiler's checks include that the system saves the registers; F16C needs none beyond
 * AVX2's. */
static tern_isa detect(void)
{
    unsigned a = 0, b = 0, c = 0, d = 0;
    __builtin_cpu_init();
    const bool has_f16c = __get_cpuid(1, &a, &b, &c, &d) != 0 && (c >> 29 & 1) != 0;
    if (!has_f16c || !__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("bmi2")) {
        return TERN_ISA_REF;
    }
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl") ||
        !__builtin_cpu_supports("avx512cd")) {
        return TERN_ISA_AVX2;
    }
    if (!__builtin_cpu_supports("avx512vnni")) {
        return TERN_ISA_AVX512;
    }
    return __builtin_cpu_supports("avx512bf16") ? TERN_ISA_AVX512BF16 : TERN_ISA_AVX512VNNI;
}
void tern_cpu_describe(tern_text *out)
{
    unsigned a = 0;
    char vendor[13] = "";
    unsigned words[3] = {0, 0, 0};
    if (__get_cpuid(0, &a, &words[0], &words[2], &words[1]) != 0) {
        memcpy(vendor, words, 12);
    }
    unsigned b = 0, c = 0, d = 0, signature = 0;
    (void)__get_cpuid(1, &signature, &b, &c, &d);
    unsigned l2 = 0;
    (void)__get_cpuid(0x80000006, &a, &b, &l2, &d);
    /* The signature without its stepping. */
    tern_text_add(out, "%s-%x-%s-%uk", vendor, signature >> 4, tern_isa_name(detect()), l2 >> 16);
}
#else
static tern_isa detect(void)
{
    return TERN_ISA_REF;
}

void tern_cpu_describe(tern_text *out)
{
    tern_text_add(out, "other");
}
#endif

static tern_isa level;
static tern_once level_once = TERN_ONCE_INIT;

static void read_level(void)
{
    const char *const cap = tern_os_env("TERN_ISA");
    const int wanted = cap != NULL ? tern_isa_by_name(cap, strlen(cap)) : -1;
    level = detect();
    if (wanted >= 0 && wanted < (int)level) {
        level = (tern_isa)wanted;
    }
}

tern_isa tern_isa_detect(void)
{
    tern_once_run(&level_once, read_level);
    return level;
}
