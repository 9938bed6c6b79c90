package io.github.belfry.internal.memory;

import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The range of a {@code SharedMapping}, for the module {@code io.github.belfry.ffm}: only its own package can ask a
 * mapping, and this one knows nothing of the public names. The class hands its accessor in before it has an object.
 */
public final class MappingAccess {
    private static volatile @Nullable Function<Object, MappedRange> accessor;

    private MappingAccess() {}

    public static void grant(Function<Object, MappedRange> rangeOf) {
        accessor = rangeOf;
    }

    public static MappedRange rangeOf(Object mapping) {
        return Objects.requireNonNull(accessor).apply(mapping);
    }
}
