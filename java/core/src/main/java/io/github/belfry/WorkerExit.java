package io.github.belfry;

import java.io.Serializable;

/** How a worker ended: by itself with a code, or by a signal. What waitid(2) tells. */
public sealed interface WorkerExit extends Serializable
        permits WorkerExit.Exited, WorkerExit.Signaled, WorkerExit.Lost {
    /** Whether it ended by itself with code 0. */
    default boolean succeeded() {
        return this instanceof Exited exited && exited.code == 0;
    }

    /**
     * It called exit or returned from main.
     *
     * @param code 0 to 255
     */
    record Exited(int code) implements WorkerExit {}

    /**
     * A signal ended it.
     *
     * @param signal the one that did
     * @param coreDumped whether a core dump was written
     */
    record Signaled(Signal signal, boolean coreDumped) implements WorkerExit {}

    /** No status is known: another wait in this process took it, or SIGCHLD is ignored, or the worker never ran. */
    record Lost() implements WorkerExit {}
}
