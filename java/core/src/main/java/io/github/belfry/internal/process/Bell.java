package io.github.belfry.internal.process;

import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Native;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.spi.AbstractInterruptibleChannel;

/**
 * An eventfd that ends a thread's poll(2): when another thread rings it, or interrupts the polling one, which closes an
 * interruptible channel. It rings for one interrupt; the thread's flag tells of later ones.
 */
final class Bell extends AbstractInterruptibleChannel {
    private static final int COUNTER_BYTES = 8;

    private final Object lock = new Object();
    private final int fd;
    private boolean released;

    Bell(String program) throws WorkerStartException {
        fd = StartFailure.check(Native.eventfdCreate(), program, "eventfd", "eventfd");
    }

    int fd() {
        return fd;
    }

    void ring() {
        // An interrupt may come late: its thread rings after the poll has ended.
        synchronized (lock) {
            if (!released) {
                Native.eventfdRing(fd);
            }
        }
    }

    /** An interrupt does that. */
    @Override
    protected void implCloseChannel() {
        ring();
    }

    /** {@link Native#poll}, in which this bell's descriptor has to be, until an interrupt. */
    void poll(int[] fds, int[] wanted, int[] seen, int timeoutMillis) throws IOException, InterruptedException {
        try {
            begin();
            try {
                Errno.check(Native.poll(fds, wanted, seen, timeoutMillis), "poll");
            } finally {
                end(true);
            }
        } catch (ClosedByInterruptException e) {
            Thread.interrupted();
            throw new InterruptedException();
        }
    }

    /** Forgets that it was rung. */
    void clear() {
        Native.readSome(fd, new byte[COUNTER_BYTES], 0, COUNTER_BYTES, 0);
    }

    void release() {
        synchronized (lock) {
            if (!released) {
                released = true;
                Native.close(fd);
            }
        }
    }
}
