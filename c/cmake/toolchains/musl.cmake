# Included by a toolchain file that has set arch: Debian's gcc for it, with Debian's musl (musl-dev) in place of glibc.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${arch})
set(CMAKE_C_COMPILER ${arch}-linux-gnu-gcc)
set(musl /usr/lib/${arch}-linux-musl)
set(CMAKE_C_FLAGS_INIT "-specs=${musl}/musl-gcc.specs")
if(arch STREQUAL "aarch64")
  # libgcc's look for the processor's atomics calls a function that only glibc has.
  string(APPEND CMAKE_C_FLAGS_INIT " -mno-outline-atomics")
endif()
set(CMAKE_FIND_ROOT_PATH ${musl})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

# For tests: the kernel's headers, which musl-dev doesn't bring and the specs hide.
set(kernel_headers ${CMAKE_BINARY_DIR}/kernel-headers)
file(MAKE_DIRECTORY ${kernel_headers})
foreach(directory IN ITEMS /usr/include /usr/include/${arch}-linux-gnu /usr/${arch}-linux-gnu/include)
  foreach(name IN ITEMS linux asm asm-generic)
    if(EXISTS ${directory}/${name} AND NOT EXISTS ${kernel_headers}/${name})
      file(CREATE_LINK ${directory}/${name} ${kernel_headers}/${name} SYMBOLIC)
    endif()
  endforeach()
endforeach()
string(APPEND CMAKE_C_FLAGS_INIT " -idirafter \"${kernel_headers}\"")

# The specs know no static PIE; this is one, with its start file. It needs no crti.o: nothing has an _init.
set(BELFRY_STATIC_PIE -nostartfiles ${musl}/rcrt1.o -static -Wl,-pie,--no-dynamic-linker,-z,text)

# Of zlib no musl build is packaged. Debian's libz.a is compiled against glibc, but what the worker uses of it calls
# malloc, free, memcpy and the like only; the link fails if that changes. /usr/include itself would bring in glibc.
set(BELFRY_LIBZ /usr/lib/${arch}-linux-gnu/libz.a)
set(BELFRY_ZLIB_INCLUDE_DIR ${CMAKE_BINARY_DIR}/zlib-headers)
foreach(header IN ITEMS /usr/include/zlib.h /usr/include/zconf.h /usr/include/${arch}-linux-gnu/zconf.h)
  if(EXISTS ${header})
    file(COPY ${header} DESTINATION ${BELFRY_ZLIB_INCLUDE_DIR})
  endif()
endforeach()
set(CMAKE_DISABLE_FIND_PACKAGE_SQLite3 TRUE)
