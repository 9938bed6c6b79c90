# Run by cpack when it has installed what a package holds, and before it packs that: adds the command belfry, if
# BELFRY_COMMAND names it, and the documents.
cmake_minimum_required(VERSION 3.24)
set(prefix "${CPACK_TEMPORARY_INSTALL_DIRECTORY}")
if(CPACK_GENERATOR STREQUAL "DEB")
  string(APPEND prefix "${CPACK_PACKAGING_INSTALL_PREFIX}")
endif()
set(documents "${prefix}/share/doc/${CPACK_PACKAGE_NAME}")
file(MAKE_DIRECTORY "${documents}")

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# The launcher finds the jar beside the directory in which it lies, which it is linked to.
if(CPACK_BELFRY_COMMAND)
  set(unpacked "${CPACK_TEMPORARY_DIRECTORY}-command")
  file(REMOVE_RECURSE "${unpacked}")
  file(ARCHIVE_EXTRACT INPUT "${CPACK_BELFRY_COMMAND}" DESTINATION "${unpacked}")
  file(GLOB command "${unpacked}/belfry-*")
  file(COPY "${command}/bin" "${command}/lib" DESTINATION "${prefix}/share/belfry")
  file(COPY "${command}/share" DESTINATION "${prefix}")
  file(CREATE_LINK ../share/belfry/bin/belfry "${prefix}/bin/belfry" SYMBOLIC)
  file(REMOVE_RECURSE "${unpacked}")
endif()

if(CPACK_GENERATOR STREQUAL "DEB")
  file(COPY "${CMAKE_CURRENT_LIST_DIR}/copyright" DESTINATION "${documents}")
  string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC) # SOURCE_DATE_EPOCH, if that is set
  file(WRITE "${documents}/changelog.Debian"
    "${CPACK_PACKAGE_NAME} (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium\n\n"
    "  * CHANGELOG.md of the sources has the changes.\n\n -- ${CPACK_PACKAGE_CONTACT}  ${date}\n")
  file(GLOB pages "${prefix}/share/man/man1/*.1")
  run(gzip -9n "${documents}/changelog.Debian" ${pages})
else()
  foreach(document IN ITEMS LICENSE NOTICE CHANGELOG.md)
    if(EXISTS "${CPACK_BELFRY_SOURCE}/../${document}") # where this directory isn't alone
      file(COPY "${CPACK_BELFRY_SOURCE}/../${document}" DESTINATION "${documents}")
    endif()
  endforeach()
endif()

# Whatever the umask; and with SOURCE_DATE_EPOCH each build gives the same bytes.
run(chmod -R u=rwX,go=rX "${prefix}")
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  run(find "${CPACK_TEMPORARY_INSTALL_DIRECTORY}" -exec touch -h -d "@$ENV{SOURCE_DATE_EPOCH}" {} +)
endif()
