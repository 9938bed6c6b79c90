# SPIN has to find no error in any state of keeper.pml, and an error in each broken form of it. With BELFRY_WHOLE_MODEL
# in the environment it also explores a size that takes minutes.
include(${CMAKE_CURRENT_LIST_DIR}/check.cmake)
set(closed -DPROGRAMS=2 -DKILLS=0 -DCLOSES=1)
set(killed -DPROGRAMS=2 -DKILLS=1 -DCLOSES=0)

check(0 ${closed})
check(0 ${killed} -DLASTING)
check(0 -DPROGRAMS=1 -DKILLS=2 -DCLOSES=1)
if(DEFINED ENV{BELFRY_WHOLE_MODEL})
  check(0 ${killed})
endif()
check(1 ${closed} -DWITHOUT_HOLD)
check(1 ${closed} -DLET_IN_AT_END)
check(1 -DPROGRAMS=2 -DKILLS=0 -DCLOSES=0 -DSELF_END)
foreach(broken IN ITEMS WITHOUT_LOOK LOOKED_BEFORE_LISTED CURRENT_AFTER_TAKEN REPLACED_ONCE WITHOUT_USERS)
  check(1 ${killed} -D${broken})
endforeach()
