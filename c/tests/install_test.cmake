# Installs the build into an empty directory, moves that to ${PREFIX} and uses it there.
file(REMOVE_RECURSE ${PREFIX} ${PREFIX}-first ${PREFIX}-bundle)
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX}-first OUTPUT_QUIET
  COMMAND_ERROR_IS_FATAL ANY)
file(RENAME ${PREFIX}-first ${PREFIX})

file(WRITE ${PREFIX}/hello.txt "www.vimer.cn")
execute_process(COMMAND ${PREFIX}/libexec/belfry/test_mmap_read ${PREFIX}/hello.txt OUTPUT_VARIABLE output
  COMMAND_ERROR_IS_FATAL ANY)
if(NOT output STREQUAL "www.vimer.cn\n")
  message(FATAL_ERROR "test_mmap_read printed '${output}'")
endif()

set(texts include/belfry/layout.h include/belfry/version.h include/belfry/worker.h include/belfry/worker.hpp
  ${LIBDIR}/cmake/Belfry/BelfryConfig.cmake ${LIBDIR}/cmake/Belfry/BelfryConfigVersion.cmake
  ${LIBDIR}/cmake/Belfry/BelfryTargets.cmake ${LIBDIR}/pkgconfig/belfry-worker.pc)
if(JNI)
  set(shim ${LIBDIR}/belfry/libbelfry.so)
endif()
foreach(file IN LISTS texts shim ITEMS libexec/belfry/test_signal_recv bin/belfry-host ${LIBDIR}/libbelfry_worker.a)
  if(NOT EXISTS ${PREFIX}/${file})
    message(FATAL_ERROR "${file} is not installed")
  endif()
endforeach()

# What CMake has generated doesn't require a newer CMake of the user than Belfry's documents say.
file(READ ${PREFIX}/${LIBDIR}/cmake/Belfry/BelfryTargets.cmake text)
string(REGEX MATCHALL "[0-9.]+ (required|or greater)" required "${text}")
if(NOT required)
  message(FATAL_ERROR "BelfryTargets.cmake requires no version, so nothing was checked")
endif()
foreach(version IN LISTS required)
  string(REGEX REPLACE " .*" "" version "${version}")
  if(version VERSION_GREATER 3.16)
    message(FATAL_ERROR "BelfryTargets.cmake requires CMake ${version}")
  endif()
endforeach()

# CMake before 3.23 knows no file sets, so it has the headers' directory from this property alone.
if(NOT text MATCHES "set_target_properties\\(belfry::worker PROPERTIES[^)]*INTERFACE_INCLUDE_DIRECTORIES")
  message(FATAL_ERROR "BelfryTargets.cmake names no directory of headers for belfry::worker")
endif()

# In a PATH it shadows no other program.
file(GLOB programs RELATIVE ${PREFIX}/bin ${PREFIX}/bin/*)
if(NOT programs STREQUAL "belfry-host")
  message(FATAL_ERROR "bin has ${programs}")
endif()

# A file that names the build's or the installation's directory would break by the move.
foreach(file IN LISTS texts)
  file(READ ${PREFIX}/${file} text)
  foreach(directory IN ITEMS ${BUILD} ${SOURCE} ${PREFIX}-first)
    string(FIND "${text}" "${directory}" found)
    if(NOT found EQUAL -1)
      message(FATAL_ERROR "${file} names ${directory}")
    endif()
  endforeach()
endforeach()

# The bundle for the jar has programs and the shim, and in musl/ what is for musl only.
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX}-bundle --component bundle OUTPUT_QUIET
  COMMAND_ERROR_IS_FATAL ANY)
file(GLOB_RECURSE bundled RELATIVE ${PREFIX}-bundle ${PREFIX}-bundle/*)
foreach(file IN LISTS bundled)
  if(file MATCHES "\\.(a|h|pc|cmake)$" OR file MATCHES "/" AND NOT file STREQUAL "musl/belfry-host")
    message(FATAL_ERROR "${file} is in the bundle")
  endif()
endforeach()
