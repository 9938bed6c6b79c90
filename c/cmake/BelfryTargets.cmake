# The properties that all targets of the project have, without global flags.

option(BELFRY_WERROR "Treat compiler warnings as errors" OFF)
set(BELFRY_SANITIZE "" CACHE STRING "Value of -fsanitize for every target, e.g. address,undefined")

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release or RelWithDebInfo" FORCE)
endif()

function(belfry_target name)
  set_target_properties(${name} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_VISIBILITY_PRESET hidden)
  target_compile_definitions(${name} PRIVATE _GNU_SOURCE $<$<BOOL:${BELFRY_MEMCHECK}>:BELFRY_MEMCHECK>)
  target_compile_options(${name} PRIVATE
    -Wall -Wextra -Wconversion -Wshadow -Wundef -Wformat=2 -Wcast-align -Wpointer-arith -Wwrite-strings -Wvla
    -Wstrict-prototypes -Wold-style-definition -Wmissing-prototypes
    $<$<BOOL:${BELFRY_WERROR}>:-Werror>
    # Two builds of one commit are the same bytes, wherever they are made.
    "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=c"
    "-ffile-prefix-map=${PROJECT_BINARY_DIR}=build")
  target_link_options(${name} PRIVATE -Wl,--build-id=none)
  if(BELFRY_SANITIZE)
    target_compile_options(${name} PRIVATE "-fsanitize=${BELFRY_SANITIZE}" -fno-sanitize-recover=all
      -fno-omit-frame-pointer)
    target_link_options(${name} PRIVATE "-fsanitize=${BELFRY_SANITIZE}")
  endif()
endfunction()
