# SPDX-License-Identifier: Apache-2.0
# Install: public headers, the shared libraries, and how to find them (CMake package, pkg-config).
include(CMakePackageConfigHelpers)

set(tern_libraries tern_runtime)
if(NOT TERN_LEAN)
    list(APPEND tern_libraries tern)
endif()
set_target_properties(tern_runtime PROPERTIES EXPORT_NAME runtime)

install(TARGETS ${tern_libraries} EXPORT TernTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/tern DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.h" PATTERN "*.def")

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Tern)
install(EXPORT TernTargets NAMESPACE Tern:: DESTINATION ${package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/TernConfig.cmake.in TernConfig.cmake
    INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(TernConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/TernConfig.cmake ${PROJECT_BINARY_DIR}/TernConfigVersion.cmake
    DESTINATION ${package_dir})

# relative to the file itself, so that an install may be moved or get its prefix late
file(RELATIVE_PATH TERN_PC_INCLUDE
    /${CMAKE_INSTALL_LIBDIR}/pkgconfig /${CMAKE_INSTALL_INCLUDEDIR})
foreach(TERN_PC_LIBRARY ${tern_libraries})
    configure_file(${PROJECT_SOURCE_DIR}/cmake/tern.pc.in ${TERN_PC_LIBRARY}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${TERN_PC_LIBRARY}.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
