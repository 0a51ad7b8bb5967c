# SPDX-License-Identifier: Apache-2.0
# Instruction-set levels.  Each source that needs one lives in an object library with that level's
# flags; a level the compiler cannot build yields nothing, and TERN_BUILT_<isa>(x) expands to nothing.
include(CheckCSourceCompiles)

set(TERN_ISA_FLAGS_ref "")
set(TERN_ISA_FLAGS_avx2 -mavx2 -mfma -mf16c -mbmi2)
set(TERN_ISA_FLAGS_avx512 ${TERN_ISA_FLAGS_avx2} -mavx512f -mavx512bw -mavx512dq -mavx512vl
    -mavx512cd -mprefer-vector-width=512)
set(TERN_ISA_FLAGS_avx512vnni ${TERN_ISA_FLAGS_avx512} -mavx512vnni)
set(TERN_ISA_FLAGS_avx512bf16 ${TERN_ISA_FLAGS_avx512vnni} -mavx512bf16)

# An expression per level that only compiles when the level is really there.
set(proof_avx2 "_mm256_fmadd_ps(_mm256_cvtph_ps(_mm_setzero_si128()), _mm256_set1_ps(x), _mm256_set1_ps(x))")
set(proof_avx512 "_mm512_castps512_ps256(_mm512_roundscale_ps(_mm512_set1_ps(x), 0))")
set(proof_avx512vnni "_mm512_castps512_ps256(_mm512_cvtepi32_ps(_mm512_dpbusd_epi32(_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512())))")
set(proof_avx512bf16 "_mm512_castps512_ps256(_mm512_dpbf16_ps(_mm512_set1_ps(x), _mm512_cvtne2ps_pbh(_mm512_set1_ps(x), _mm512_set1_ps(x)), _mm512_cvtne2ps_pbh(_mm512_set1_ps(x), _mm512_set1_ps(x))))")

foreach(isa avx2 avx512 avx512vnni avx512bf16)
    list(JOIN TERN_ISA_FLAGS_${isa} " " CMAKE_REQUIRED_FLAGS)
    check_c_source_compiles("
        #include <immintrin.h>
        #ifndef __x86_64__
        #error another processor
        #endif
        int main(void) { volatile float x = 1; return (int)_mm256_cvtss_f32(${proof_${isa}}); }"
        TERN_HAS_${isa})
    if(TERN_HAS_${isa})
        target_compile_options(tern_options INTERFACE
            "$<$<COMPILE_LANGUAGE:C>:-DTERN_BUILT_${isa}(...)=__VA_ARGS__>")
    endif()
endforeach()
unset(CMAKE_REQUIRED_FLAGS)

# tern_isa_sources(<module target> <isa> [FLAGS flags...] SOURCES files...)
#
# Compile `files` for one level, into an object library <module target>_<isa> that joins the module's
# objects.  FLAGS adds to the level's own.  Link-time optimisation is off: it could move code of a wide
# level into functions that every machine runs.
function(tern_isa_sources module isa)
    cmake_parse_arguments(ARG "" "" "FLAGS;SOURCES" ${ARGN})
    if(NOT isa STREQUAL "ref" AND NOT TERN_HAS_${isa})
        return()
    endif()
    set(target ${module}_${isa})
    add_library(${target} OBJECT ${ARG_SOURCES})
    target_compile_options(${target} PRIVATE ${TERN_ISA_FLAGS_${isa}} ${ARG_FLAGS})
    set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
    set_property(GLOBAL APPEND PROPERTY ${module}_objects ${target})
endfunction()
