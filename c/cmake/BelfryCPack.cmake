# cpack -G "TGZ;DEB", in the build directory: what is installed, as belfry-sdk-VERSION-linux-ARCH.tar.gz and as a Debian
# package. The presets sdk-x86_64 and sdk-aarch64 build for every glibc since 2.17.

set(BELFRY_COMMAND "" CACHE FILEPATH "belfry-VERSION.tar.gz, which java/cli makes: the packages get the command belfry")
if(BELFRY_COMMAND AND NOT EXISTS "${BELFRY_COMMAND}")
  message(FATAL_ERROR "BELFRY_COMMAND: there is no ${BELFRY_COMMAND}")
endif()

set(CPACK_PACKAGE_NAME belfry-sdk)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR Belfry)
set(CPACK_PACKAGE_CONTACT "The Belfry authors <belfry@users.noreply.github.com>")
set(CPACK_PACKAGE_HOMEPAGE_URL "https://github.com/belfry/belfry")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "native worker processes beside a JVM: C library and programs")
set(CPACK_PACKAGE_DESCRIPTION "Belfry runs native worker processes beside a JVM, which hands them
requests through shared memory. This package has what a worker in C or C++ is
built with: headers, the library libbelfry_worker.a, and the files of CMake's
find_package(Belfry) and of pkg-config belfry-worker; the program belfry-host,
which runs a shared object as a worker; and workers that are ready for use.")
set(CPACK_PACKAGE_FILE_NAME "belfry-sdk-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_GENERATOR TGZ)
set(CPACK_SOURCE_GENERATOR "") # git archive makes one

set(debian_x86_64 amd64)
set(debian_aarch64 arm64)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE "${debian_${CMAKE_SYSTEM_PROCESSOR}}")
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
if(BELFRY_BUNDLE STREQUAL "glibc")
  set(CPACK_DEBIAN_PACKAGE_DEPENDS "libc6 (>= 2.17), zlib1g (>= 1:1.2.3)")
else()
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libc6-dev")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "cmake (>= 3.16), pkg-config")
if(BELFRY_COMMAND)
  string(APPEND CPACK_DEBIAN_PACKAGE_RECOMMENDS ", default-jre-headless (>= 2:1.17) | java17-runtime-headless")
endif()

# Adds the command and the documents.
set(CPACK_PRE_BUILD_SCRIPTS "${CMAKE_CURRENT_LIST_DIR}/cpack/complete.cmake")
set(CPACK_BELFRY_COMMAND "${BELFRY_COMMAND}")
set(CPACK_BELFRY_SOURCE "${PROJECT_SOURCE_DIR}")
include(CPack)
