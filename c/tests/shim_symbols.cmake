# The shim exports JNI_OnLoad and nothing else, and needs no symbol newer than glibc 2.28, so it
# loads on every distribution that has a kernel of 5.10.
execute_process(COMMAND ${READELF} --dyn-syms --wide ${SHIM} OUTPUT_VARIABLE symbols
  COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" lines "${symbols}")
set(exported "")
foreach(line IN LISTS lines)
  if(line MATCHES "(FUNC|OBJECT) +(GLOBAL|WEAK) +DEFAULT +[0-9]+ +([A-Za-z_0-9]+)")
    list(APPEND exported ${CMAKE_MATCH_3})
  elseif(line MATCHES "UND +([A-Za-z_0-9]+)@GLIBC_([0-9.]+)" AND NOT SANITIZE)
    if(CMAKE_MATCH_2 VERSION_GREATER 2.28)
      message(FATAL_ERROR "${CMAKE_MATCH_1} needs glibc ${CMAKE_MATCH_2}")
    endif()
  endif()
endforeach()
if(NOT exported STREQUAL "JNI_OnLoad")
  message(FATAL_ERROR "exported: ${exported}")
endif()
message(STATUS "exported: ${exported}")
