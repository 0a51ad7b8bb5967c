# SPDX-License-Identifier: Apache-2.0
# The one list of warnings, for gcc and clang; other compilers keep their own.
add_library(tern_warnings INTERFACE)
if(CMAKE_C_COMPILER_ID MATCHES "^(GNU|Clang|AppleClang)$")
    target_compile_options(tern_warnings INTERFACE
        -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
        -Wundef -Wvla -Wcast-qual -Wformat=2 -Wdouble-promotion -Wswitch-enum
        -Werror=implicit-function-declaration)
    if(TERN_WERROR)
        target_compile_options(tern_warnings INTERFACE -Werror)
    endif()
endif()
