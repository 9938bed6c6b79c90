# Sets BELFRY_JNI_INCLUDE_DIR, the directory of jni.h, and belfry_jdk_found. The JDK is that of JAVA_HOME, or else of
# javac on the PATH. It is this machine's also in a cross build: jni.h is the same on every Linux.

set(belfry_jdk_found OFF)
if(PROJECT_IS_TOP_LEVEL OR BELFRY_JNI)
  find_program(javac javac HINTS ENV JAVA_HOME PATH_SUFFIXES bin NO_CACHE NO_CMAKE_SYSTEM_PATH
    NO_CMAKE_FIND_ROOT_PATH)
  if(javac)
    file(REAL_PATH "${javac}" javac)
    cmake_path(SET jdk NORMALIZE "${javac}/../..")
  endif()
  find_path(BELFRY_JNI_INCLUDE_DIR jni.h HINTS ENV JAVA_HOME "${jdk}" PATH_SUFFIXES include NO_DEFAULT_PATH
    NO_CMAKE_FIND_ROOT_PATH)
  if(BELFRY_JNI_INCLUDE_DIR)
    set(belfry_jdk_found ON)
  elseif(BELFRY_JNI)
    message(FATAL_ERROR
      "jni.h not found: set JAVA_HOME to a JDK of 17 or newer (Debian: apt install openjdk-17-jdk-headless)")
  endif()
endif()
