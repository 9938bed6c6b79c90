package io.github.belfry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The descriptors of one start: opened here, passed to the child, and closed again on our side, whatever happens. */
final class Descriptors implements AutoCloseable {
    private static final int NONE = -1;
    private static final int CREATION_MODE = 0666;

    private final String program;
    private final List<Integer> moves = new ArrayList<>();
    private final List<Integer> childEnds = new ArrayList<>();
    private final int[] parentEnds = {NONE, NONE, NONE};

    Descriptors(String program) {
        this.program = program;
    }

    /** Targets have to be added in ascending order. */
    void addStdio(int fd, Stdio stdio) throws WorkerStartException {
        if (stdio == Stdio.INHERIT) {
            move(fd, fd);
        } else if (stdio == Stdio.PIPE) {
            move(openPipe(fd), fd);
        } else {
            move(openFile(fd, stdio), fd);
        }
    }

    void addMapping(int fd, SharedMapping mapping) throws WorkerStartException {
        int copy = check(mapping.duplicateDescriptor(), "fcntl", "fcntl F_DUPFD_CLOEXEC of " + mapping);
        childEnds.add(copy);
        move(copy, fd);
    }

    private void move(int source, int target) {
        moves.add(source);
        moves.add(target);
    }

    /** Keeps our end and returns the child's. */
    private int openPipe(int fd) throws WorkerStartException {
        int[] ends = new int[2];
        check(Native.pipe(ends), "pipe2", "pipe2 for descriptor " + fd);
        boolean input = fd == 0;
        parentEnds[fd] = input ? ends[1] : ends[0];
        int childEnd = input ? ends[0] : ends[1];
        childEnds.add(childEnd);
        return childEnd;
    }

    private int openFile(int fd, Stdio stdio) throws WorkerStartException {
        String path = String.valueOf(stdio.path());
        int opened = Native.open(CStrings.utf8(path), stdio.openFlags(fd), true, CREATION_MODE);
        check(opened, "open", "open " + path + " for descriptor " + fd);
        childEnds.add(opened);
        return opened;
    }

    private int check(int result, String step, String tried) throws WorkerStartException {
        if (result < 0) {
            throw WorkerStartException.of(program, step, tried, -result);
        }
        return result;
    }

    /** Pairs of source and target, ascending by target. */
    int[] moves() {
        return moves.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * Our ends, which from then on belong to the result; the child's ends are closed on our side. Before anybody can see
     * the worker's end, because a pipe whose other end we still hold doesn't look drained.
     */
    WorkerPipes takePipes() {
        closeChildEnds();
        WorkerPipes pipes = new WorkerPipes(parentEnds[0], parentEnds[1], parentEnds[2]);
        Arrays.fill(parentEnds, NONE);
        return pipes;
    }

    private void closeChildEnds() {
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
