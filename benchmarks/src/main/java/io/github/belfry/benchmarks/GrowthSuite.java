package io.github.belfry.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How the cost of {@code submit} grows with bytes, workers, threads and requests in flight. */
final class GrowthSuite {
    private static final int WINDOWS = 200;
    private static final int MOST_WARM_UP = 40;
    private static final String TURNS = "turns for 1,000 messages";

    private GrowthSuite() {}

    static Suite of(Bench bench) {
        int windows = bench.effort().count(WINDOWS);
        int warmUp = bench.effort().warmUp(WINDOWS, MOST_WARM_UP);
        PrintingProgram program = new PrintingProgram(command(bench.settings(), warmUp, windows), windows);
        SharedFork fork = new SharedFork(
                () -> program.measureAll(row -> row.endsWith(GrowthPoint.TURNS_ROW) ? 1 : windows));
        List<Subject> subjects = new ArrayList<>();
        for (GrowthPoint point : GrowthPoint.all()) {
            subjects.add(Subject.ours(point.id(), point.group(), point.title(), Unit.NANOSECONDS, fork.row(point.id()))
                    .at(new Point("time per message", "Java, WorkerPool.submit", point.group(), point.x())));
        }
        for (GrowthPoint point : GrowthPoint.all()) {
            String group = TURNS + ", by " + point.group();
            subjects.add(Subject.ours(point.turnsId(), group, point.title(), Unit.TIMES, fork.row(point.turnsId()))
                    .at(new Point(TURNS, "Java, WorkerPool.submit", point.group(), point.x())));
        }
        return new Suite(
                "growth",
                "How cost grows",
                String.format(
                        Locale.ROOT,
                        "What a message takes through `WorkerPool.submit`, in windows, all points in one VM: unless it"
                                + " is what grows, 64 bytes, one worker, one submitting thread, %d requests in flight,"
                                + " which the threads share. %d windows after %d of warm-up. Turns are how often a"
                                + " worker or a thread of the VM was given a processor.",
                        PoolOneWay.IN_FLIGHT,
                        windows,
                        warmUp),
                List.copyOf(subjects));
    }

    private static List<String> command(ForkSettings settings, int warmUp, int windows) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(settings.asJvmArguments());
        command.addAll(List.of("-cp", Programs.jar().toString(), Growth.class.getName()));
        command.addAll(List.of(Integer.toString(warmUp), Integer.toString(windows)));
        return command;
    }
}
