package io.github.belfry.internal.pool;

import java.lang.ref.WeakReference;

/**
 * The {@link Caller} of each thread. The value of a ThreadLocal stays in its thread after the ThreadLocal has gone, for
 * as long as the thread doesn't come across it, and an object of ours would keep our class loader. So the value is a
 * WeakReference, and a Caller lives while a call has it on its stack: between calls nothing in it is needed.
 */
final class Callers {
    private final ThreadLocal<WeakReference<Caller>> ofThreads = new ThreadLocal<>();

    /** The calling thread's. */
    Caller get() {
        WeakReference<Caller> known = ofThreads.get();
        Caller caller = known == null ? null : known.get();
        if (caller == null) {
            caller = new Caller();
            ofThreads.set(new WeakReference<>(caller));
        }
        return caller;
    }
}
