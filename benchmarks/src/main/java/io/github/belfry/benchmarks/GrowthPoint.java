package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.List;

/**
 * A point of a curve that shows how the cost of {@code submit} grows.
 *
 * @param group what grows
 * @param size of a message in bytes
 * @param threads how many submit
 * @param inFlight how many requests all of them together have unanswered at most
 * @param window messages that are timed as a whole
 */
record GrowthPoint(String group, String title, int size, int workers, int threads, int inFlight, int window) {
    /** How the id of a row of turns ends. */
    static final String TURNS_ROW = "-turns";

    private static final int IN_FLIGHT = PoolOneWay.IN_FLIGHT;
    private static final int WINDOW = 2048;

    /** Those with one worker, one thread, 64 bytes and all requests in flight come once in each group. */
    static List<GrowthPoint> all() {
        List<GrowthPoint> points = new ArrayList<>();
        points.add(bytes("64 B", 64, WINDOW));
        points.add(bytes("1 KiB", 1 << 10, WINDOW));
        points.add(bytes("64 KiB", 64 << 10, 64));
        points.add(bytes("1 MiB", 1 << 20, 16));
        for (int count : new int[] {1, 2, 4, 8}) {
            points.add(new GrowthPoint("workers", counted(count, "worker"), 64, count, 1, IN_FLIGHT, WINDOW));
        }
        for (int count : new int[] {1, 2, 4, 8}) {
            points.add(new GrowthPoint("threads", counted(count, "thread"), 64, 1, count, IN_FLIGHT, WINDOW));
        }
        for (int count : new int[] {1, 4, 16, 64, 256}) {
            points.add(new GrowthPoint(
                    "requests in flight", count + " in flight", 64, 1, 1, count, Math.min(WINDOW, 64 * count)));
        }
        return points;
    }

    private static GrowthPoint bytes(String title, int size, int window) {
        return new GrowthPoint("bytes", title, size, 1, 1, IN_FLIGHT, window);
    }

    private static String counted(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    /** How much there is of what grows. */
    int x() {
        return switch (group) {
            case "bytes" -> size;
            case "workers" -> workers;
            case "threads" -> threads;
            default -> inFlight;
        };
    }

    /** Unique. */
    String id() {
        return title.replace(' ', '-');
    }

    /** Of the row that says how often threads and workers got a processor for a thousand messages. */
    String turnsId() {
        return id() + TURNS_ROW;
    }
}
