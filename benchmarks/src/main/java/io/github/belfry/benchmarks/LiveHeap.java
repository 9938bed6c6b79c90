package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Objects that stay reachable, each page of them written to. */
final class LiveHeap {
    private static final int HEADER_BYTES = 16;

    /** With its header an array fills whole regions of G1, which then has nothing to copy. */
    private static final int CHUNK_BYTES = 16 << 20;

    private static final int REST_MEGABYTES = 512;

    private final List<byte[]> arrays = new ArrayList<>();

    LiveHeap(int megabytes) {
        for (long left = megabytes * (1L << 20); left > 0; left -= CHUNK_BYTES) {
            byte[] array = new byte[CHUNK_BYTES - HEADER_BYTES];
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

    /** The VM's options for that many megabytes; the rest is for what dies. */
    static List<String> vmOptions(int megabytes) {
        int heap = megabytes + REST_MEGABYTES;
        return List.of("-Xms" + heap + "m", "-Xmx" + heap + "m", "-XX:+AlwaysPreTouch");
    }
}
