# SPDX-License-Identifier: Apache-2.0
# The version stands in include/tern/base.h and nowhere else.
function(tern_read_version out)
    set(text "")
    foreach(part MAJOR MINOR PATCH)
        file(STRINGS ${CMAKE_CURRENT_SOURCE_DIR}/include/tern/base.h line
             REGEX "^#define TERN_VERSION_${part} [0-9]+$")
        string(REGEX REPLACE ".* " "" number "${line}")
        list(APPEND text ${number})
    endforeach()
    list(JOIN text "." text)
    set(${out} ${text} PARENT_SCOPE)
endfunction()
