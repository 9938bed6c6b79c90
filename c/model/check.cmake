# Has SPIN explore MODEL whole with some definitions: check(ERRORS definitions...). An error is found soon, and the sizes
# of each build are small, so there the compiler has to be fast, and the table of states needs no quarter of a GB.
function(check result) # and the definitions
  set(optimize 0)
  if(result EQUAL 0 AND DEFINED ENV{BELFRY_WHOLE_MODEL})
    set(optimize 1)
  endif()
  set(table 24)
  if(result EQUAL 1)
    set(table 20)
  endif()
  file(REMOVE_RECURSE ${WORK})
  file(MAKE_DIRECTORY ${WORK})
  execute_process(COMMAND ${SPIN} -a ${ARGN} ${MODEL} WORKING_DIRECTORY ${WORK} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${CC} -O${optimize} -w -DSAFETY -DNOFAIR -DCOLLAPSE -o pan pan.c
    WORKING_DIRECTORY ${WORK} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ./pan -m200000 -w${table} WORKING_DIRECTORY ${WORK} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "errors: [0-9]+" errors "${output}")
  string(REGEX MATCH "[0-9]+ states, stored" states "${output}")
  message(STATUS "${ARGN}: ${errors}, ${states}")
  if(NOT errors STREQUAL "errors: ${result}")
    message(FATAL_ERROR "${result} expected:\n${output}")
  endif()
endfunction()
