package io.github.belfry;

import java.io.Serializable;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How a worker ended: by itself with a code, or by a signal. What waitid(2) tells. */
public sealed interface WorkerExit extends Serializable
        permits WorkerExit.Exited, WorkerExit.Signaled, WorkerExit.Lost {
    /** Whether it ended by itself with code 0. */
    default boolean succeeded() {
        return this instanceof Exited exited && exited.code == 0;
    }

    // Written out, because the generated method of a record adapts method handles of the JDK's to our types: equals to the
    // record's, hashCode and toString to its components'. Such a handle keeps what it was adapted to last, and with it
    // our class loader.

    /**
     * It called exit or returned from main.
     *
     * @param code 0 to 255
     */
    record Exited(int code) implements WorkerExit {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Exited exited && exited.code == code;
        }

        @Override
        public int hashCode() {
            return code;
        }
    }

    /**
     * A signal ended it.
     *
     * @param signal the one that did
     * @param coreDumped whether a core dump was written
     */
    record Signaled(Signal signal, boolean coreDumped) implements WorkerExit {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Signaled by && by.signal.equals(signal) && by.coreDumped == coreDumped;
        }

        @Override
        public int hashCode() {
            return Objects.hash(signal.number(), coreDumped);
        }

        @Override
        public String toString() {
            return "Signaled[signal=" + signal + ", coreDumped=" + coreDumped + "]";
        }
    }

    /** No status is known: another wait in this process took it, or SIGCHLD is ignored, or the worker never ran. */
    record Lost() implements WorkerExit {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Lost;
        }

        @Override
        public int hashCode() {
            return 0;
        }
    }
}
