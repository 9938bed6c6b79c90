# Installs what a build elsewhere needs: the library, its headers, the files of find_package(Belfry) and of pkg-config
# belfry-worker. These find the prefix relative to themselves, so the installed tree may be moved.

include(CMakePackageConfigHelpers)
set(BELFRY_CMAKEDIR "${CMAKE_INSTALL_LIBDIR}/cmake/Belfry")
set(BELFRY_PKGCONFIGDIR "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

install(TARGETS belfry_worker belfry_module EXPORT Belfry
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT headers)
install(EXPORT Belfry NAMESPACE belfry:: FILE BelfryTargets.cmake DESTINATION "${BELFRY_CMAKEDIR}")

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/BelfryConfig.cmake.in" BelfryConfig.cmake
  INSTALL_DESTINATION "${BELFRY_CMAKEDIR}" NO_SET_AND_CHECK_MACRO)
# Before 1.0 a new minor version may change the headers.
write_basic_package_version_file(BelfryConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  "${CMAKE_CURRENT_BINARY_DIR}/BelfryConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/BelfryConfigVersion.cmake"
  DESTINATION "${BELFRY_CMAKEDIR}")

# ${pcfiledir} is the directory in which pkg-config found the file; the prefix is as many levels above it as the library
# directory is deep. An absolute CMAKE_INSTALL_LIBDIR or CMAKE_INSTALL_INCLUDEDIR stays absolute.
file(RELATIVE_PATH pc_to_prefix "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
string(REGEX REPLACE "/$" "" pc_prefix "\${pcfiledir}/${pc_to_prefix}")
cmake_path(APPEND pc_libdir "\${prefix}" "${CMAKE_INSTALL_LIBDIR}")
cmake_path(APPEND pc_includedir "\${prefix}" "${CMAKE_INSTALL_INCLUDEDIR}")
configure_file("${CMAKE_CURRENT_LIST_DIR}/belfry-worker.pc.in" belfry-worker.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/belfry-worker.pc" DESTINATION "${BELFRY_PKGCONFIGDIR}")
