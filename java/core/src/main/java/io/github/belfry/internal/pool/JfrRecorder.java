package io.github.belfry.internal.pool;

import io.github.belfry.PoolUnavailableException;
import io.github.belfry.RequestInterruptedException;
import io.github.belfry.RequestTimeoutException;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerException;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerFaultException;
import io.github.belfry.WorkerInfo;
import java.util.List;
import java.util.function.Consumer;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * Where the VM has JDK Flight Recorder. The first class of an event that is initialised sets up much of the recorder,
 * which takes a quarter of a second, so none is before something else has done that.
 */
final class JfrRecorder extends Recorder {
    JfrRecorder() {
        FlightRecorder.isInitialized(); // or a LinkageError
    }

    private static final class Registered {
        private static final List<Class<? extends Event>> TYPES = List.of(
                RequestEvent.class, WorkerStartEvent.class, WorkerEndEvent.class, BreakerEvent.class, RescueEvent.class);

        /** It is asked only whether its type is enabled; null if this VM refuses types of events. */
        static final @Nullable RequestEvent ANY = any();

        private static @Nullable RequestEvent any() {
            try {
                TYPES.forEach(FlightRecorder::register);
                return new RequestEvent("", 0, 0);
            } catch (RuntimeException | LinkageError refused) {
                return null;
            }
        }
    }

    private static boolean mayRecord() {
        return FlightRecorder.isInitialized() && Registered.ANY != null;
    }

    @Override
    boolean recordsRequests() {
        return FlightRecorder.isInitialized() && Registered.ANY != null && Registered.ANY.isEnabled();
    }

    @Override
    @Nullable
    Trace requestGiven(String pool, int type, int size) {
        return recordsRequests() ? new RequestEvent(pool, type, size) : null;
    }

    @Override
    Consumer<WorkerInfo> workerStarting() {
        return mayRecord() ? new WorkerStartEvent() : super.workerStarting();
    }

    @Override
    void workerEnded(WorkerInfo worker, WorkerExit exit, long answered) {
        if (mayRecord()) {
            new WorkerEndEvent(worker, exit, answered).commit();
        }
    }

    @Override
    void breakerChanged(String pool, boolean isOpen, String why) {
        if (mayRecord()) {
            new BreakerEvent(pool, isOpen, why).commit();
        }
    }

    @Override
    void rescued(String pool, int worker) {
        if (mayRecord()) {
            new RescueEvent(pool, worker).commit();
        }
    }

    @Name("belfry.Request")
    @Label("Request")
    @Category("Belfry")
    @Description("A request, from when it was given to its pool until its caller had the result")
    @Threshold("20 ms")
    @StackTrace(false)
    private static final class RequestEvent extends Event implements Trace {
        private static final int NONE = -1;

        @Label("Pool")
        private final String pool;

        @Label("Worker")
        @Description("The index of the worker that it was given to last, -1 for none")
        private int worker = NONE;

        @Label("Type")
        private final int type;

        @Label("Size")
        @DataAmount
        private final int size;

        @Label("Wait")
        @Description("Until a worker could begin it: until nothing was before it in the worker's ring")
        @Timespan(Timespan.NANOSECONDS)
        private long wait;

        @Label("Time in Hand")
        @Description("The rest, restarts of its worker included")
        @Timespan(Timespan.NANOSECONDS)
        private long timeInHand;

        @Label("Outcome")
        @Description("answered, fault, timeout, withdrawn, died or unavailable")
        private @Nullable String outcome;

        private final transient long givenNanos;
        private transient long publishedNanos;

        /** 0 while it has been no worker's oldest. */
        private transient long oldestNanos;

        RequestEvent(String pool, int type, int size) {
            this.pool = pool;
            this.type = type;
            this.size = size;
            givenNanos = System.nanoTime();
            begin();
        }

        @Override
        public synchronized void published(int where, boolean isOldest, boolean hasBegun) {
            worker = where;
            if (!hasBegun) {
                publishedNanos = System.nanoTime();
                oldestNanos = isOldest ? publishedNanos : 0;
            }
        }

        @Override
        public synchronized void becameOldest() {
            oldestNanos = System.nanoTime();
        }

        @Override
        public void ended(@Nullable Throwable failure) {
            boolean mayHaveRun = !(failure instanceof WorkerException why) || why.mayHaveRun();
            end(outcome(failure), mayHaveRun);
        }

        /** What no exception of the pool's tells was thrown by the caller's own {@code read}, of an answer. */
        private static String outcome(@Nullable Throwable failure) {
            if (failure instanceof WorkerFaultException) {
                return "fault";
            }
            if (failure instanceof RequestTimeoutException) {
                return "timeout";
            }
            if (failure instanceof RequestInterruptedException) {
                return "withdrawn";
            }
            if (failure instanceof WorkerDiedException) {
                return "died";
            }
            return failure instanceof PoolUnavailableException ? "unavailable" : "answered";
        }

        @Override
        public void withdrawn() {
            end("withdrawn", true);
        }

        private synchronized void end(String how, boolean mayHaveRun) {
            if (outcome != null) {
                return;
            }
            outcome = how;
            end();
            if (!shouldCommit()) {
                return;
            }
            long now = System.nanoTime();
            wait = begunNanos(now, mayHaveRun) - givenNanos;
            timeInHand = now - givenNanos - wait;
            try {
                commit();
            } catch (OutOfMemoryError noRecord) {
                // Its future is still to be completed.
            }
        }

        /** An answered one that the thread which published it has seen behind another was the oldest a moment later. */
        private long begunNanos(long now, boolean mayHaveRun) {
            if (mayHaveRun && oldestNanos != 0) {
                return oldestNanos;
            }
            return "answered".equals(outcome) || "fault".equals(outcome) ? publishedNanos : now;
        }
    }

    @Name("belfry.WorkerStart")
    @Label("Worker Start")
    @Category("Belfry")
    @Description("A worker of a pool, from its start until it was ready")
    @StackTrace(false)
    private static final class WorkerStartEvent extends Event implements Consumer<WorkerInfo> {
        @Label("Pool")
        private @Nullable String pool;

        @Label("Worker")
        @Description("Its index")
        private int worker;

        @Label("Process Id")
        private long pid;

        @Label("Incarnation")
        @Description("1 for the first process with this index, and so on")
        private long incarnation;

        WorkerStartEvent() {
            begin();
        }

        @Override
        public void accept(WorkerInfo ready) {
            pool = ready.pool();
            worker = ready.index();
            pid = ready.pid();
            incarnation = ready.incarnation();
            commit();
        }
    }

    @Name("belfry.WorkerEnd")
    @Label("Worker End")
    @Category("Belfry")
    @Description("A worker of a pool has ended")
    @StackTrace(false)
    private static final class WorkerEndEvent extends Event {
        @Label("Pool")
        private final String pool;

        @Label("Worker")
        @Description("Its index")
        private final int worker;

        @Label("Process Id")
        private final long pid;

        @Label("Incarnation")
        @Description("1 for the first process with this index, and so on")
        private final long incarnation;

        @Label("Exit")
        @Description("exit status N, the name of the signal that ended it, or lost")
        private final String exit;

        @Label("Answered")
        @Description("How many requests it has answered")
        private final long answered;

        WorkerEndEvent(WorkerInfo ended, WorkerExit exit, long answered) {
            this.pool = ended.pool();
            this.worker = ended.index();
            this.pid = ended.pid();
            this.incarnation = ended.incarnation();
            this.exit = describe(exit);
            this.answered = answered;
        }

        /** In 16 characters: longer texts that recur are stored apart, and some JDKs read them back as null. */
        private static String describe(WorkerExit exit) {
            if (exit instanceof WorkerExit.Signaled by) {
                return by.signal() + (by.coreDumped() ? ", core" : "");
            }
            return exit instanceof WorkerExit.Exited exited ? "exit status " + exited.code() : "lost";
        }
    }

    @Name("belfry.Breaker")
    @Label("Breaker")
    @Category("Belfry")
    @Description("A pool has begun to refuse requests because its workers die, or takes them again")
    @StackTrace(false)
    private static final class BreakerEvent extends Event {
        @Label("Pool")
        private final String pool;

        @Label("Open")
        @Description("Whether requests are refused from now on")
        private final boolean open;

        @Label("Why")
        private final String why;

        BreakerEvent(String pool, boolean open, String why) {
            this.pool = pool;
            this.open = open;
            this.why = why;
        }
    }

    @Name("belfry.Rescue")
    @Label("Rescue")
    @Category("Belfry")
    @Description("The safety net has found a reply that no doorbell had told of, which is a bug in Belfry")
    @StackTrace(false)
    private static final class RescueEvent extends Event {
        @Label("Pool")
        private final String pool;

        @Label("Worker")
        @Description("Its index")
        private final int worker;

        RescueEvent(String pool, int worker) {
            this.pool = pool;
            this.worker = worker;
        }
    }
}
