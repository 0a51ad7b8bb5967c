# SPDX-License-Identifier: Apache-2.0
# Libraries are lists of modules; the module x is the object library tern_x that src/x makes.

# tern_library(<name> modules...)
#
# Make lib<name>.so from modules, and <name>_internal, a static library of the same objects for tests
# that look inside.
function(tern_library name)
    set(objects "")
    set(is_whole TRUE)
    foreach(module ${ARGN})
        get_property(parts GLOBAL PROPERTY tern_${module}_objects)
        if(TARGET tern_${module}_core) # the module's own name is taken by a library: runtime
            list(APPEND parts tern_${module}_core)
        elseif(TARGET tern_${module})
            list(APPEND parts tern_${module})
        else()
            set(is_whole FALSE)
        endif()
        foreach(part ${parts})
            list(APPEND objects $<TARGET_OBJECTS:${part}>)
        endforeach()
    endforeach()
    add_library(${name} SHARED ${objects})
    add_library(${name}_internal STATIC EXCLUDE_FROM_ALL ${objects})
    set_target_properties(${name} PROPERTIES
        VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINKER_LANGUAGE C)
    set_target_properties(${name}_internal PROPERTIES LINKER_LANGUAGE C)
    # pool workers outlive a dlclose, so the code has to stay
    target_link_options(${name} PRIVATE -Wl,-z,nodelete -Wl,-z,now -Wl,-z,relro -Wl,--as-needed)
    if(is_whole AND NOT TERN_SANITIZE)
        target_link_options(${name} PRIVATE -Wl,-z,defs)
    endif()
    target_include_directories(${name} PUBLIC
        $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    foreach(target ${name} ${name}_internal)
        target_link_libraries(${target} PRIVATE m ${CMAKE_DL_LIBS} Threads::Threads)
    endforeach()
    add_library(Tern::${name} ALIAS ${name})
endfunction()
