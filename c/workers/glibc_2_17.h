/* For glibc_2_17.c and glibc_2_17_dl.c. */
#ifndef BELFRY_GLIBC_2_17_H
#define BELFRY_GLIBC_2_17_H

/* The version of what glibc has had since it has the processor. */
#ifdef __x86_64__
#define OLDEST "GLIBC_2.2.5"
#else
#define OLDEST "GLIBC_2.17"
#endif

/* A module that is loaded binds to its own libc. */
#define HIDDEN __attribute__((visibility("hidden")))

/* old_FUNCTION is the function's oldest version. */
#define OLD(function) __asm__(".symver old_" #function "," #function "@" OLDEST)

#endif
