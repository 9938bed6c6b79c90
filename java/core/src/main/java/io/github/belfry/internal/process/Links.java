package io.github.belfry.internal.process;

import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.sys.Native;
import java.util.ArrayList;
import java.util.List;

/**
 * The pipes between the stages of a pipeline, made while the stages are started from the first to the last. The VM
 * holds no end of one for longer than it takes to start the two stages, or a stage would not see the other's end.
 */
public final class Links implements AutoCloseable {
    private static final int NONE = -1;

    // Of the stage that is being started.
    private int source = NONE;
    private int target = NONE;

    /** The end of the newest pipe that the next stage reads. */
    private int next = NONE;

    /** What the next stage is to have as its standard input and output. The one before has been started. */
    public List<Descriptors.Given> forNext(String program, boolean isLast) throws WorkerStartException {
        closeCurrent();
        source = next;
        next = NONE;
        if (!isLast) {
            int[] pipe = new int[2];
            StartFailure.check(Native.pipe(pipe), program, "pipe2", "pipe2 for descriptor 1");
            next = pipe[0];
            target = pipe[1];
        }
        List<Descriptors.Given> given = new ArrayList<>();
        if (source != NONE) {
            given.add(new Descriptors.Given(source, 0));
        }
        if (target != NONE) {
            given.add(new Descriptors.Given(target, 1));
        }
        return given;
    }

    private void closeCurrent() {
        for (int fd : new int[] {source, target}) {
            if (fd != NONE) {
                Native.close(fd);
            }
        }
        source = NONE;
        target = NONE;
    }

    @Override
    public void close() {
        closeCurrent();
        source = next;
        next = NONE;
        closeCurrent();
    }
}
