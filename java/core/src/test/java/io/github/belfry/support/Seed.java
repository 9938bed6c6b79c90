package io.github.belfry.support;

import java.util.SplittableRandom;

/** The seed of a random test: printed, so that {@code -Dbelfry.seed} can repeat it. */
public final class Seed {
    private static final String PROPERTY = "belfry.seed";

    private Seed() {}

    /** What a property asserts of one random case. */
    public interface Case {
        void check(SplittableRandom random) throws Exception;
    }

    public static long next(Class<?> test) {
        long seed = Long.getLong(PROPERTY, System.nanoTime());
        System.out.println("seed of " + test.getSimpleName() + ": " + seed + " (repeat with " + option(seed) + ")");
        return seed;
    }

    public static SplittableRandom random(Class<?> test) {
        return new SplittableRandom(next(test));
    }

    /** Each case has a seed of its own, with which it comes first when it is repeated. */
    public static void repeat(Class<?> test, int cases, Case property) {
        long first = next(test);
        for (long seed = first; seed < first + cases; seed++) {
            try {
                property.check(new SplittableRandom(seed));
            } catch (Exception | AssertionError e) {
                throw new AssertionError("case " + (seed - first) + ", repeat with " + option(seed) + ": " + e, e);
            }
        }
    }

    private static String option(long seed) {
        return "-D" + PROPERTY + "=" + seed;
    }
}
