package io.github.belfry.benchmarks;

/** Whose row it is. */
enum Side {
    /** The same in C: what the machine charges. */
    FLOOR,
    OURS,
    /** What one would use otherwise. */
    PEER
}
