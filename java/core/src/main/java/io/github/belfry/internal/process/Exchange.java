package io.github.belfry.internal.process;

import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.sys.Deadline;
import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Native;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The pipes between the VM and programs that it runs to their end: one thread, the caller, writes the input and reads
 * the outputs by turns, whichever is ready. Were it to write all first, both sides could wait for ever:
 *
 * <pre>
 * caller                      program
 *   write input: full           write output: full
 *   (reads output later)        (reads input later)
 * </pre>
 */
public final class Exchange implements AutoCloseable {
    private static final int NONE = -1;
    private static final int CHUNK_BYTES = 64 * 1024;

    /** More than a pipe holds: who writes on and on doesn't keep the caller. */
    private static final int LAST_READS = 64;

    // What is polled, by place. The three pipes are in the order of the program's descriptors.
    private static final int STDIN = 0;
    private static final int STDOUT = 1;
    private static final int STDERR = 2;
    private static final int BELL = 3;
    private static final int[] WANTED = {Native.POLLOUT, Native.POLLIN, Native.POLLIN, Native.POLLIN};

    private final String program;
    private final byte[] input;
    private int written;
    private final int[] ends = {NONE, NONE, NONE};
    private final int[] childEnds = {NONE, NONE, NONE};
    private final int[] polled = {NONE, NONE, NONE, NONE};
    private final int[] seen = new int[WANTED.length];
    private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
    private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private final Bell bell;

    /**
     * Makes the pipes.
     *
     * @param program for messages
     * @param input null: no pipe
     * @param collectStdout whether there is a pipe for it
     * @param collectStderr likewise
     */
    public Exchange(String program, byte @Nullable [] input, boolean collectStdout, boolean collectStderr)
            throws WorkerStartException {
        this.program = program;
        this.input = input == null ? new byte[0] : input;
        bell = new Bell(program);
        polled[BELL] = bell.fd();
        try {
            if (input != null) {
                open(STDIN);
            }
            if (collectStdout) {
                open(STDOUT);
            }
            if (collectStderr) {
                open(STDERR);
            }
        } catch (WorkerStartException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void open(int fd) throws WorkerStartException {
        StreamPipe pipe = StreamPipe.open(program, fd);
        ends[fd] = pipe.ourEnd();
        childEnds[fd] = pipe.childEnd();
        polled[fd] = ends[fd];
    }

    /** The programs' ends of those that one of the programs gets. */
    public List<Descriptors.Given> given(boolean withStdin, boolean withStdout, boolean withStderr) {
        boolean[] with = {withStdin, withStdout, withStderr};
        List<Descriptors.Given> given = new ArrayList<>();
        for (int fd = 0; fd < with.length; fd++) {
            if (with[fd] && childEnds[fd] != NONE) {
                given.add(new Descriptors.Given(childEnds[fd], fd));
            }
        }
        return given;
    }

    /** Each program has a copy by now. Before, an output has no end. */
    public void closeChildEnds() {
        closeAll(childEnds);
    }

    /**
     * Writes the input, until it is all written or nobody is left to read it, and reads the outputs to their ends.
     * Blocks.
     *
     * @return false when the time was over before
     */
    public boolean finish(Deadline deadline) throws IOException, InterruptedException {
        while (ends[STDIN] != NONE || ends[STDOUT] != NONE || ends[STDERR] != NONE) {
            if (deadline.isOver()) {
                return false;
            }
            bell.poll(polled, WANTED, seen, deadline.leftMillis());
            if (seen[STDIN] != 0) {
                write();
            }
            readReady();
        }
        return true;
    }

    private void write() throws IOException {
        int count = Native.writeSome(ends[STDIN], input, written, input.length - written, 0);
        if (count >= 0) {
            written += count;
        } else if (count != -Errno.EAGAIN && count != -Errno.EPIPE) {
            throw Errno.exception(-count, "write to " + program);
        }
        if (count == -Errno.EPIPE || written == input.length) {
            close(STDIN);
        }
    }

    private void readReady() throws IOException {
        for (int fd = STDOUT; fd <= STDERR; fd++) {
            if (seen[fd] != 0) {
                read(fd);
            }
        }
    }

    /** False when nothing was there. */
    private boolean read(int fd) throws IOException {
        int count = Native.readSome(ends[fd], chunk, 0, chunk.length, 0);
        if (count == -Errno.EAGAIN) {
            return false;
        }
        Errno.check(count, "read from " + program);
        if (count == 0) {
            close(fd);
        } else {
            (fd == STDOUT ? stdout : stderr).write(chunk, 0, count);
        }
        return count > 0;
    }

    /** Another thread has the caller look at its condition, see {@link #readUntil}. */
    public void wake() {
        bell.ring();
    }

    /**
     * Reads on until a condition holds, for which {@link #wake} was called, and then what is there. Nothing more is
     * written, but the input has no end before {@link #close}: a program that is being ended is not to take a part of
     * it for the whole. Blocks.
     */
    public void readUntil(BooleanSupplier condition) throws IOException, InterruptedException {
        polled[STDIN] = NONE;
        while (!condition.getAsBoolean()) {
            bell.poll(polled, WANTED, seen, -1);
            readReady();
            if (seen[BELL] != 0) {
                bell.clear();
            }
        }
        readRest(STDOUT);
        readRest(STDERR);
    }

    private void readRest(int fd) throws IOException {
        int reads = 0;
        while (ends[fd] != NONE && reads < LAST_READS && read(fd)) {
            reads++;
        }
    }

    public byte[] stdout() {
        return stdout.toByteArray();
    }

    public byte[] stderr() {
        return stderr.toByteArray();
    }

    private void close(int fd) {
        Native.close(ends[fd]);
        ends[fd] = NONE;
        polled[fd] = NONE;
    }

    private static void closeAll(int[] fds) {
        for (int fd : fds) {
            if (fd != NONE) {
                Native.close(fd);
            }
        }
        Arrays.fill(fds, NONE);
    }

    @Override
    public void close() {
        closeAll(childEnds);
        closeAll(ends);
        bell.release();
    }
}
