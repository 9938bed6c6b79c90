# Builds requests_fuzz.c with libFuzzer, ASan and UBSan, and runs it for ${SECONDS}. New inputs stay in ${WORK}/found,
# failing ones in ${WORK}.
if(NOT CLANG)
  message(STATUS "belfry: skipped: this machine has no clang (Debian: apt install clang-14 libclang-rt-14-dev)")
  return()
endif()
if(DEFINED ENV{BELFRY_FUZZ_SECONDS})
  set(SECONDS $ENV{BELFRY_FUZZ_SECONDS})
endif()
set(src ${SOURCE}/src)
execute_process(
  COMMAND ${CLANG} -std=c11 -g -O1 -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
  -I${SOURCE}/include -I${src} ${SOURCE}/fuzz/requests_fuzz.c ${src}/ring.c ${src}/ring_map.c ${src}/doorbell.c
  ${src}/signals.c
  -pthread -o ${WORK}/requests_fuzz
  RESULT_VARIABLE built ERROR_VARIABLE error)
if(NOT built EQUAL 0)
  if(error MATCHES "libclang_rt")
    message(STATUS "belfry: skipped: ${CLANG} has no libFuzzer (Debian: apt install libclang-rt-14-dev)")
    return()
  endif()
  message(FATAL_ERROR "${error}")
endif()
file(MAKE_DIRECTORY ${WORK}/found)
execute_process(
  COMMAND ${WORK}/requests_fuzz -max_total_time=${SECONDS} -max_len=8192 -print_final_stats=1 -verbosity=1
  -artifact_prefix=${WORK}/ ${WORK}/found ${SOURCE}/fuzz/corpus
  RESULT_VARIABLE result ERROR_VARIABLE output)
string(REGEX MATCH "#[0-9]+[ \t]+DONE[^\n]*" done "${output}")
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${output}")
endif()
message(STATUS "requests_fuzz, ${SECONDS} s: ${done}")
