package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** From before a request is written to when its reply has been read, one at a time. */
final class RoundTripSuite {
    /** Runs with less leave out all sizes but the first. */
    private static final int TINY_PERCENT = 5;

    /** The JIT, which shares two processors with two that spin, needs that many until nothing gets faster. */
    private static final int MOST_WARM_UP = 800_000;

    /** What goes through the kernel or a future takes tens of times as long. */
    private static final int SLOW_PART = 10;

    private static final int RING_BYTES = 1 << 20;
    private static final double MOST_OF_FLOOR = 1.5;

    private record Size(String name, int bytes, int messages) {}

    private static final List<Size> SIZES = List.of(
            new Size("64 B", 64, 200_000), new Size("1 KiB", 1 << 10, 200_000), new Size("64 KiB", 64 << 10, 20_000));

    private final Bench bench;
    private final List<Subject> subjects = new ArrayList<>();

    private RoundTripSuite(Bench bench) {
        this.bench = bench;
    }

    static Suite of(Bench bench) {
        RoundTripSuite suite = new RoundTripSuite(bench);
        for (Size size : bench.effort().percent() < TINY_PERCENT ? SIZES.subList(0, 1) : SIZES) {
            suite.addAll(size);
        }
        return new Suite(
                "roundtrip",
                "Round trip",
                String.format(
                        Locale.ROOT,
                        "From before a request is written to when the first and last word of its reply have been"
                                + " compared. The other side copies the whole request into the reply. One at a time, so"
                                + " the next is sent when the one before is there: there is no schedule that a slow one"
                                + " could keep others from, and each is recorded. %,d messages of %s, a tenth of"
                                + " that through the kernel and `submit`. `call` polls for"
                                + " the reply in the calling thread; `submit` completes a future in the pool's thread,"
                                + " and the caller waits for it. In C, Agrona and Aeron both sides spin; a driver's"
                                + " thread of Aeron and the pool's thread share the two processors with them.",
                        suite.messages(SIZES.get(0)),
                        SIZES.get(0).name),
                List.copyOf(suite.subjects))
                .atOneDistance();
    }

    private void addAll(Size size) {
        String suffix = "-" + size.bytes;
        String floor = "c" + suffix;
        String aeron = "aeron" + suffix;
        subjects.add(Subject.floor(floor, size.name, "C, spin both ways", Unit.MICROSECONDS, floor(size)));
        Target[] targets = size.bytes > SIZES.get(0).bytes
                ? new Target[0]
                : new Target[] {new Target(50, floor, MOST_OF_FLOOR), new Target(50, aeron, 1)};
        addOurs("call" + suffix, size, "Java, WorkerPool.call, ADAPTIVE", RoundTrip.Way.CALL_ADAPTIVE, targets);
        addOurs("call-spin" + suffix, size, "Java, WorkerPool.call, SPIN", RoundTrip.Way.CALL_SPIN);
        addOurs("submit" + suffix, size, "Java, WorkerPool.submit, ADAPTIVE", RoundTrip.Way.SUBMIT_ADAPTIVE);
        addOurs("submit-spin" + suffix, size, "Java, WorkerPool.submit, SPIN", RoundTrip.Way.SUBMIT_SPIN);
        addPeer("agrona" + suffix, size, "Agrona, two OneToOneRingBuffers", RoundTrip.Way.AGRONA);
        addPeer(aeron, size, "Aeron, IPC", RoundTrip.Way.AERON);
        addPeer("pipe" + suffix, size, "Java, ProcessBuilder's pipes", RoundTrip.Way.PIPE);
        addPeer("socket" + suffix, size, "Java, UNIX SocketChannel", RoundTrip.Way.SOCKET);
    }

    private void addOurs(String id, Size size, String title, RoundTrip.Way way, Target... targets) {
        subjects.add(Subject.ours(id, size.name, title, Unit.MICROSECONDS, fork(way, size), targets)
                .halting(way.waits()));
    }

    private void addPeer(String id, Size size, String title, RoundTrip.Way way) {
        subjects.add(Subject.peer(id, size.name, title, Unit.MICROSECONDS, fork(way, size))
                .halting(way.waits()));
    }

    private int messages(Size size) {
        return bench.effort().count(size.messages);
    }

    /** In a quick run what spins gets all of it: with less a call seems to take three times as long. */
    private int warmUp(int messages, boolean waits) {
        boolean all = !waits && bench.effort().percent() >= TINY_PERCENT;
        return (all ? Effort.FULL : bench.effort()).warmUp(messages, MOST_WARM_UP);
    }

    private Contender floor(Size size) {
        Cpus cpus = bench.settings().cpus();
        return bench.floor(
                messages(size),
                "bench_round_trip",
                size.bytes,
                RING_BYTES,
                warmUp(size.messages, false),
                messages(size),
                cpus.sender(),
                cpus.worker());
    }

    private Contender fork(RoundTrip.Way way, Size size) {
        boolean inJava = way == RoundTrip.Way.AGRONA || way == RoundTrip.Way.AERON;
        int messages = way.waits() ? size.messages / SLOW_PART : size.messages;
        return bench.fork(
                RoundTrip.class,
                "message",
                Map.of("way", way.name(), "size", Integer.toString(size.bytes)),
                warmUp(messages, way.waits()),
                bench.effort().count(messages),
                inJava ? ReaderVm.OPTIONS : List.of());
    }
}
