package io.github.belfry.internal.process;

import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.memory.MappedRange;
import io.github.belfry.internal.sys.Native;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/** The descriptors of one start: opened here, passed to the child, and closed again on our side, whatever happens. */
public final class Descriptors implements AutoCloseable {
    private static final int NONE = -1;
    private static final int INHERIT = -1;
    private static final int STDOUT = 1;
    private static final int CREATION_MODE = 0666;

    private final String program;
    private final int[] moves;
    private int filled;
    private final List<Integer> childEnds = new ArrayList<>();
    private final int[] parentEnds = {NONE, NONE, NONE};

    /** {@code source} becomes {@code target} in the child, and stays the caller's. */
    public record Given(int source, int target) {}

    Descriptors(Launch launch, Given... given) throws WorkerStartException {
        program = launch.program();
        List<Redirect> streams = launch.streams();
        SortedMap<Integer, Opener> others = others(launch, given);
        moves = new int[2 * (streams.size() + others.size())];
        try {
            for (int fd = 0; fd < streams.size(); fd++) {
                add(source(fd, streams.get(fd), given), fd);
            }
            for (Map.Entry<Integer, Opener> other : others.entrySet()) {
                add(other.getValue().open(), other.getKey());
            }
        } catch (WorkerStartException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** Gives the descriptor that becomes the child's. */
    private interface Opener {
        int open() throws WorkerStartException;
    }

    /** By target, all above the streams. */
    private SortedMap<Integer, Opener> others(Launch launch, Given... given) {
        SortedMap<Integer, Opener> others = new TreeMap<>();
        launch.mappings().forEach((target, mapping) -> others.put(target, () -> duplicate(mapping.range())));
        for (Given one : given) {
            if (one.target() >= launch.streams().size()) {
                others.put(one.target(), one::source);
            }
        }
        return others;
    }

    private void add(int source, int target) {
        moves[filled++] = source;
        moves[filled++] = target;
    }

    private int source(int fd, Redirect redirect, Given... given) throws WorkerStartException {
        for (Given one : given) {
            if (one.target() == fd) {
                return one.source();
            }
        }
        return switch (redirect.kind()) {
            case INHERIT -> INHERIT;
            case PIPE -> openPipe(fd);
            case STDOUT -> sourceOfStdout();
            case FILE -> openFile(fd, redirect);
        };
    }

    /** Standard error comes after it. */
    private int sourceOfStdout() {
        for (int i = 0; i < filled; i += 2) {
            if (moves[i + 1] == STDOUT && moves[i] != INHERIT) {
                return moves[i];
            }
        }
        return STDOUT;
    }

    private int duplicate(MappedRange range) throws WorkerStartException {
        int copy =
                StartFailure.check(range.duplicateDescriptor(), program, "fcntl", "fcntl F_DUPFD_CLOEXEC of " + range);
        childEnds.add(copy);
        return copy;
    }

    /** Keeps our end and returns the child's. */
    private int openPipe(int fd) throws WorkerStartException {
        StreamPipe pipe = StreamPipe.open(program, fd);
        parentEnds[fd] = pipe.ourEnd();
        childEnds.add(pipe.childEnd());
        return pipe.childEnd();
    }

    private int openFile(int fd, Redirect redirect) throws WorkerStartException {
        int opened = Native.open(Objects.requireNonNull(redirect.path()), redirect.openFlags(fd), true, CREATION_MODE);
        StartFailure.check(opened, program, "open", "open " + redirect.file() + " for descriptor " + fd);
        childEnds.add(opened);
        return opened;
    }

    /** Pairs of source (INHERIT: the same as ours) and target, ascending by target. */
    int[] moves() {
        return moves;
    }

    /** Our ends, which from then on belong to the result. */
    WorkerPipes takePipes() {
        WorkerPipes pipes = new WorkerPipes(parentEnds[0], parentEnds[1], parentEnds[2]);
        Arrays.fill(parentEnds, NONE);
        return pipes;
    }

    /**
     * The child has copies by now. To be called before the worker's end can be seen: a pipe whose other end we hold
     * doesn't look drained.
     */
    void closeChildEnds() {
        childEnds.forEach(Native::close);
        childEnds.clear();
    }

    @Override
    public void close() {
        closeChildEnds();
        for (int end : parentEnds) {
            if (end != NONE) {
                Native.close(end);
            }
        }
    }
}
