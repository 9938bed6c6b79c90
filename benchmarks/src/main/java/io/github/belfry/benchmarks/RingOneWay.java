package io.github.belfry.benchmarks;

import io.github.belfry.Doorbell;
import io.github.belfry.PoolListener;
import io.github.belfry.Signal;
import io.github.belfry.internal.pool.Events;
import io.github.belfry.internal.pool.Incarnation;
import io.github.belfry.internal.pool.Pace;
import io.github.belfry.internal.pool.Pool;
import io.github.belfry.internal.pool.PoolOptions;
import io.github.belfry.internal.pool.Request;
import io.github.belfry.internal.pool.Slot;
import io.github.belfry.internal.pool.SlotListener;
import io.github.belfry.internal.process.LaunchOptions;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.ring.RingReader;
import io.github.belfry.internal.ring.RingWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The ring layer alone: no pool, no futures, no doorbells. Replies are empty and read only when there is no room, all
 * that are there at once, which is how the master learns what is free.
 */
final class RingOneWay implements OneWay {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Turns<Lane> lanes = new Turns<>();

    /** Starts as many workers, and returns when they are ready. */
    public RingOneWay(Source source, String program, int workers, int ringBytes, int size, int... cpus)
            throws IOException {
        LaunchOptions process = new LaunchOptions(List.of(program));
        if (cpus.length > 0) {
            process.cpus(cpus);
        }
        PoolOptions options = new PoolOptions(
                "bench",
                Pool.nextNumber(),
                workers,
                ringBytes,
                ringBytes,
                Doorbell.SPIN,
                0,
                false,
                PATIENCE_NANOS,
                PATIENCE_NANOS,
                0,
                0,
                PATIENCE_NANOS,
                1,
                0,
                1,
                PATIENCE_NANOS,
                false,
                PoolListener.logging(),
                Collections.nCopies(workers, Incarnation.launch(process)));
        try {
            for (int i = 0; i < workers; i++) {
                lanes.add(new Lane(options, i, source.bytes(), size));
            }
            lanes.forEach(Lane::awaitReady);
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public void send(int offset, int size) {
        lanes.next().send(offset, size);
    }

    @Override
    public long sum() {
        long sum = 0;
        for (Lane lane : lanes) {
            sum += lane.total();
        }
        return sum;
    }

    @Override
    public void close() {
        lanes.forEach(Lane::close);
    }

    /** One worker and the master's end of its two rings. */
    private static final class Lane implements SlotListener {
        private final Slot slot;
        private final Incarnation incarnation;
        private final RingWriter writer;
        private final RingReader reader;
        private final ByteBuffer source;
        private final long recordBytes;
        private long sent;
        private long answered;

        Lane(PoolOptions options, int index, ByteBuffer source, int size) throws IOException {
            this.source = source;
            this.recordBytes = Layout.recordBytes(size);
            slot = new Slot(options, index, new Pace(0), this);
            try {
                incarnation = Incarnation.start(options, slot, new Events(options));
            } catch (IOException | RuntimeException e) {
                slot.close();
                throw e;
            }
            writer = slot.writer();
            reader = incarnation.reader();
        }

        void awaitReady() {
            long end = System.nanoTime() + PATIENCE_NANOS;
            while (!incarnation.isReady()) {
                checkAlive(end);
            }
        }

        void send(int offset, int size) {
            if (!writer.hasRoom(size)) {
                awaitRoom(size);
            }
            writer.body(size).put(0, source, offset, size);
            writer.publish(++sent, Source.ADD, size, 1);
        }

        private void awaitRoom(int size) {
            long end = 0;
            for (int looks = 1; !writer.hasRoom(size); looks++) {
                if (!takeReplies()) {
                    Thread.onSpinWait();
                    if (looks % 100 == 0) {
                        end = end == 0 ? System.nanoTime() + PATIENCE_NANOS : end;
                        checkAlive(end);
                    }
                }
            }
        }

        /** All that are there; the n-th reply frees the n-th request. */
        private boolean takeReplies() {
            long before = answered;
            try {
                while (reader.next()) {
                    if (reader.id() != ++answered || reader.code() != 0) {
                        throw new IllegalStateException("the reply to request " + answered + " isn't the next");
                    }
                }
            } catch (RingReader.BrokenRuleException e) {
                throw new IllegalStateException(e);
            }
            if (answered == before) {
                return false;
            }
            writer.free(writer.freed() + (answered - before) * recordBytes);
            reader.release();
            return true;
        }

        long total() {
            long end = System.nanoTime() + PATIENCE_NANOS;
            while (answered < sent) {
                if (!takeReplies()) {
                    checkAlive(end);
                }
            }
            writer.publish(++sent, Source.TOTAL, 0, 1);
            while (!takeReplies()) {
                checkAlive(end);
            }
            return reader.body().getLong(0);
        }

        private void checkAlive(long endNanos) {
            if (incarnation.exit() != null || System.nanoTime() - endNanos > 0) {
                throw new IllegalStateException("no answer from " + incarnation);
            }
            Thread.yield();
        }

        void close() {
            incarnation.signalToEnd(Signal.TERM);
            try {
                if (!incarnation.child().await(Duration.ofSeconds(2))) {
                    incarnation.kill();
                    incarnation.child().await();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                incarnation.close();
                slot.close();
            }
        }

        @Override
        public void roomChanged(Slot whose) {}

        @Override
        public void unread(Slot whose) {}

        @Override
        public void consumerGone() {}

        @Override
        public void published(Request<?> request, boolean behindOthers) {}

        @Override
        public void skipped(Request<?> wanted, ByteBuffer bytes) {}
    }
}
