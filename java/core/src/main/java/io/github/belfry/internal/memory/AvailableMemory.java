package io.github.belfry.internal.memory;

import io.github.belfry.internal.sys.Errno;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much memory can still be had: the kernel's estimate for the machine (MemAvailable and free swap, see
 * proc_meminfo(5)), and what each control group above us leaves. fallocate on a memfd really takes the
 * pages, and where there are too few the kernel kills a process instead of refusing.
 */
final class AvailableMemory {
    private static final Path MEMINFO = Path.of("/proc/meminfo");
    private static final Path OWN_GROUP = Path.of("/proc/self/cgroup");
    private static final Path GROUPS = Path.of("/sys/fs/cgroup");
    private static final long KIB = 1024;

    /** Reading it all takes longer than making a small memfd. */
    private static final long FRESH_NANOS = 50_000_000;

    /** What is more than that part of an estimate gets a new one. */
    private static final int SMALL_PART = 64;

    /** That much in all is given out by an estimate that isn't fresh: the VM takes as much unasked at any time. */
    private static final long TRIFLE = 1 << 20;

    /** What is left of the last estimate. */
    private static long left;

    private static long trifleLeft;

    private static long estimatedAtNanos = System.nanoTime() - FRESH_NANOS;

    private AvailableMemory() {}

    /** Throws an IOException when so much can't be had; otherwise the next call reckons with it. */
    static synchronized void check(long size, String name) throws IOException {
        if (size > left / SMALL_PART || !isFresh() && size > trifleLeft) {
            left = bytes();
            estimatedAtNanos = System.nanoTime();
            trifleLeft = TRIFLE;
        }
        if (size > left) {
            throw new IOException("memfd " + name + " (" + size + " bytes): " + Errno.describe(Errno.ENOMEM) + ": only "
                    + left + " bytes are available");
        }
        left -= size;
        trifleLeft -= size;
    }

    private static boolean isFresh() {
        return System.nanoTime() - estimatedAtNanos < FRESH_NANOS;
    }

    /** Long.MAX_VALUE where nothing is known. */
    static long bytes() {
        return Math.min(ofMachine(read(MEMINFO)), ofGroups(GROUPS, read(OWN_GROUP)));
    }

    static long ofMachine(String meminfo) {
        long available = number(meminfo, "(?m)^MemAvailable: +([0-9]+) kB");
        return available == Long.MAX_VALUE ? available : KIB * (available + swap(meminfo));
    }

    private static long swap(String meminfo) {
        long free = number(meminfo, "(?m)^SwapFree: +([0-9]+) kB");
        return free == Long.MAX_VALUE ? 0 : free;
    }

    /** What one version of control groups calls it; the page cache that isn't in use can be had as well. */
    private record GroupFiles(String own, String mount, String limit, String used, String cache) {}

    private static final GroupFiles VERSION_1 = new GroupFiles(
            "(?m)^[0-9]+:(?:[^:]*,)?memory(?:,[^:]*)?:/(.*)$",
            "memory",
            "memory.limit_in_bytes",
            "memory.usage_in_bytes",
            "total_inactive_file");
    private static final GroupFiles VERSION_2 =
            new GroupFiles("(?m)^0::/(.*)$", "", "memory.max", "memory.current", "inactive_file");

    /** The least that a group on the way from ours to the root leaves, in either version. */
    static long ofGroups(Path groups, String ownGroups) {
        return Math.min(ofGroups(groups, ownGroups, VERSION_1), ofGroups(groups, ownGroups, VERSION_2));
    }

    private static long ofGroups(Path groups, String ownGroups, GroupFiles files) {
        Matcher own = Pattern.compile(files.own()).matcher(ownGroups);
        long least = Long.MAX_VALUE;
        if (own.find()) {
            Path root = groups.resolve(files.mount());
            Path group = root.resolve(own.group(1)).normalize();
            for (; group != null && group.startsWith(root); group = group.getParent()) {
                least = Math.min(least, ofGroup(group, files));
            }
        }
        return least;
    }

    private static long ofGroup(Path group, GroupFiles files) {
        long limit = number(read(group.resolve(files.limit())), "^([0-9]+)");
        long used = number(read(group.resolve(files.used())), "^([0-9]+)");
        if (limit == Long.MAX_VALUE || used == Long.MAX_VALUE) {
            return Long.MAX_VALUE;
        }
        long cache = number(read(group.resolve("memory.stat")), "(?m)^" + files.cache() + " ([0-9]+)");
        return Math.max(0, limit - used + (cache == Long.MAX_VALUE ? 0 : cache));
    }

    private static long number(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        return matcher.find() ? Long.parseLong(matcher.group(1)) : Long.MAX_VALUE;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.US_ASCII);
        } catch (IOException e) {
            return "";
        }
    }
}
