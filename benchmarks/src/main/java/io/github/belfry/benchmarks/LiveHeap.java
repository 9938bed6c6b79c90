package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Objects that stay reachable, each page of them written to. */
final class LiveHeap {
    /** Small enough not to be humongous in G1, which would leave half of each region empty. */
    private static final int ARRAY_BYTES = 64 * 1024;

    private final List<byte[]> arrays = new ArrayList<>();

    LiveHeap(int megabytes) {
        for (long left = megabytes * (1L << 20); left > 0; left -= ARRAY_BYTES) {
            byte[] array = new byte[ARRAY_BYTES];
            Arrays.fill(array, (byte) 1);
            arrays.add(array);
        }
        // Now, and not while something is timed.
        System.gc();
    }

    /** They are still there. */
    void check() {
        for (byte[] array : arrays) {
            if (array[array.length - 1] != 1) {
                throw new IllegalStateException("the live heap has changed");
            }
        }
    }

    /** The VM's options for that many megabytes, with half as much again for what dies. */
    static List<String> vmOptions(int megabytes) {
        long heap = Math.max(128, megabytes + megabytes / 2);
        return List.of("-Xms" + heap + "m", "-Xmx" + heap + "m", "-XX:+AlwaysPreTouch");
    }
}
