# Builds ${SOURCE} in ${WORK} without zlib, and as on a machine without sqlite3.h: without the worker zlib and the example
# with SQLite, whose tests are skipped.
file(REMOVE_RECURSE ${WORK})
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

run(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK} -DCMAKE_BUILD_TYPE=Debug -DBELFRY_WERROR=ON -DBELFRY_JNI=OFF
  -DBELFRY_ZLIB=OFF -DCMAKE_DISABLE_FIND_PACKAGE_SQLite3=ON)
run(${CMAKE_COMMAND} --build ${WORK} --parallel 2)
if(NOT EXISTS ${WORK}/workers/echo OR EXISTS ${WORK}/workers/zlib)
  message(FATAL_ERROR "not all workers but zlib are built")
endif()
if(NOT EXISTS ${WORK}/tests/crash OR EXISTS ${WORK}/tests/sqlite_worker)
  message(FATAL_ERROR "not all test programs but sqlite_worker are built")
endif()
execute_process(COMMAND ${CTEST} --test-dir ${WORK} -R "^(zlib|sqlite)$" OUTPUT_VARIABLE output
  COMMAND_ERROR_IS_FATAL ANY)
if(NOT output MATCHES "zlib \\(Skipped\\)" OR NOT output MATCHES "sqlite \\(Skipped\\)")
  message(FATAL_ERROR "${output}")
endif()
file(REMOVE_RECURSE ${WORK})
