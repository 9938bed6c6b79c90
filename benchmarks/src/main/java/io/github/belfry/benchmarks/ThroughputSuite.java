package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What one of many messages takes: windows of them, one after the other, as fast as the readers let the sender. */
final class ThroughputSuite {
    private static final int FULL_PERCENT = 50;
    private static final int QUICK_PERCENT = 5;

    private static final String RING = "ring";
    private static final String MEMCPY = "memcpy";

    /**
     * A size of messages. What copies once gets larger windows than what goes through the kernel or a future, so that
     * all take about a millisecond; the windows of those that have a ring are several rings long.
     *
     * @param window messages of a window
     * @param slowWindow the same where a message takes longer
     * @param windows how many of these in a full run
     */
    private record Size(String name, int bytes, int window, int slowWindow, int windows) {}

    private static final List<Size> SIZES = List.of(
            new Size("64 B", 64, 32_768, 4_096, 300),
            new Size("1 KiB", 1 << 10, 8_192, 2_048, 300),
            new Size("64 KiB", 64 << 10, 64, 64, 300),
            new Size("1 MiB", 1 << 20, 16, 16, 100));
    private static final int MOST_WARM_UP = 50;

    private final Bench bench;
    private final List<Subject> subjects = new ArrayList<>();

    private ThroughputSuite(Bench bench) {
        this.bench = bench;
    }

    static Suite of(Bench bench) {
        ThroughputSuite suite = new ThroughputSuite(bench);
        int percent = bench.effort().percent();
        for (Size size : percent < QUICK_PERCENT ? SIZES.subList(0, 1) : SIZES) {
            suite.addRows(size, 1, true);
        }
        for (Size size : percent < QUICK_PERCENT ? SIZES.subList(0, 1) : SIZES) {
            suite.addRows(size, 4, percent >= FULL_PERCENT);
        }
        return new Suite("throughput", "Throughput, one way", conditions(), List.copyOf(suite.subjects)).atOneDistance();
    }

    private static String conditions() {
        return String.format(
                Locale.ROOT,
                "What a message takes, in windows of 16 to %,d of them, each timed as a whole, while the readers hold"
                        + " the sender back: percentiles are over windows. A message is a copy of the next piece of %d"
                        + " MiB; its reader adds up a word of each cache line, and the sum of all is checked. Rings have"
                        + " 1 MiB, for messages of 1 MiB they have 8. Readers that are several take turns, and share the"
                        + " one processor that isn't the sender's. `submit` has up to %d requests unanswered, and gets"
                        + " replies of 8 bytes. Aeron's driver is a thread in the sender's VM, and messages over 63 KiB"
                        + " are put together by its reader; through pipes and sockets small messages go in batches."
                        + " Runs with less than %d %% leave out peers with four readers, with less than %d %% all sizes"
                        + " but 64 B.",
                SIZES.get(0).window,
                Source.BYTES >> 20,
                PoolOneWay.IN_FLIGHT,
                FULL_PERCENT,
                QUICK_PERCENT);
    }

    private void addRows(Size size, int workers, boolean peers) {
        String group = size.name + (workers == 1 ? "" : ", " + workers + " readers");
        String suffix = "-" + size.bytes + "-" + workers;
        add(Subject.floor("c-ring" + suffix, group, "C, the same ring", Unit.NANOSECONDS, cRing(size, workers)));
        List<Target> targets = new ArrayList<>();
        if (workers == 1) {
            add(Subject.floor(MEMCPY + suffix, group, "C, memcpy alone", Unit.NANOSECONDS, memcpy(size)));
            if (size.bytes <= 1 << 10) {
                targets.add(new Target(50, "agrona" + suffix, 1));
            } else if (size.bytes == 64 << 10) {
                targets.add(new Target(50, MEMCPY + suffix, 1.25));
            }
        }
        add(Subject.ours(
                RING + suffix,
                group,
                "Java, ring layer",
                Unit.NANOSECONDS,
                fork(Transport.RING, size, workers),
                targets.toArray(new Target[0])));
        add(Subject.ours(
                        "pool" + suffix,
                        group,
                        "Java, WorkerPool.submit",
                        Unit.NANOSECONDS,
                        fork(Transport.POOL, size, workers))
                .halting(Transport.POOL.waits()));
        if (peers) {
            addPeer("agrona" + suffix, group, "Agrona, OneToOneRingBuffer", Transport.AGRONA, size, workers);
            addPeer("aeron" + suffix, group, "Aeron, IPC", Transport.AERON, size, workers);
            addPeer("pipe" + suffix, group, "Java, ProcessBuilder's pipe", Transport.PIPE, size, workers);
            addPeer("socket" + suffix, group, "Java, UNIX SocketChannel", Transport.SOCKET, size, workers);
        }
    }

    private void addPeer(String id, String group, String title, Transport transport, Size size, int workers) {
        add(Subject.peer(id, group, title, Unit.NANOSECONDS, fork(transport, size, workers))
                .halting(transport.waits()));
    }

    private void add(Subject subject) {
        subjects.add(subject);
    }

    private int windows(Size size) {
        return bench.effort().count(size.windows);
    }

    private int warmUp(Size size) {
        return bench.effort().warmUp(size.windows, MOST_WARM_UP);
    }

    private Contender cRing(Size size, int workers) {
        Cpus cpus = bench.settings().cpus();
        return bench.floor(
                windows(size),
                "bench_ring",
                workers,
                size.bytes,
                Traffic.ringBytes(size.bytes),
                warmUp(size),
                windows(size),
                size.window,
                cpus.sender(),
                cpus.worker());
    }

    private Contender memcpy(Size size) {
        Cpus cpus = bench.settings().cpus();
        return bench.floor(
                windows(size),
                "bench_memcpy",
                size.bytes,
                Traffic.ringBytes(size.bytes),
                warmUp(size),
                windows(size),
                size.window,
                cpus.sender(),
                cpus.worker());
    }

    private Contender fork(Transport transport, Size size, int workers) {
        Map<String, String> parameters = Map.of(
                "transport",
                transport.name(),
                "size",
                Integer.toString(size.bytes),
                "workers",
                Integer.toString(workers),
                "window",
                Integer.toString(transport.waits() ? size.slowWindow : size.window));
        boolean javaReader = transport == Transport.AGRONA || transport == Transport.AERON;
        return bench.fork(
                Throughput.class,
                "messages",
                parameters,
                warmUp(size),
                windows(size),
                javaReader ? ReaderVm.OPTIONS : List.of());
    }
}
