# The preset release-all: builds what goes into the jar for every platform, each by a preset of its own, and lays it out
# under native/ of this build directory. Its tests read the result. On Debian; the compilers that are missing are named.

set(missing "")
foreach(arch IN ITEMS x86_64 aarch64)
  string(REPLACE "_" "-" package ${arch})
  set(debian_x86_64 amd64)
  set(debian_aarch64 arm64)
  find_program(compiler_${arch} ${arch}-linux-gnu-gcc)
  if(NOT compiler_${arch})
    list(APPEND missing "${arch}-linux-gnu-gcc (gcc-${package}-linux-gnu libc6-dev-${debian_${arch}}-cross)")
  endif()
  if(NOT EXISTS /usr/lib/${arch}-linux-musl/libc.a)
    list(APPEND missing "musl for ${arch} (musl-dev:${debian_${arch}})")
  endif()
  if(NOT EXISTS /usr/lib/${arch}-linux-gnu/libz.a)
    list(APPEND missing "zlib for ${arch} (zlib1g-dev:${debian_${arch}})")
  endif()
endforeach()
if(missing)
  list(JOIN missing "\n  " missing)
  message(FATAL_ERROR "Needed for all platforms, and not on this machine (in brackets Debian's packages; for those with "
    "the name of another architecture run dpkg --add-architecture first):\n  ${missing}")
endif()

# As in the preset that builds this, the directories lie side by side.
cmake_path(GET PROJECT_BINARY_DIR PARENT_PATH builds)
set(native "${PROJECT_BINARY_DIR}/native")
set(commands COMMAND ${CMAKE_COMMAND} -E rm -rf "${native}")
foreach(preset IN ITEMS x86_64 musl aarch64 musl-aarch64)
  set(platform linux-x86_64)
  if(preset MATCHES "aarch64")
    set(platform linux-aarch64)
  endif()
  set(load_shim "")
  if(preset MATCHES "musl")
    set(load_shim load_shim)
  endif()
  list(APPEND commands
    COMMAND ${CMAKE_COMMAND} --preset ${preset} --log-level=WARNING
    COMMAND ${CMAKE_COMMAND} --build --preset ${preset} --target belfry_bundle ${load_shim}
    COMMAND ${CMAKE_COMMAND} --install "${builds}/${preset}" --strip --component bundle --prefix
    "${native}/${platform}")
endforeach()
add_custom_target(natives ALL ${commands} WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}" VERBATIM)
install(DIRECTORY "${native}/" DESTINATION . USE_SOURCE_PERMISSIONS COMPONENT bundle)

enable_testing()
set(musl_x86_64 musl)
set(musl_aarch64 musl-aarch64)
foreach(arch IN ITEMS x86_64 aarch64)
  add_test(NAME release_${arch}
    COMMAND ${CMAKE_COMMAND} -DREADELF=${CMAKE_READELF} -DPROCESSOR=${arch} -DNATIVE=${native}/linux-${arch}
    -P ${CMAKE_CURRENT_LIST_DIR}/../tests/release_test.cmake)
  set(emulator "")
  if(NOT CMAKE_HOST_SYSTEM_PROCESSOR STREQUAL arch)
    find_program(emulator_${arch} qemu-${arch}-static)
    set(emulator ${emulator_${arch}})
  endif()
  if(emulator MATCHES "NOTFOUND")
    add_test(NAME shim_loads_under_musl_${arch}
      COMMAND ${CMAKE_COMMAND} -E echo "belfry: skipped: this machine has no qemu-${arch}-static")
  else()
    add_test(NAME shim_loads_under_musl_${arch}
      COMMAND ${emulator} ${builds}/${musl_${arch}}/tests/load_shim ${native}/linux-${arch}/libbelfry.so)
  endif()
  set_tests_properties(shim_loads_under_musl_${arch} PROPERTIES SKIP_REGULAR_EXPRESSION "belfry: skipped: ")
endforeach()
