# Installs the build into an empty directory and uses what is there.
file(REMOVE_RECURSE ${PREFIX})
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)

file(WRITE ${PREFIX}/hello.txt "www.vimer.cn")
execute_process(COMMAND ${PREFIX}/bin/test_mmap_read ${PREFIX}/hello.txt OUTPUT_VARIABLE output
  COMMAND_ERROR_IS_FATAL ANY)
if(NOT output STREQUAL "www.vimer.cn\n")
  message(FATAL_ERROR "test_mmap_read printed '${output}'")
endif()

foreach(file IN ITEMS bin/test_signal_recv include/belfry/version.h ${LIBDIR}/belfry/libbelfry.so)
  if(NOT EXISTS ${PREFIX}/${file})
    message(FATAL_ERROR "${file} is not installed")
  endif()
endforeach()
