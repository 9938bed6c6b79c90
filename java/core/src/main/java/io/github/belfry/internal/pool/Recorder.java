package io.github.belfry.internal.pool;

import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerInfo;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What JDK Flight Recorder is told of pools. This one tells it nothing: a VM may be without the module
 * {@code jdk.jfr}, which only {@link JfrRecorder} refers to. Any thread may call; no method blocks.
 */
class Recorder {
    static final Recorder CURRENT = ofThisVm();

    private static Recorder ofThisVm() {
        try {
            if (ModuleLayer.boot().findModule("jdk.jfr").isPresent()) {
                return new JfrRecorder();
            }
        } catch (LinkageError notReadable) {
            // Another layer has this module, without jdk.jfr.
        }
        return new Recorder();
    }

    /** Whether requests are recorded at the moment; each request asks that, so it costs two loads. */
    boolean recordsRequests() {
        return false;
    }

    /** For a request that is given to a pool now; null unless requests are recorded. */
    @Nullable
    Trace requestGiven(String pool, int type, int size) {
        return null;
    }

    /** Of a worker whose start begins now: to be told of it when it is ready. */
    Consumer<WorkerInfo> workerStarting() {
        return ready -> {};
    }

    /** {@code answered} is how many requests it has answered. */
    void workerEnded(WorkerInfo worker, WorkerExit exit, long answered) {}

    void breakerChanged(String pool, boolean isOpen, String why) {}

    /** The safety net has found a reply that no thread was told of. */
    void rescued(String pool, int worker) {}
}
