# SPIN has to find no error in doorbells.pml, in any state, and one in each broken form of it. With BELFRY_WHOLE_MODEL in
# the environment also in sizes that take minutes.
if(NOT SPIN)
  message(STATUS "belfry: skipped: this machine has no spin (Debian: apt install spin)")
  return()
endif()
set(submits -DSUBMITS=2 -DCALLS=0 -DREQUEST_ROOM=2 -DREPLY_ROOM=1 -DCRASHES=0)
set(calls -DSUBMITS=1 -DCALLS=1 -DREQUEST_ROOM=2 -DREPLY_ROOM=1 -DCRASHES=0)
set(two_calls -DSUBMITS=0 -DCALLS=2 -DREQUEST_ROOM=2 -DREPLY_ROOM=1 -DCRASHES=0)
set(mixed -DSEQUENTIAL ${calls})
set(narrow -DSEQUENTIAL -DSUBMITS=1 -DCALLS=1 -DREQUEST_ROOM=1 -DREPLY_ROOM=1 -DCRASHES=0)
set(crash -DSEQUENTIAL -DSUBMITS=1 -DCALLS=0 -DREQUEST_ROOM=1 -DREPLY_ROOM=1 -DCRASHES=1)

function(check result) # and the definitions
  file(REMOVE_RECURSE ${WORK})
  file(MAKE_DIRECTORY ${WORK})
  execute_process(COMMAND ${SPIN} -a ${ARGN} ${MODEL} WORKING_DIRECTORY ${WORK} OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${CC} -O1 -w -DSAFETY -DNOFAIR -DCOLLAPSE -o pan pan.c
    WORKING_DIRECTORY ${WORK} COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ./pan -m20000 -w24 WORKING_DIRECTORY ${WORK} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "errors: [0-9]+" errors "${output}")
  string(REGEX MATCH "[0-9]+ states, stored" states "${output}")
  message(STATUS "${ARGN}: ${errors}, ${states}")
  if(NOT errors STREQUAL "errors: ${result}")
    message(FATAL_ERROR "${result} expected:\n${output}")
  endif()
endfunction()

check(0 ${submits})
# Death has nothing to do with the order in which stores are seen, so there each is seen at once.
check(0 ${crash})
if(DEFINED ENV{BELFRY_WHOLE_MODEL})
  check(0 ${two_calls})
  check(0 ${mixed})
  check(1 ${narrow} -DROOM_AWAITED_WITH_LOCK)
endif()
foreach(broken IN ITEMS FENCE_BEFORE_SLEEP LOOK_BEFORE_SLEEP FENCE_AFTER_REQUEST FENCE_AFTER_REPLY FENCE_IN_SLEEP
    LOOK_IN_SLEEP RING_AFTER_RELEASE FENCE_AFTER_RELEASE)
  check(1 ${submits} -DWITHOUT_${broken})
endforeach()
check(1 ${submits} -DONE_NUMBER_FOR_ALL_WAITS)
foreach(broken IN ITEMS WITHOUT_FENCE_IN_HAND_BACK WITHOUT_LOOK_IN_HAND_BACK LOCK_FREED_AFTER_LOOK)
  check(1 ${calls} -D${broken})
endforeach()
check(1 ${mixed} -DWITHOUT_HAND_BACK_OF_SUCCESS)
foreach(broken IN ITEMS WITHOUT_WAKE_OF_NEW_LIFE WITHOUT_RING_AFTER_READY WITHOUT_LAST_REPLIES WOKEN_BEFORE_CURRENT
    BURIED_WITHOUT_LOCK)
  check(1 ${crash} -D${broken})
endforeach()
