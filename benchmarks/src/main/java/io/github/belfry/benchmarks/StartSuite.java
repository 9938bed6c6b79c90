package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A program that ends at once, timed until it runs. */
final class StartSuite {
    private static final int STARTS = 500;

    /** After 500 starts the JIT has not begun with most of what a start runs. */
    private static final int MOST_WARM_UP = 2_000;

    /** Where one takes tens of milliseconds, of which the JIT can spare it little. */
    private static final int FORKS = 20;

    /** Each of which NuProcess sees the end of an eighth of a second later. */
    private static final int NU_PROCESSES = 50;

    private static final int SMALL_MEGABYTES = 16;
    private static final int LARGE_MEGABYTES = 2048;

    /** For a run that only shows that all works: gigabytes take their time to be touched. */
    private static final int TINY_MEGABYTES = 64;

    private static final int TINY_PERCENT = 5;

    private final Bench bench;
    private final List<Subject> subjects = new ArrayList<>();

    private StartSuite(Bench bench) {
        this.bench = bench;
    }

    static Suite of(Bench bench) {
        StartSuite suite = new StartSuite(bench);
        suite.addAll(SMALL_MEGABYTES, false);
        suite.addAll(bench.effort().percent() < TINY_PERCENT ? TINY_MEGABYTES : LARGE_MEGABYTES, true);
        return new Suite(
                "start",
                "Start",
                String.format(
                        "A program that ends at once, timed until it runs, standard streams inherited (NuProcess"
                                + " can't and makes three pipes); %,d starts after %,d of warm-up, of FORK %,d after"
                                + " %,d, of NuProcess %,d after %,d, %d us of spinning before each. C has no heap and"
                                + " needs none: vfork copies no page tables.",
                        bench.effort().count(STARTS),
                        warmUp(bench, STARTS),
                        bench.effort().count(FORKS),
                        warmUp(bench, FORKS),
                        bench.effort().count(NU_PROCESSES),
                        warmUp(bench, NU_PROCESSES),
                        Effort.PAUSE_NANOS / 1000),
                suite.subjects);
    }

    private void addAll(int megabytes, boolean hasTargets) {
        String group = String.format("%,d MiB of live heap", megabytes);
        String vfork = "vfork-" + megabytes;
        String processBuilder = "process-builder-" + megabytes;
        addFloor(vfork, group, "C, vfork + execve", "bench_vfork");
        addFloor("posix-spawn-" + megabytes, group, "C, posix_spawn", "bench_spawn");
        subjects.add(Subject.ours(
                "direct-" + megabytes,
                group,
                "Java, WorkerProcess, dieWithParent(false)",
                Unit.MICROSECONDS,
                fork("direct", megabytes, STARTS, List.of()),
                hasTargets
                        ? new Target[] {new Target(50, vfork, 1.3), new Target(50, processBuilder, 0.1)}
                        : new Target[0]));
        subjects.add(Subject.ours(
                "warden-" + megabytes,
                group,
                "Java, WorkerProcess, through the warden",
                Unit.MICROSECONDS,
                fork("warden", megabytes, STARTS, List.of()),
                hasTargets ? new Target[] {new Target(50, vfork, 3)} : new Target[0]));
        addProcessBuilder(processBuilder, group, "POSIX_SPAWN (its default)", "POSIX_SPAWN", megabytes, STARTS);
        addProcessBuilder(processBuilder + "-vfork", group, "VFORK", "VFORK", megabytes, STARTS);
        addProcessBuilder(processBuilder + "-fork", group, "FORK", "FORK", megabytes, FORKS);
        subjects.add(Subject.peer(
                "nuprocess-" + megabytes,
                group,
                "Java, NuProcess",
                Unit.MICROSECONDS,
                fork("nuProcess", megabytes, NU_PROCESSES, List.of())));
    }

    private void addFloor(String id, String group, String title, String program) {
        subjects.add(Subject.floor(
                id,
                group,
                title,
                Unit.MICROSECONDS,
                bench.floor(
                        program,
                        "bench_exit",
                        warmUp(bench, STARTS),
                        bench.effort().count(STARTS))));
    }

    private void addProcessBuilder(String id, String group, String title, String mechanism, int megabytes, int starts) {
        subjects.add(Subject.peer(
                id,
                group,
                "Java, ProcessBuilder, " + title,
                Unit.MICROSECONDS,
                fork("processBuilder", megabytes, starts, List.of("-Djdk.lang.Process.launchMechanism=" + mechanism))));
    }

    private Contender fork(String method, int megabytes, int starts, List<String> more) {
        List<String> vmOptions = new ArrayList<>(LiveHeap.vmOptions(megabytes));
        vmOptions.addAll(more);
        return bench.fork(
                StartProcess.class,
                method,
                Map.of("liveMegabytes", Integer.toString(megabytes)),
                warmUp(bench, starts),
                bench.effort().count(starts),
                vmOptions);
    }

    private static int warmUp(Bench bench, int starts) {
        return bench.effort().warmUp(starts, starts < STARTS ? starts : MOST_WARM_UP);
    }
}
