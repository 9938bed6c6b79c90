package io.github.belfry;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a standard stream of a worker goes. */
public final class Stdio {
    /** To where this program's own goes. */
    public static final Stdio INHERIT = new Stdio("INHERIT", null, 0);
    /** Through a pipe: {@link WorkerProcess#stdin}, {@link WorkerProcess#stdout}, {@link WorkerProcess#stderr}. */
    public static final Stdio PIPE = new Stdio("PIPE", null, 0);
    /** To /dev/null. */
    public static final Stdio NULL = new Stdio("NULL", Path.of("/dev/null"), 0);

    private final String name;
    private final @Nullable Path file;
    private final byte @Nullable [] path;
    private final int outputFlags;

    private Stdio(String name, @Nullable Path file, int outputFlags) {
        this.name = name;
        this.file = file;
        this.path = file == null ? null : CStrings.path(file);
        this.outputFlags = outputFlags;
    }

    /**
     * From or to a file: read as standard input; as output created with mode 0666 less the umask, or truncated.
     * It is opened by {@code start}, which therefore blocks on a FIFO until somebody has opened its other end.
     *
     * @param path relative to this program's directory
     * @throws IllegalArgumentException when it isn't a path of the default file system
     */
    public static Stdio file(Path path) {
        return new Stdio("file(" + path + ")", CStrings.checked(path), Native.O_CREAT | Native.O_TRUNC);
    }

    /**
     * To the end of a file, which is created if missing. For output only.
     *
     * @param path relative to this program's directory
     * @throws IllegalArgumentException when it isn't a path of the default file system
     */
    public static Stdio append(Path path) {
        return new Stdio("append(" + path + ")", CStrings.checked(path), Native.O_CREAT | Native.O_APPEND);
    }

    /** The file to open, or null for {@link #INHERIT} and {@link #PIPE}. */
    @Nullable
    Path file() {
        return file;
    }

    /** The same, as the kernel takes it. */
    byte @Nullable [] path() {
        return path;
    }

    /** The flags of open(2) for the stream {@code fd}. */
    int openFlags(int fd) {
        return fd == 0 ? Native.O_RDONLY : Native.O_WRONLY | outputFlags;
    }

    boolean isAppend() {
        return (outputFlags & Native.O_APPEND) != 0;
    }

    @Override
    public String toString() {
        return "Stdio." + name;
    }
}
