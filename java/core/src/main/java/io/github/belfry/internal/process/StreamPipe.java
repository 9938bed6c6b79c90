package io.github.belfry.internal.process;

import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.sys.Native;

/**
 * A new pipe for a standard stream of a child. The two ends are apart: ours doesn't block, the child's does, as programs
 * expect. Both are the caller's to close.
 */
record StreamPipe(int ourEnd, int childEnd) {
    /** {@code fd}: 0 for one that the child reads, else one that it writes. */
    static StreamPipe open(String program, int fd) throws WorkerStartException {
        int[] ends = new int[2];
        StartFailure.check(Native.pipe(ends), program, "pipe2", "pipe2 for descriptor " + fd);
        StreamPipe pipe = fd == 0 ? new StreamPipe(ends[1], ends[0]) : new StreamPipe(ends[0], ends[1]);
        int result = Native.setNonblocking(pipe.ourEnd);
        if (result < 0) {
            Native.close(pipe.ourEnd);
            Native.close(pipe.childEnd);
        }
        StartFailure.check(result, program, "fcntl", "fcntl O_NONBLOCK of a pipe");
        return pipe;
    }
}
