package io.github.belfry.ffm;

import io.github.belfry.SharedMapping;
import io.github.belfry.internal.memory.MappedRange;
import io.github.belfry.internal.memory.MappingAccess;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/** Gives a {@link SharedMapping} as a {@link MemorySegment}, which has no limit of 2 GiB. */
public final class SharedSegments {
    private SharedSegments() {}

    /**
     * All of a mapping. The segment, and each slice and buffer of it, may be used by any thread, is read-only if the
     * mapping is, and has the automatic scope of {@link Arena#ofAuto}: it keeps the range of addresses as long as it
     * is reachable.
     *
     * <p>After {@link SharedMapping#close} it reads zeroes, and what is written through it is lost, as with the
     * mapping's buffers; it never crashes the VM. (Where the kernel counts address space strictly,
     * vm.overcommit_memory=2, and has too little for zero pages, it goes on showing the old memory instead.) It is no
     * mapped segment in the sense of {@link MemorySegment#isMapped}: write back with {@link SharedMapping#flush}.
     *
     * <p>Each call makes a new segment, which the garbage collector has to find: keep one, and slice it. Doesn't block.
     *
     * @throws IllegalStateException if the mapping is closed
     * @throws IllegalCallerException if this module may not use native memory (--enable-native-access)
     */
    @SuppressWarnings("restricted") // the segment lives as long as the range that it holds
    public static MemorySegment of(SharedMapping mapping) {
        MappedRange range = MappingAccess.rangeOf(mapping);
        MemorySegment start = MemorySegment.ofAddress(range.hold());
        Reference.reachabilityFence(mapping);
        boolean done = false;
        try {
            MemorySegment all = start.reinterpret(mapping.size(), Arena.ofAuto(), unreachable -> range.release());
            done = true;
            return range.isWritable() ? all : all.asReadOnly();
        } finally {
            if (!done) {
                range.release();
            }
        }
    }
}
