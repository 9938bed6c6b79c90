package io.github.belfry.internal.process;

import io.github.belfry.internal.memory.MappedRange;
import io.github.belfry.internal.sys.CStrings;
import io.github.belfry.internal.sys.ChildAttributes;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What to start and how: an immutable plan, which {@link LaunchOptions} make and a {@link Spawner} carries out, any
 * number of times.
 *
 * @param command the program and its arguments
 * @param file the program's file, absolute; null for one that the command names
 * @param bundled the program inside the jar, instead of one that is looked for
 * @param environment {@code name=value}, each ended by NUL
 * @param directory to run in, or null for the parent's
 * @param streams of descriptors 0, 1 and 2
 * @param mappings by their descriptor in the child, all above 2
 * @param limits for messages; the attributes have them as well
 * @param attributes what the child sets for itself
 * @param groupEndsWithLeader what is left of the child's group is killed when the child has ended
 */
public record Launch(
        List<String> command,
        byte @Nullable [] file,
        @Nullable BundledWorker bundled,
        byte[] environment,
        @Nullable Path directory,
        List<Redirect> streams,
        SortedMap<Integer, PassedMapping> mappings,
        List<Limit> limits,
        ChildAttributes attributes,
        boolean groupEndsWithLeader) {

    /** {@code owner} is what the user holds: while it is reachable the range is not released. */
    record PassedMapping(MappedRange range, Object owner) {}

    /** One limit of setrlimit(2). */
    record Limit(int resource, String name, long soft, long hard) {
        @Override
        public String toString() {
            return name + " (soft " + soft + ", hard " + hard + ")";
        }
    }

    public String program() {
        return command.get(0);
    }

    /** The same plan with one more environment variable, which the plan doesn't have yet. */
    public Launch withVariable(String name, String value) {
        byte[] entry = CStrings.join(List.of(CStrings.utf8(name + "=" + value)));
        byte[] longer = Arrays.copyOf(environment, environment.length + entry.length);
        System.arraycopy(entry, 0, longer, environment.length, entry.length);
        return new Launch(
                command,
                file,
                bundled,
                longer,
                directory,
                streams,
                mappings,
                limits,
                attributes,
                groupEndsWithLeader);
    }
}
