package io.github.belfry.benchmarks;

/** What the numbers of a histogram are, and how they are shown. */
enum Unit {
    /** Recorded in nanoseconds. */
    MICROSECONDS("us", 1000),
    /** Recorded in picoseconds: what a message takes where many are under way. */
    NANOSECONDS("ns", 1000),
    /** Recorded in nanoseconds. */
    MILLISECONDS("ms", 1e6),
    /** Recorded in bytes. */
    BYTES("B", 1),
    /** Recorded in KiB. */
    KILOBYTES("KiB", 1),
    /** Recorded in KiB. */
    MEGABYTES("MiB", 1024),
    /** How often something happens, recorded in thousandths. */
    TIMES("times", 1000);

    private final String symbol;
    private final double recorded;

    Unit(String symbol, double recorded) {
        this.symbol = symbol;
        this.recorded = recorded;
    }

    String symbol() {
        return symbol;
    }

    double of(long value) {
        return value / recorded;
    }
}
