# Builds the examples as a user does, against what is installed in ${PREFIX} and with nothing of this build but the
# compiler: by ${WAY}, which is find_package, pkg_config or cxx. Then runs what came out of it.
set(c_flags -std=c11 -Wall -Wextra -Wpedantic -Werror)
set(cxx_flags -std=c++17 -Wall -Wextra -Wpedantic -Werror)
if(SANITIZE)
  # The library has calls into the sanitizer's runtime.
  list(APPEND c_flags -fsanitize=${SANITIZE})
  list(APPEND cxx_flags -fsanitize=${SANITIZE})
endif()

# Matched by SKIP_REGULAR_EXPRESSION.
macro(skip_without tool package)
  if(NOT ${tool})
    message(STATUS "belfry: skipped: this machine has no ${package} (Debian: apt install ${package})")
    file(REMOVE_RECURSE ${WORK})
    return()
  endif()
endmacro()

function(run)
  execute_process(COMMAND ${ARGV} WORKING_DIRECTORY ${WORK} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# Without a master a worker says so in one line and ends with 2.
function(expect_by_hand)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env --unset=BELFRY_VERSION ${ARGV}
    WORKING_DIRECTORY ${WORK} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE error)
  message(STATUS "${ARGV}: ${result}: ${output}${error}")
  if(NOT result EQUAL 2 OR NOT output STREQUAL "" OR NOT error MATCHES "^[^\n]+\n$" OR error MATCHES "\\.so")
    message(FATAL_ERROR "that is not the one line and the exit status 2 of a worker without a master")
  endif()
endfunction()

function(pkg_config result)
  set(ENV{PKG_CONFIG_PATH} ${PREFIX}/${LIBDIR}/pkgconfig)
  execute_process(COMMAND ${PKG_CONFIG} ${ARGN} OUTPUT_VARIABLE output OUTPUT_STRIP_TRAILING_WHITESPACE
    COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(output UNIX_COMMAND "${output}")
  set(${result} "${output}" PARENT_SCOPE)
endfunction()

# Away from this repository, as a user's project is.
execute_process(COMMAND mktemp -d OUTPUT_VARIABLE WORK OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(COPY ${CMAKE_CURRENT_LIST_DIR}/../examples/ ${CMAKE_CURRENT_LIST_DIR}/package_worker.cpp DESTINATION ${WORK})

if(WAY STREQUAL "find_package")
  list(JOIN c_flags " " flags)
  run(${CMAKE_COMMAND} -S . -B build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${PREFIX} -DCMAKE_C_COMPILER=${CC}
    "-DCMAKE_C_FLAGS=${flags}")
  run(${CMAKE_COMMAND} --build build)
  expect_by_hand(build/worker)
  expect_by_hand(${PREFIX}/bin/belfry-host build/module.so)
elseif(WAY STREQUAL "pkg_config")
  skip_without(PKG_CONFIG pkg-config)
  pkg_config(version --modversion belfry-worker)
  if(NOT version STREQUAL VERSION)
    message(FATAL_ERROR "belfry-worker.pc has the version ${version} and not ${VERSION}")
  endif()
  pkg_config(needed --cflags --libs belfry-worker)
  run(${CC} ${c_flags} worker.c ${needed} -o worker)
  expect_by_hand(./worker)
  pkg_config(needed --cflags belfry-worker)
  run(${CC} ${c_flags} -shared -fPIC module.c ${needed} -o module.so)
  expect_by_hand(${PREFIX}/bin/belfry-host module.so)
else()
  skip_without(CXX g++)
  # The words that belfry-worker.pc has, so that this test needs no pkg-config.
  set(includes -I${PREFIX}/include)
  run(${CXX} ${cxx_flags} package_worker.cpp ${includes} -L${PREFIX}/${LIBDIR} -lbelfry_worker -pthread -o worker)
  expect_by_hand(./worker)
  run(${CXX} ${cxx_flags} -fvisibility=hidden -shared -fPIC package_worker.cpp ${includes} -o module.so)
  expect_by_hand(${PREFIX}/bin/belfry-host module.so)
endif()
file(REMOVE_RECURSE ${WORK})
