/*
 * Included before each source of the shim on aarch64, where the stack protector's value is a variable: of ld-linux with
 * glibc, of libc with musl. A weak reference finds either, and doesn't make the shim need ld-linux by name.
 */
__asm__(".weak __stack_chk_guard");
