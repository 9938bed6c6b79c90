package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What users ask first: how many requests of 64 bytes are answered in a second, in each of the ways that there are. */
final class RequestsSuite {
    private static final int BYTES = 64;
    private static final int RING_BYTES = 1 << 20;

    /** Requests of a window, and of one where each takes microseconds. */
    private static final int WINDOW = 16_384;

    private static final int SLOW_WINDOW = 2_048;
    private static final int WINDOWS = 300;
    private static final int MOST_WARM_UP = 150;
    private static final int TINY_PERCENT = 5;

    private static final List<Integer> WORKERS = List.of(2, 4, 8, 100);
    private static final double FLAT = 1.3;
    private static final String AERON = "aeron";
    private static final String PIPE = "pipe";

    private final Bench bench;
    private final List<Subject> subjects = new ArrayList<>();

    private RequestsSuite(Bench bench) {
        this.bench = bench;
    }

    static Suite of(Bench bench) {
        RequestsSuite suite = new RequestsSuite(bench);
        suite.addOneWorker();
        for (int workers : bench.effort().percent() < TINY_PERCENT ? WORKERS.subList(0, 1) : WORKERS) {
            suite.addWorkers(workers);
        }
        return new Suite(
                        "requests",
                        "Requests, there and back",
                        String.format(
                                Locale.ROOT,
                                "What a request of %d bytes and its reply take, in windows of %,d (`call`: %,d) of them,"
                                        + " each timed as a whole: percentiles are over windows, and 100 ns are ten"
                                        + " million requests a second. The other side copies the request into the reply,"
                                        + " and each reply is compared. `map`, `submit`, Aeron and C have up to %,d"
                                        + " unanswered; `call` waits for each, in so many threads; through the pipe and"
                                        + " the socket go batches of 64 KiB. All workers share the one processor that"
                                        + " isn't the sender's.",
                                BYTES,
                                WINDOW,
                                SLOW_WINDOW,
                                PoolExchange.UNANSWERED),
                        List.copyOf(suite.subjects))
                .atOneDistance();
    }

    private void addOneWorker() {
        String group = group(1);
        subjects.add(Subject.floor("c", group, "C, two rings", Unit.NANOSECONDS, floor()));
        addOurs("map", 1, "Java, WorkerPool.map", Requests.Way.MAP, new Target(50, AERON, 1), new Target(50, PIPE, 1));
        addOurs("submit", 1, "Java, WorkerPool.submit", Requests.Way.SUBMIT);
        addOurs("call", 1, "Java, WorkerPool.call", Requests.Way.CALL);
        addOurs("call-4", 1, "Java, WorkerPool.call, 4 threads", Requests.Way.CALL_4);
        addOurs("call-16", 1, "Java, WorkerPool.call, 16 threads", Requests.Way.CALL_16);
        addPeer(AERON, group, "Aeron, IPC", Requests.Way.AERON);
        addPeer(PIPE, group, "Java, ProcessBuilder's pipes, batches", Requests.Way.PIPE);
        addPeer("socket", group, "Java, UNIX SocketChannel, batches", Requests.Way.SOCKET);
    }

    private void addWorkers(int workers) {
        addOurs("map-" + workers, workers, "Java, WorkerPool.map", Requests.Way.MAP, new Target(50, "map", FLAT));
        addOurs(
                "submit-" + workers,
                workers,
                "Java, WorkerPool.submit",
                Requests.Way.SUBMIT,
                new Target(50, "submit", FLAT));
    }

    private void addOurs(String id, int workers, String title, Requests.Way way, Target... targets) {
        subjects.add(Subject.ours(id, group(workers), title, Unit.NANOSECONDS, fork(way, workers), targets)
                .halting(way != Requests.Way.CALL));
    }

    private static String group(int workers) {
        return workers == 1 ? "one worker" : workers + " workers";
    }

    private void addPeer(String id, String group, String title, Requests.Way way) {
        subjects.add(Subject.peer(id, group, title, Unit.NANOSECONDS, fork(way, 1))
                .halting(way != Requests.Way.AERON));
    }

    private int windows() {
        return bench.effort().count(WINDOWS);
    }

    private int warmUp() {
        return bench.effort().warmUp(WINDOWS, MOST_WARM_UP);
    }

    private Contender floor() {
        Cpus cpus = bench.settings().cpus();
        return bench.floor(
                windows(),
                "bench_requests",
                PoolExchange.UNANSWERED,
                BYTES,
                RING_BYTES,
                warmUp(),
                windows(),
                WINDOW,
                cpus.sender(),
                cpus.worker());
    }

    private Contender fork(Requests.Way way, int workers) {
        return bench.fork(
                Requests.class,
                "window",
                Map.of(
                        "way", way.name(),
                        "size", Integer.toString(BYTES),
                        "workers", Integer.toString(workers),
                        "window", Integer.toString(way.isCall() ? SLOW_WINDOW : WINDOW)),
                warmUp(),
                windows(),
                way == Requests.Way.AERON ? ReaderVm.OPTIONS : List.of());
    }
}
