# SPDX-License-Identifier: Apache-2.0
# What every translation unit of ours is compiled with, as the interface target tern_options.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g") # CMake's own adds NDEBUG, which is not for tests

find_package(Threads REQUIRED)

add_library(tern_options INTERFACE)
target_include_directories(tern_options INTERFACE
    ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
target_compile_options(tern_options INTERFACE
    # fused multiply-add is written where it is wanted, so numbers do not depend on the compiler
    -ffp-contract=off -fno-math-errno
    # no path of the build machine in messages, nor in what is installed
    -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=
    $<$<CONFIG:Release>:-fdebug-prefix-map=${PROJECT_SOURCE_DIR}/=>)
target_compile_definitions(tern_options INTERFACE
    $<$<BOOL:${TERN_DEBUG}>:TERN_DEBUG=1> $<$<BOOL:${TERN_STRESS}>:TERN_STRESS=1>)
target_link_libraries(tern_options INTERFACE tern_warnings)

# Sanitizers go to everything that is linked together, tests included.
if(TERN_SANITIZE)
    add_compile_options(-fsanitize=${TERN_SANITIZE} -fno-sanitize-recover=all
                        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${TERN_SANITIZE})
endif()
if(TERN_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
