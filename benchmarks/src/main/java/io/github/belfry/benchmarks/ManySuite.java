package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How cost grows with the number of workers. */
final class ManySuite {
    /** Pools that warm the VM up have no more. */
    static final int WARM_UP_WORKERS = 10;

    private static final List<Integer> WORKERS = List.of(1, 10, 100, 1_000);

    /** For a run that only shows that all works. */
    private static final List<Integer> FEW_WORKERS = List.of(1, 10);

    private static final int TINY_PERCENT = 5;

    /** What fewer workers add to the master's memory is less than the VM's own ups and downs. */
    private static final int ABOVE_NOISE = 100;

    /** Of fewer nothing is asked: there the pool's own threads count. */
    private static final int MANY = 1_000;

    private static final double MOST = 1.3;

    /** The heap of the fork, touched at its start, so that what is touched later is something else. */
    private static final List<String> VM_OPTIONS = List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch");

    /** How often what is done with so many workers. */
    record Counts(int workers, Effort effort) {
        private static final int WORKER_STARTS = 300;
        private static final int MOST_STARTS = 20;
        private static final int LEAST_STARTS = 3;
        private static final int WARM_UP_POOLS = 20;
        private static final int WARM_UP_STARTS = 10;
        private static final int CALLS = 5_000;
        private static final int SUBMITS = 100_000;
        private static final int SUBMITS_PER_WORKER = 10;

        int starts() {
            return effort.count(Math.max(LEAST_STARTS, Math.min(MOST_STARTS, WORKER_STARTS / workers)));
        }

        int warmUpPools() {
            return effort.warmUp(WARM_UP_POOLS, WARM_UP_POOLS);
        }

        /** Of pools of full size, after the small ones. */
        int warmUpStarts() {
            return workers > WARM_UP_WORKERS ? effort.count(WARM_UP_STARTS) - 1 : 0;
        }

        int calls() {
            return effort.count(CALLS);
        }

        int warmUpCalls() {
            return effort.warmUp(CALLS, CALLS);
        }

        int submits() {
            return Math.max(effort.count(SUBMITS), SUBMITS_PER_WORKER * workers);
        }

        int warmUpSubmits() {
            return Math.max(effort.warmUp(SUBMITS, SUBMITS / 2), SUBMITS_PER_WORKER * workers);
        }
    }

    private final Bench bench;
    private final List<Integer> workers;
    private final List<SharedFork> forks = new ArrayList<>();
    private final List<Subject> subjects = new ArrayList<>();

    private ManySuite(Bench bench) {
        this.bench = bench;
        this.workers = bench.effort().percent() < TINY_PERCENT ? FEW_WORKERS : WORKERS;
        for (int count : workers) {
            Map<String, String> parameters = Map.of(
                    "workers", Integer.toString(count),
                    "percent", Integer.toString(bench.effort().percent()));
            forks.add(bench.sharedFork(ManyWorkers.class, "pool", parameters, VM_OPTIONS));
        }
    }

    static Suite of(Bench bench) {
        ManySuite suite = new ManySuite(bench);
        suite.addAll();
        return new Suite(
                "many",
                "Many workers",
                "`WorkerPool.start`, until all workers are ready, with rings of 64 KiB; before it the VM has started"
                        + " and closed small pools, and in a full run nine of that size. C makes the same rings, pipes"
                        + " and eventfds, starts the same program by vfork and waits for the same word in the shared"
                        + " memory. Memory is Pss after the start, of the master the growth for each worker with what"
                        + " is reachable in its heap; the 136 KiB of rings of each worker are allocated, but are in it"
                        + " only as far as they have been touched. Idle: time on processors of all workers and of the"
                        + " pool's threads. `call`: one thread, 64 B, the workers asleep but where there are fewer than"
                        + " processors. `submit`: one thread, 64 B, four requests unanswered for each worker, so that"
                        + " all have something to do.",
                suite.subjects);
    }

    private void addAll() {
        for (int i = 0; i < workers.size(); i++) {
            addStart(workers.get(i), forks.get(i));
        }
        addEach("memory of all", "Java, the workers", Unit.MEGABYTES, ManyWorkers.WORKERS_MEMORY, 1);
        addEach("memory for each", "Java, the master", Unit.KILOBYTES, ManyWorkers.MASTER_MEMORY, ABOVE_NOISE);
        addEach("idle for a second", "Java, workers and threads", Unit.MICROSECONDS, ManyWorkers.IDLE, 1);
        addEach("round trip", "Java, call", Unit.MICROSECONDS, ManyWorkers.CALL, 1);
        addEach("time per message", "Java, submit", Unit.NANOSECONDS, ManyWorkers.SUBMIT, 1);
    }

    private void addStart(int count, SharedFork fork) {
        Counts counts = new Counts(count, bench.effort());
        String group = group("start", count);
        String floor = "start-c-" + count;
        subjects.add(Subject.floor(
                        floor,
                        group,
                        "C, vfork + execve",
                        Unit.MILLISECONDS,
                        bench.floor(
                                counts.starts(),
                                "bench_many",
                                bench.programs().worker(),
                                count,
                                count > WARM_UP_WORKERS ? counts.warmUpStarts() : counts.warmUpPools(),
                                counts.starts(),
                                bench.settings().cpus().sender(),
                                bench.settings().cpus().worker()))
                .at(new Point("start", "C, vfork + execve", "workers", count)));
        subjects.add(Subject.ours(
                        "start-" + count,
                        group,
                        "Java, WorkerPool.start",
                        Unit.MILLISECONDS,
                        fork.row(ManyWorkers.START),
                        count < MANY ? new Target[0] : new Target[] {new Target(50, floor, MOST)})
                .at(new Point("start", "Java, WorkerPool.start", "workers", count)));
    }

    private void addEach(String what, String title, Unit unit, String row, int fewest) {
        for (int i = 0; i < workers.size(); i++) {
            if (workers.get(i) < fewest) {
                continue;
            }
            subjects.add(Subject.ours(
                            row.replaceAll("[^a-z]+", "-") + "-" + workers.get(i),
                            group(what, workers.get(i)),
                            title,
                            unit,
                            forks.get(i).row(row))
                    .at(new Point(what, title, "workers", workers.get(i))));
        }
    }

    private static String group(String what, int count) {
        return String.format("%s, %,d %s", what, count, count == 1 ? "worker" : "workers");
    }
}
