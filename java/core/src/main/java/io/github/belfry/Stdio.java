package io.github.belfry;

import io.github.belfry.internal.process.Redirect;
import java.nio.file.Path;

/** Where a standard stream of a worker goes. */
public final class Stdio {
    /** To where this program's own goes. */
    public static final Stdio INHERIT = new Stdio("INHERIT", Redirect.INHERIT);
    /** Through a pipe: {@link WorkerProcess#stdin}, {@link WorkerProcess#stdout}, {@link WorkerProcess#stderr}. */
    public static final Stdio PIPE = new Stdio("PIPE", Redirect.PIPE);
    /** To /dev/null. */
    public static final Stdio NULL = new Stdio("NULL", Redirect.NULL);
    /** For standard error only: to where standard output goes, into the same file or pipe; a shell's {@code 2>&1}. */
    public static final Stdio STDOUT = new Stdio("STDOUT", Redirect.STDOUT);

    private final String name;
    private final Redirect redirect;

    private Stdio(String name, Redirect redirect) {
        this.name = name;
        this.redirect = redirect;
    }

    /**
     * From or to a file: read as standard input; as output created with mode 0666 less the umask, or truncated.
     * It is opened by {@code start}, which therefore blocks on a FIFO until its other end is opened.
     *
     * @param path relative to this program's directory
     * @throws IllegalArgumentException when it isn't a path of the default file system
     */
    public static Stdio file(Path path) {
        return new Stdio("file(" + path + ")", Redirect.truncate(path));
    }

    /**
     * To the end of a file, which is created if missing. For output only.
     *
     * @param path relative to this program's directory
     * @throws IllegalArgumentException when it isn't a path of the default file system
     */
    public static Stdio append(Path path) {
        return new Stdio("append(" + path + ")", Redirect.append(path));
    }

    Redirect redirect() {
        return redirect;
    }

    @Override
    public String toString() {
        return "Stdio." + name;
    }
}
