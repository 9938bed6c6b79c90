package io.github.belfry;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A program that has run to its end, and what it wrote: the result of {@link WorkerProcess.Builder#run()}. Two are
 * equal when all of their content is. The arrays aren't copied, so don't change them.
 *
 * @param command the program and its arguments; of a pipeline those of the stage that {@code exit} is about
 * @param exit how it ended; of a pipeline the last stage that failed, or its last stage if none did
 * @param stdout what it wrote to its standard output; empty if that went elsewhere
 * @param stderr likewise; of a pipeline that of all stages
 */
public record CompletedProcess(List<String> command, WorkerExit exit, byte[] stdout, byte[] stderr)
        implements Serializable {
    /** Copies the list. */
    public CompletedProcess {
        command = List.copyOf(command);
        Objects.requireNonNull(exit);
        Objects.requireNonNull(stdout);
        Objects.requireNonNull(stderr);
    }

    /** The standard output as UTF-8, with its last newline; what isn't UTF-8 becomes U+FFFD. */
    public String output() {
        return new String(stdout, StandardCharsets.UTF_8);
    }

    /** The standard error as UTF-8, as {@link #output}. */
    public String error() {
        return new String(stderr, StandardCharsets.UTF_8);
    }

    /** Whether it ended by itself with code 0; of a pipeline whether no stage failed. */
    public boolean succeeded() {
        return exit.succeeded();
    }

    /**
     * Itself if it {@link #succeeded}.
     *
     * @throws ProcessFailedException if it didn't, with the last line of its standard error in the message
     */
    public CompletedProcess check() throws ProcessFailedException {
        if (!succeeded()) {
            throw new ProcessFailedException(this);
        }
        return this;
    }

    // Written out: see WorkerExit.

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CompletedProcess that
                && command.equals(that.command)
                && exit.equals(that.exit)
                && Arrays.equals(stdout, that.stdout)
                && Arrays.equals(stderr, that.stderr);
    }

    @Override
    public int hashCode() {
        return Objects.hash(command, exit, Arrays.hashCode(stdout), Arrays.hashCode(stderr));
    }

    /** The command and the exit, and how much it wrote. */
    @Override
    public String toString() {
        return "CompletedProcess[command=" + command + ", exit=" + exit + ", stdout=" + stdout.length
                + " bytes, stderr=" + stderr.length + " bytes]";
    }

    /** For a message: the command, up to a certain length. */
    String shownCommand() {
        final int shown = 200;
        String all = String.join(" ", command);
        return all.length() <= shown ? all : all.substring(0, shown) + "...";
    }
}
