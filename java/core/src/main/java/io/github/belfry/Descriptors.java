package io.github.belfry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The descriptors of one start: opened here, passed to the child, and closed again on our side, whatever happens. */
final class Descriptors implements AutoCloseable {
    private static final int NONE = -1;
    private static final int INHERIT = -1;
    private static final int CREATION_MODE = 0666;

    private final String program;
    private final int[] moves;
    private int filled;
    private final List<Integer> childEnds = new ArrayList<>();
    private final int[] parentEnds = {NONE, NONE, NONE};

    Descriptors(String program, int count) {
        this.program = program;
        this.moves = new int[2 * count];
    }

    /** Targets have to be added in ascending order. */
    void addStdio(int fd, Stdio stdio) throws WorkerStartException {
        if (stdio == Stdio.INHERIT) {
            move(INHERIT, fd);
        } else if (stdio == Stdio.PIPE) {
            move(openPipe(fd), fd);
        } else {
            move(openFile(fd, stdio), fd);
        }
    }

    /** A descriptor that stays the caller's. */
    void addGiven(int fd, int source) {
        move(source, fd);
    }

    void addMapping(int fd, SharedMapping mapping) throws WorkerStartException {
        int copy = WorkerStartException.check(
                mapping.duplicateDescriptor(), program, "fcntl", "fcntl F_DUPFD_CLOEXEC of " + mapping);
        childEnds.add(copy);
        move(copy, fd);
    }

    private void move(int source, int target) {
        moves[filled++] = source;
        moves[filled++] = target;
    }

    /** Keeps our end and returns the child's. */
    private int openPipe(int fd) throws WorkerStartException {
        int[] ends = new int[2];
        WorkerStartException.check(Native.pipe(ends), program, "pipe2", "pipe2 for descriptor " + fd);
        boolean input = fd == 0;
        parentEnds[fd] = input ? ends[1] : ends[0];
        int childEnd = input ? ends[0] : ends[1];
        childEnds.add(childEnd);
        return childEnd;
    }

    private int openFile(int fd, Stdio stdio) throws WorkerStartException {
        int opened = Native.open(Objects.requireNonNull(stdio.path()), stdio.openFlags(fd), true, CREATION_MODE);
        WorkerStartException.check(opened, program, "open", "open " + stdio.file() + " for descriptor " + fd);
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
     * The child has its own by now. Before anybody can see the worker's end, because a pipe whose other end we hold
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
