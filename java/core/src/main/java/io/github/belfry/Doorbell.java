package io.github.belfry;

/** When the sender of a message wakes its receiver; see {@link WorkerPool.Builder#doorbell}. */
public enum Doorbell {
    /** Only when the receiver sleeps. A receiver looks for a moment before it does. */
    ADAPTIVE,
    /** For each message: a signal downwards, an eventfd upwards. */
    ALWAYS,
    /**
     * Never: receivers don't sleep. Each worker, and a thread of the pool, keeps a processor busy even when there is
     * nothing to do.
     */
    SPIN
}
