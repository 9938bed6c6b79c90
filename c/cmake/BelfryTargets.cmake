# The properties that all targets of the project have, without global flags.

option(BELFRY_WERROR "Treat compiler warnings as errors" OFF)
set(BELFRY_BUNDLE all CACHE STRING "What the component bundle holds: all that is built here; or, for a jar made of \
several builds, glibc (the shim, and a belfry-host for every glibc since 2.17) or musl (static programs, and \
a belfry-host for musl)")
set_property(CACHE BELFRY_BUNDLE PROPERTY STRINGS all glibc musl)
set(BELFRY_SANITIZE "" CACHE STRING "Value of -fsanitize for every target, e.g. address,undefined")

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Debug, Release or RelWithDebInfo" FORCE)
endif()

# What an overflow in C should meet; tests/hardening.cmake reads the result. Not beside sanitizers, which find the same
# and more, and don't see the calls that FORTIFY_SOURCE replaces.
function(belfry_harden name)
  target_compile_options(${name} PRIVATE -fstack-protector-strong -fstack-clash-protection -U_FORTIFY_SOURCE)
  if(NOT "NO_FORTIFY" IN_LIST ARGN)
    target_compile_options(${name} PRIVATE $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
  endif()
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    target_compile_options(${name} PRIVATE -fcf-protection)
  elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
    target_compile_options(${name} PRIVATE -mbranch-protection=standard)
  endif()
  target_link_options(${name} PRIVATE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endfunction()

# belfry_target(TARGET [NO_FORTIFY] [DYNAMIC]). NO_FORTIFY: it has to load under every libc. DYNAMIC: it loads shared
# objects; other programs are static in a build for musl.
function(belfry_target name)
  set_target_properties(${name} PROPERTIES C_STANDARD 11 C_STANDARD_REQUIRED ON C_VISIBILITY_PRESET hidden
    POSITION_INDEPENDENT_CODE ON
    # Not where a project around this one puts its own, which may have the same names.
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  target_compile_definitions(${name} PRIVATE _GNU_SOURCE $<$<BOOL:${BELFRY_MEMCHECK}>:BELFRY_MEMCHECK>)
  target_compile_options(${name} PRIVATE
    -Wall -Wextra -Wconversion -Wshadow -Wundef -Wformat=2 -Wcast-align -Wpointer-arith -Wwrite-strings -Wvla
    -Wstrict-prototypes -Wold-style-definition -Wmissing-prototypes
    $<$<BOOL:${BELFRY_WERROR}>:-Werror>
    # Two builds of one commit are the same bytes, wherever they are made.
    "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=c"
    "-ffile-prefix-map=${PROJECT_BINARY_DIR}=build")
  target_link_options(${name} PRIVATE -Wl,--build-id=none)
  get_target_property(type ${name} TYPE)
  if(type STREQUAL "EXECUTABLE")
    target_link_options(${name} PRIVATE -pie)
    if(BELFRY_BUNDLE STREQUAL "musl" AND NOT "DYNAMIC" IN_LIST ARGN)
      target_link_options(${name} PRIVATE ${BELFRY_STATIC_PIE})
    endif()
  endif()
  if(BELFRY_SANITIZE)
    target_compile_options(${name} PRIVATE "-fsanitize=${BELFRY_SANITIZE}" -fno-sanitize-recover=all
      -fno-omit-frame-pointer)
    target_link_options(${name} PRIVATE "-fsanitize=${BELFRY_SANITIZE}")
  else()
    belfry_harden(${name} ${ARGN})
  endif()
endfunction()

# Goes into the jar by the component bundle.
function(belfry_into_jar name directory)
  if(BELFRY_INSTALL)
    install(TARGETS ${name}
      RUNTIME DESTINATION ${directory} COMPONENT bundle EXCLUDE_FROM_ALL
      LIBRARY DESTINATION ${directory} COMPONENT bundle EXCLUDE_FROM_ALL)
  endif()
  set_property(GLOBAL APPEND PROPERTY belfry_bundled ${name})
endfunction()

# The same for a program that is for every libc.
function(belfry_bundle name)
  if(NOT BELFRY_BUNDLE STREQUAL "glibc")
    belfry_into_jar(${name} .)
  endif()
endfunction()
