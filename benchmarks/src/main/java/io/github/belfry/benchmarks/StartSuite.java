package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;

/** A program that ends at once, timed until it runs and until its exit is seen. */
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

    /** What is timed: a row of {@link StartProcess}, and what the report calls it. */
    private enum Until {
        EXIT(StartProcess.EXIT, "until its exit is seen"),
        RUNS(StartProcess.RUNS, "until it runs");

        private final String row;
        private final String title;

        Until(String row, String title) {
            this.row = row;
            this.title = title;
        }
    }

    /** One way to start it, with its forks beside a small and a large heap. */
    private record Way(String id, String title, Side side, IntFunction<SharedFork> forks) {}

    private final Bench bench;
    private final List<Way> ways = new ArrayList<>();

    private StartSuite(Bench bench) {
        this.bench = bench;
        addFloor("vfork", "C, vfork + execve", "bench_vfork");
        addFloor("posix-spawn", "C, posix_spawn", "bench_spawn");
        addJava("default", "WorkerProcess, default options", Side.OURS, "defaultOptions", STARTS);
        addJava("may-outlive", "WorkerProcess, dieWithParent(false)", Side.OURS, "mayOutlive", STARTS);
        addProcessBuilder("POSIX_SPAWN", " (its default)", STARTS);
        addProcessBuilder("VFORK", "", STARTS);
        addProcessBuilder("FORK", "", FORKS);
        addJava("nuprocess", "NuProcess", Side.PEER, "nuProcess", NU_PROCESSES);
    }

    static Suite of(Bench bench) {
        return new Suite(
                "start",
                "Start",
                String.format(
                        "A program that ends at once, from the call of start until it returns, when the program runs, and"
                                + " until waitFor (in C waitpid) has given the exit. Standard streams are inherited (NuProcess"
                                + " can't and makes three pipes; it looks for exits now and then); %,d starts after %,d of"
                                + " warm-up, of FORK %,d after %,d, of NuProcess %,d after %,d, %d us of spinning before"
                                + " each. ProcessBuilder with each jdk.lang.Process.launchMechanism. C has no heap and"
                                + " needs none: vfork copies no page tables.",
                        bench.effort().count(STARTS),
                        warmUp(bench, STARTS),
                        bench.effort().count(FORKS),
                        warmUp(bench, FORKS),
                        bench.effort().count(NU_PROCESSES),
                        warmUp(bench, NU_PROCESSES),
                        Effort.PAUSE_NANOS / 1000),
                new StartSuite(bench).subjects());
    }

    /** The last group is the one that is in the picture. */
    private List<Subject> subjects() {
        List<Subject> subjects = new ArrayList<>();
        addHeap(subjects, SMALL_MEGABYTES, false);
        addHeap(subjects, bench.effort().percent() < TINY_PERCENT ? TINY_MEGABYTES : LARGE_MEGABYTES, true);
        return subjects;
    }

    private void addHeap(List<Subject> subjects, int megabytes, boolean hasTargets) {
        Map<Way, SharedFork> forks = new LinkedHashMap<>();
        ways.forEach(way -> forks.put(way, way.forks().apply(megabytes)));
        for (Until until : Until.values()) {
            String group = String.format("%s, %,d MiB of live heap", until.title, megabytes);
            forks.forEach((way, fork) -> subjects.add(subject(way, until, megabytes, group, fork, hasTargets)));
        }
    }

    private static Subject subject(
            Way way, Until until, int megabytes, String group, SharedFork fork, boolean hasTargets) {
        boolean toReach = hasTargets && way.id().equals("default") && until == Until.RUNS;
        return new Subject(
                id(way.id(), until, megabytes),
                group,
                way.title(),
                way.side(),
                Unit.MICROSECONDS,
                fork.row(until.row),
                toReach
                        ? List.of(
                                new Target(50, id("vfork", until, megabytes), 2),
                                new Target(50, id("process-builder-vfork", until, megabytes), 0.75),
                                new Target(50, id("nuprocess", until, megabytes), 0.4))
                        : List.of(),
                null,
                false);
    }

    private static String id(String way, Until until, int megabytes) {
        return way + "-" + until.row + "-" + megabytes;
    }

    private void addFloor(String id, String title, String program) {
        int warmUp = warmUp(bench, STARTS);
        int measured = bench.effort().count(STARTS);
        ways.add(new Way(
                id, title, Side.FLOOR, megabytes -> bench.sharedFloor(program, "bench_exit", warmUp, measured)));
    }

    private void addProcessBuilder(String mechanism, String remark, int starts) {
        addJava(
                "process-builder-" + mechanism.toLowerCase(Locale.ROOT).replace('_', '-'),
                "ProcessBuilder, " + mechanism + remark,
                Side.PEER,
                "processBuilder",
                starts,
                "-Djdk.lang.Process.launchMechanism=" + mechanism);
    }

    private void addJava(String id, String title, Side side, String method, int starts, String... vmOptions) {
        ways.add(new Way(id, "Java, " + title, side, megabytes -> fork(method, megabytes, starts, vmOptions)));
    }

    private SharedFork fork(String method, int megabytes, int starts, String... more) {
        List<String> vmOptions = new ArrayList<>(LiveHeap.vmOptions(megabytes));
        vmOptions.addAll(List.of(more));
        return bench.sharedFork(
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
