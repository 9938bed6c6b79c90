package io.github.belfry.internal.ring;

/**
 * The word of a place that says whether its worker has to ring when it replies: odd, and each sleep has its own number.
 * Several threads advance it, so each step is atomic and no value ever comes twice.
 */
public final class MasterSleep {
    private final RingMemory requests;
    private boolean keptAwake;

    public MasterSleep(RingMemory requests) {
        this.requests = requests;
        requests.set(Layout.MASTER_SLEEP, 1);
    }

    /**
     * Before a request is published, under the reservation. Who polls for its reply, with nothing else unanswered and the
     * consumer lock held, needs no bell. The word stays even after that, until somebody who doesn't poll publishes: made
     * odd after each call, its cache line would go to the worker and back twice for each, an eighth of a round trip. The
     * worker, which sees the request, sees this as well.
     */
    public void beforePublish(boolean polled) {
        if (polled) {
            stayAwake();
        } else if (keptAwake) {
            fallAsleep();
        }
        keptAwake = polled;
    }

    private void stayAwake() {
        long sleep = requests.get(Layout.MASTER_SLEEP);
        if ((sleep & 1) == 1) {
            Layout.LONG.compareAndSet(requests.bytes(), Layout.MASTER_SLEEP, sleep, sleep + 1);
        }
    }

    /**
     * Before the pool's thread sleeps: the worker, which may have rung for this number, is to ring again. One that is even
     * stays so, for nothing is unanswered but what somebody polls for; who changes that, or it, makes a number of its own.
     * A full fence has to follow, and a look.
     */
    public void renew() {
        long sleep = requests.get(Layout.MASTER_SLEEP);
        if ((sleep & 1) == 1) {
            Layout.LONG.compareAndSet(requests.bytes(), Layout.MASTER_SLEEP, sleep, sleep + 2);
        }
    }

    /** The next odd value. A full fence has to follow, and a look. */
    public void fallAsleep() {
        long sleep;
        do {
            sleep = requests.get(Layout.MASTER_SLEEP);
        } while (!(boolean)
                Layout.LONG.compareAndSet(requests.bytes(), Layout.MASTER_SLEEP, sleep, sleep + 1 + (sleep & 1)));
    }
}
