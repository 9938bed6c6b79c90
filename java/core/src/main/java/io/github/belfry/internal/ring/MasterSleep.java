package io.github.belfry.internal.ring;

/**
 * The word of a slot that says whether its worker has to ring when it replies: odd, and each sleep has its own number.
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
     * Before a request is published, under the reservation. A caller that polls for its reply needs no bell: nothing
     * else is unanswered, and it holds the consumer lock. The word stays even after that, until a request is published
     * that isn't polled for: made odd after each call, its cache line would go to the worker and back twice for each,
     * an eighth of a round trip. The worker, which sees the request, sees this as well.
     *
     * @param polled by a thread that looks for replies, or makes the word odd when it doesn't
     * @return whether replies before this one may have come without a bell
     */
    public boolean beforePublish(boolean polled) {
        boolean fallsAsleep = keptAwake && !polled;
        if (polled) {
            stayAwake();
        } else if (fallsAsleep) {
            fallAsleep();
        }
        keptAwake = polled;
        return fallsAsleep;
    }

    /** Whether the worker doesn't ring. */
    public boolean isAwake() {
        return (requests.get(Layout.MASTER_SLEEP) & 1) == 0;
    }

    private void stayAwake() {
        long sleep = requests.get(Layout.MASTER_SLEEP);
        if ((sleep & 1) == 1) {
            Layout.LONG.compareAndSet(requests.bytes(), Layout.MASTER_SLEEP, sleep, sleep + 1);
        }
    }

    /**
     * A new number per sleep, so that an earlier wake-up doesn't suppress this one. For the reply thread before it
     * sleeps. An even number stays: only a caller that polls has a request unanswered, and it makes a number of its own
     * when it stops, as a request that isn't polled for does. A full fence has to follow, and a look.
     */
    public void renew() {
        long sleep = requests.get(Layout.MASTER_SLEEP);
        if ((sleep & 1) == 1) {
            Layout.LONG.compareAndSet(requests.bytes(), Layout.MASTER_SLEEP, sleep, sleep + 2);
        }
    }

    /** The next odd value, unless it is odd. A full fence has to follow, and a look. */
    public void fallAsleepIfAwake() {
        long sleep = requests.get(Layout.MASTER_SLEEP);
        while ((sleep & 1) == 0
                && !Layout.LONG.compareAndSet(requests.bytes(), Layout.MASTER_SLEEP, sleep, sleep + 1)) {
            sleep = requests.get(Layout.MASTER_SLEEP);
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
