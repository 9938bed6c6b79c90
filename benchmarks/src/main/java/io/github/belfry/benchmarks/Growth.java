package io.github.belfry.benchmarks;

import io.github.belfry.WorkerPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;

/**
 * All points of the curves in one VM, in turn: a pool for each. Its own {@code main}, because a JMH fork has one
 * configuration only, and a VM for each point would take longer than all the messages.
 */
final class Growth {
    /** Thousandths, for a thousand messages. */
    private static final long TURNS_UNIT = 1_000_000;

    private final ForkSettings settings = ForkSettings.ofThisFork();
    private final Source source = new Source();
    private final int warmUp;
    private final int windows;

    private Growth(int warmUp, int windows) {
        this.warmUp = warmUp;
        this.windows = windows;
    }

    /** Arguments: windows of warm-up, measured windows. Prints lines: the point's id, picoseconds for a message. */
    public static void main(String[] arguments) throws Exception {
        Growth growth = new Growth(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]));
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            failure.printStackTrace();
            System.exit(1); // the others would wait for it
        });
        growth.settings.cpus().confineThisProcess();
        for (GrowthPoint point : GrowthPoint.all()) {
            growth.measure(point); // otherwise the first points are those of a VM that has just begun
        }
        for (GrowthPoint point : GrowthPoint.all()) {
            growth.measure(point).print(point);
        }
    }

    private Clock measure(GrowthPoint point) throws IOException, InterruptedException {
        Traffic traffic = new Traffic(source, point.size(), point.workers(), settings);
        List<Sender> senders = new ArrayList<>();
        Clock clock;
        try (WorkerPool pool = PoolOneWay.start(traffic)) {
            clock = new Clock(pool);
            CyclicBarrier barrier = new CyclicBarrier(point.threads(), clock::tick);
            for (int i = 0; i < point.threads(); i++) {
                senders.add(new Sender(point, pool, barrier));
            }
            senders.forEach(Thread::start);
            for (Sender sender : senders) {
                sender.join();
            }
        }
        return clock;
    }

    /** When windows end: all threads have submitted their share. The first tick is the beginning. */
    private final class Clock {
        private final WorkerPool pool;
        private final long[] nanos = new long[warmUp + windows + 1];
        private int ticks;
        private long turns;

        Clock(WorkerPool pool) {
            this.pool = pool;
        }

        void tick() {
            if (ticks == warmUp) {
                turns = -turns();
            }
            nanos[ticks++] = System.nanoTime();
            if (ticks == nanos.length) {
                turns += turns();
            }
        }

        private long turns() {
            try {
                return Footprint.turns(pool.pids());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void print(GrowthPoint point) {
            for (int i = warmUp; i < warmUp + windows; i++) {
                long picos = (nanos[i + 1] - nanos[i]) * Throughput.PICOS_PER_NANO / point.window();
                System.out.println(point.id() + " " + picos);
            }
            System.out.println(point.turnsId() + " " + turns * TURNS_UNIT / ((long) windows * point.window()));
        }
    }

    /** A thread that submits. The only one has the sender's processor for itself, several have both. */
    private final class Sender extends Thread {
        private final GrowthPoint point;
        private final PoolSender sender;
        private final CyclicBarrier barrier;

        Sender(GrowthPoint point, WorkerPool pool, CyclicBarrier barrier) {
            this.point = point;
            this.barrier = barrier;
            sender = new PoolSender(pool, source, point.inFlight() / point.threads());
        }

        @Override
        public void run() {
            try {
                if (point.threads() == 1) {
                    settings.cpus().pinThisThread();
                }
                submitAll();
            } catch (IOException | InterruptedException | BrokenBarrierException | RuntimeException e) {
                throw new IllegalStateException(point.id(), e);
            }
        }

        private void submitAll() throws InterruptedException, BrokenBarrierException {
            int share = point.window() / point.threads();
            int offset = 0;
            barrier.await();
            for (int i = 0; i < warmUp + windows; i++) {
                for (int j = 0; j < share; j++) {
                    sender.send(offset, point.size());
                    offset = Source.next(offset, point.size());
                }
                barrier.await();
            }
            long sent = (long) share * (warmUp + windows);
            if (sender.sum() != source.sum(sent, point.size())) {
                throw new IllegalStateException("the workers read something else");
            }
        }
    }
}
