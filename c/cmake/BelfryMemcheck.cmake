# Runs the tests under valgrind: every program that a test names, and the workers that this starts.

option(BELFRY_MEMCHECK "Run the tests under valgrind's memcheck" OFF)
set(BELFRY_TEST_SECONDS 60) # how long a test may take
if(NOT BELFRY_MEMCHECK)
  return()
endif()

find_program(BELFRY_VALGRIND valgrind)
if(NOT BELFRY_VALGRIND)
  set(BELFRY_TESTS OFF)
  add_test(NAME memcheck COMMAND ${CMAKE_COMMAND} -E echo "belfry: skipped: this machine has no valgrind")
  set_tests_properties(memcheck PROPERTIES SKIP_REGULAR_EXPRESSION "belfry: skipped: ")
  return()
endif()

set(BELFRY_TEST_SECONDS 300)
# CTest puts it before each command that is a target of the build.
set(CMAKE_CROSSCOMPILING_EMULATOR "${CMAKE_CURRENT_LIST_DIR}/memcheck.sh")
file(WRITE "${PROJECT_BINARY_DIR}/CTestCustom.cmake" [[
set(CTEST_CUSTOM_TESTS_IGNORE
  # Under valgrind a child that shares the memory (CLONE_VM | CLONE_VFORK) is a forked one, so it can't report its
  # failure, and the program that it starts has valgrind's descriptors, signals and environment.
  spawn spawn_without_close_range spawn_descriptors spawn_descriptors_without_close_range keeper
  keeper_without_group_pidfds
  # These run no program of this build.
  shim_symbols hardening install package_find_package package_pkg_config package_cxx package_add_subdirectory
  package_fetch_content parent_add_subdirectory parent_fetch_content cpack_TGZ cpack_DEB alone doorbells_model
  withdrawal_model moves_model keeper_model
  # It has ASan.
  requests_fuzz)
]])
