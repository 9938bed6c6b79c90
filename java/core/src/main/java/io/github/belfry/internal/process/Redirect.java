package io.github.belfry.internal.process;

import io.github.belfry.internal.sys.CStrings;
import io.github.belfry.internal.sys.Native;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a standard stream of a child goes.
 *
 * @param path the file as the kernel takes it, for FILE
 * @param outputFlags of open(2), besides O_WRONLY, when it is an output
 */
public record Redirect(Kind kind, @Nullable Path file, byte @Nullable [] path, int outputFlags) {
    enum Kind {
        INHERIT,
        PIPE,
        STDOUT,
        FILE
    }

    public static final Redirect INHERIT = new Redirect(Kind.INHERIT, null, null, 0);
    public static final Redirect PIPE = new Redirect(Kind.PIPE, null, null, 0);
    /** For standard error: as standard output. */
    public static final Redirect STDOUT = new Redirect(Kind.STDOUT, null, null, 0);
    public static final Redirect NULL = file(Path.of("/dev/null"), 0);

    private static Redirect file(Path file, int outputFlags) {
        return new Redirect(Kind.FILE, file, CStrings.path(CStrings.checked(file)), outputFlags);
    }

    public static Redirect truncate(Path file) {
        return file(file, Native.O_CREAT | Native.O_TRUNC);
    }

    public static Redirect append(Path file) {
        return file(file, Native.O_CREAT | Native.O_APPEND);
    }

    boolean isAppend() {
        return (outputFlags & Native.O_APPEND) != 0;
    }

    /** The flags of open(2) for the stream {@code fd}. */
    int openFlags(int fd) {
        return fd == 0 ? Native.O_RDONLY : Native.O_WRONLY | outputFlags;
    }
}
