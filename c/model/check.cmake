# Has SPIN explore MODEL whole with some definitions: check(ERRORS definitions...). An error is found soon, so there
# it's the compiler that has to be fast.
function(check result) # and the definitions
  if(result EQUAL 0)
    set(optimize 1)
  else()
    set(optimize 0)
  endif()
  file(REMOVE_RECURSE ${WORK})
  file(MAKE_DIRECTORY ${WORK})
  execute_process(COMMAND ${SPIN} -a ${ARGN} ${MODEL} WORKING_DIRECTORY ${WORK} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${CC} -O${optimize} -w -DSAFETY -DNOFAIR -DCOLLAPSE -o pan pan.c
    WORKING_DIRECTORY ${WORK} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ./pan -m200000 -w24 WORKING_DIRECTORY ${WORK} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "errors: [0-9]+" errors "${output}")
  string(REGEX MATCH "[0-9]+ states, stored" states "${output}")
  message(STATUS "${ARGN}: ${errors}, ${states}")
  if(NOT errors STREQUAL "errors: ${result}")
    message(FATAL_ERROR "${result} expected:\n${output}")
  endif()
endfunction()
