package io.github.belfry.internal.pool;

import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The pool behind a {@code WorkerPool}, for the module {@code io.github.belfry.micrometer}: only its own package can ask
 * for it, and this one knows nothing of the public names. The accessor is handed in before there is a pool.
 */
public final class PoolAccess {
    private static volatile @Nullable Function<Object, Pool> accessor;

    private PoolAccess() {}

    public static void grant(Function<Object, Pool> poolOf) {
        accessor = poolOf;
    }

    public static Pool poolOf(Object workerPool) {
        return Objects.requireNonNull(accessor).apply(workerPool);
    }
}
