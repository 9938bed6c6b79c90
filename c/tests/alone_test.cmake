# Copies ${SOURCE} alone to a path with a space in it, and builds and installs it there by the preset release, without a
# JDK (the PATH has all programs that it had but Java's), without zlib and as on a machine without sqlite3.h: the worker
# zlib and the example with SQLite are left out, and their tests skipped.
execute_process(COMMAND mktemp -d OUTPUT_VARIABLE work OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(copy "${work}/a b/c")
file(COPY "${SOURCE}/" DESTINATION "${copy}" PATTERN build EXCLUDE)

file(MAKE_DIRECTORY "${work}/bin")
string(REPLACE ":" ";" directories "$ENV{PATH}")
foreach(directory IN LISTS directories)
  file(GLOB programs "${directory}/[a-z]*") # without "[", which CMake's lists don't take
  foreach(program IN LISTS programs)
    cmake_path(GET program FILENAME name)
    if(NOT name MATCHES "^java" AND NOT EXISTS "${work}/bin/${name}")
      file(CREATE_LINK "${program}" "${work}/bin/${name}" SYMBOLIC)
    endif()
  endforeach()
endforeach()
set(ENV{PATH} "${work}/bin")
unset(ENV{JAVA_HOME})
unset(ENV{BELFRY_BUILD_PREFIX})

function(run)
  execute_process(COMMAND ${ARGV} WORKING_DIRECTORY "${copy}" COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Without a JDK the shim is left out, but a shim that is asked for is an error.
run(${CMAKE_COMMAND} --preset release)
load_cache("${copy}/build/release" READ_WITH_PREFIX found_ BELFRY_JNI)
if(found_BELFRY_JNI)
  message(FATAL_ERROR "BELFRY_JNI is ${found_BELFRY_JNI} without a JDK")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} --preset release -DBELFRY_JNI=ON WORKING_DIRECTORY "${copy}"
  RESULT_VARIABLE result OUTPUT_QUIET ERROR_VARIABLE error)
if(result EQUAL 0 OR NOT error MATCHES "set JAVA_HOME to a JDK")
  message(FATAL_ERROR "BELFRY_JNI=ON without a JDK: ${result}: ${error}")
endif()

run(${CMAKE_COMMAND} --preset release -DBELFRY_JNI=OFF -DBELFRY_ZLIB=OFF -DCMAKE_DISABLE_FIND_PACKAGE_SQLite3=ON)
run(${CMAKE_COMMAND} --build --preset release)
if(NOT EXISTS "${copy}/build/release/workers/echo" OR EXISTS "${copy}/build/release/workers/zlib")
  message(FATAL_ERROR "not all workers but zlib are built")
endif()
if(NOT EXISTS "${copy}/build/release/tests/crash" OR EXISTS "${copy}/build/release/tests/sqlite_worker")
  message(FATAL_ERROR "not all test programs but sqlite_worker are built")
endif()
execute_process(COMMAND ${CTEST} --test-dir "${copy}/build/release" -R "^(zlib|sqlite)$" OUTPUT_VARIABLE output
  COMMAND_ERROR_IS_FATAL ANY)
if(NOT output MATCHES "zlib \\(Skipped\\)" OR NOT output MATCHES "sqlite \\(Skipped\\)")
  message(FATAL_ERROR "${output}")
endif()
run(${CMAKE_COMMAND} --install build/release --prefix "${work}/in stalled")
file(WRITE "${work}/hello.txt" "hello")
run("${work}/in stalled/libexec/belfry/test_mmap_read" "${work}/hello.txt")
file(REMOVE_RECURSE "${work}")
