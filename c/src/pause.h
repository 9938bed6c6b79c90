/* What a loop that only looks does between two looks, for the other thread of its core. */
#ifndef BELFRY_PAUSE_H
#define BELFRY_PAUSE_H

static inline void belfry_pause(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("isb");
#endif
}

#endif
