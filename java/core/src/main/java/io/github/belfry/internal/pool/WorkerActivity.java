package io.github.belfry.internal.pool;

/** What a worker does at a moment, for metrics. */
public enum WorkerActivity {
    /** Ready, without a request. */
    IDLE,
    /** Ready, with a request at least. */
    BUSY,
    /** Its {@code init} runs. */
    STARTING,
    /** Told to end. */
    ENDING,
    /** There is none: it has ended, and the next isn't started. */
    DOWN;

    static WorkerActivity of(Slot slot) {
        return switch (slot.worker().state()) {
            case DOWN, ENDED -> DOWN;
            case STARTING -> STARTING;
            case ABORTING -> ENDING;
            case READY -> {
                if (!slot.isServing()) {
                    yield ENDING;
                }
                yield slot.waiting() == 0 ? IDLE : BUSY;
            }
        };
    }
}
