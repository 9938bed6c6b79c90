package io.github.belfry.internal.sys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Errors of system calls: Linux's numbers and names, libc's text. */
public final class Errno {
    public static final int ENOENT = 2;
    public static final int ESRCH = 3;
    public static final int E2BIG = 7;
    public static final int ENOEXEC = 8;
    public static final int ECHILD = 10;
    public static final int EAGAIN = 11;
    public static final int ENOMEM = 12;
    public static final int EACCES = 13;
    public static final int EEXIST = 17;
    public static final int EMFILE = 24;
    public static final int ETXTBSY = 26;
    public static final int EPIPE = 32;
    public static final int ELOOP = 40;
    public static final int ECONNRESET = 104;

    /** From 1 on, the same on x86-64 and aarch64; two numbers were never given away. */
    private static final String[] NAMES = """
            EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT
            ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG
            ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP
            - ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL
            ENOANO EBADRQC EBADSLT - EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV
            ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD
            ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE
            EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT
            EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN
            ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY
            EINPROGRESS ESTALE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE
            ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL
            EHWPOISON
            """.strip().split("\\s+");

    private Errno() {}

    /**
     * The name of an error.
     *
     * @param errno positive
     * @return for example {@code ENOENT}; {@code errno 999} for a number without a name
     */
    public static String name(int errno) {
        boolean named = errno >= 1 && errno <= NAMES.length && !NAMES[errno - 1].equals("-");
        return named ? NAMES[errno - 1] : "errno " + errno;
    }

    /** Name and text: {@code ENOSPC, No space left on device}. With EMFILE the limit. */
    public static String describe(int errno) {
        String text = name(errno) + ", " + new String(Native.errnoText(errno), StandardCharsets.UTF_8);
        return errno == EMFILE ? text + " (RLIMIT_NOFILE is " + Native.descriptorLimit() + ")" : text;
    }

    /** The result itself, or for a negative one an exception that says what was tried, and the system's reason. */
    public static long check(long result, String tried) throws IOException {
        if (result < 0) {
            throw exception((int) -result, tried);
        }
        return result;
    }

    public static int check(int result, String tried) throws IOException {
        return (int) check((long) result, tried);
    }

    public static IOException exception(int errno, String tried) {
        return new IOException(tried + ": " + describe(errno));
    }

    /** What a call on a file was refused with: {@code hello.txt: mmap (12 bytes): ENOSPC, No space left on device}. */
    public static FileSystemException ofFile(int errno, String file, String call) {
        String reason = call + ": " + describe(errno);
        return switch (errno) {
            case ENOENT -> new NoSuchFileException(file, null, reason);
            case EACCES -> new AccessDeniedException(file, null, reason);
            case EEXIST -> new FileAlreadyExistsException(file, null, reason);
            default -> new FileSystemException(file, null, reason);
        };
    }
}
