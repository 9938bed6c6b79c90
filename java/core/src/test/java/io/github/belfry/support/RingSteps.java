package io.github.belfry.support;

import io.github.belfry.internal.ring.WorkersEnd;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Tuple;

/** What the properties of rings do: a size is a message to put in, {@link #TAKE} takes one out. */
public final class RingSteps {
    public static final int TAKE = -1;

    private RingSteps() {}

    public static Arbitrary<List<Integer>> any() {
        Arbitrary<Integer> step = Arbitraries.frequencyOf(
                Tuple.of(8, Arbitraries.just(TAKE)),
                Tuple.of(6, Arbitraries.integers().between(0, 64)),
                Tuple.of(3, Arbitraries.integers().between(0, 3000)),
                Tuple.of(1, Arbitraries.integers().between(0, WorkersEnd.MAX_SIZE)),
                Tuple.of(1, Arbitraries.just(WorkersEnd.MAX_SIZE)));
        return step.list().ofMinSize(1).ofMaxSize(400);
    }
}
