package io.github.belfry.support;

import io.github.belfry.internal.ring.WorkersEnd;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Steps for the properties of rings: a size puts a message in, {@link #TAKE} takes one out. */
public final class RingSteps {
    public static final int TAKE = -1;

    private static final int CASES = 1000;
    private static final int MAX_STEPS = 400;
    private static final int[] BOUNDARIES = {
        TAKE, 0, 1, 7, 8, 9, 63, 64, 2999, 3000, WorkersEnd.MAX_SIZE - 1, WorkersEnd.MAX_SIZE
    };

    private RingSteps() {}

    public interface Property {
        void check(List<Integer> steps) throws Exception;
    }

    /** Checks it with each boundary alone, and with random steps. */
    public static void check(Class<?> test, Property property) throws Exception {
        for (int boundary : BOUNDARIES) {
            property.check(List.of(boundary));
            property.check(List.of(boundary, TAKE, TAKE));
            property.check(Collections.nCopies(MAX_STEPS, boundary));
        }
        Seed.repeat(test, CASES, random -> property.check(any(random)));
    }

    private static List<Integer> any(SplittableRandom random) {
        return IntStream.range(0, random.nextInt(1, MAX_STEPS + 1))
                .mapToObj(i -> step(random))
                .toList();
    }

    private static int step(SplittableRandom random) {
        int shape = random.nextInt(20);
        if (shape < 8) {
            return TAKE;
        }
        if (shape < 10) {
            return shape == 8 ? WorkersEnd.MAX_SIZE : BOUNDARIES[random.nextInt(BOUNDARIES.length)];
        }
        return random.nextInt(1 + (shape < 16 ? 64 : shape < 19 ? 3000 : WorkersEnd.MAX_SIZE));
    }
}
