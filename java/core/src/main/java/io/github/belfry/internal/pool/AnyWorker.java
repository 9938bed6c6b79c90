package io.github.belfry.internal.pool;

import org.jspecify.annotations.Nullable;

/** The way of a pool's requests: into the ring of any worker, or into the backlog. */
final class AnyWorker implements Route {
    private final Placement placement;
    private final Admission admission;
    private final WaitingLine waitingLine;

    AnyWorker(Placement placement, Admission admission, WaitingLine waitingLine) {
        this.placement = placement;
        this.admission = admission;
        this.waitingLine = waitingLine;
    }

    @Override
    public void check() {
        admission.check();
    }

    @Override
    public boolean isOpen() {
        return admission.isOpen();
    }

    @Override
    public boolean isClosed() {
        return admission.isClosed();
    }

    @Override
    public @Nullable Slot tryReserveSlot(int size) {
        return placement.tryReserveSlot(size);
    }

    @Override
    public boolean mayFollow(Slot slot, int size, int count) {
        return !waitingLine.isAwaited() && placement.mayFollow(slot, size, count);
    }

    @Override
    public @Nullable Destination tryReserve(int size) {
        return placement.tryReserve(size);
    }

    @Override
    public @Nullable Slot tryReserveIdle(int size) {
        return placement.tryReserveIdle(size);
    }

    @Override
    public WaitingLine line() {
        return waitingLine;
    }

    @Override
    public int mark() {
        return 0;
    }

    @Override
    public void published(Request<?> request) {
        // It may go on with any worker.
    }
}
