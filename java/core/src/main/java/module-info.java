/** Native worker processes beside a JVM: shared memory for data, signals as doorbells. */
@SuppressWarnings("module") // those two are built on this module, and later
module io.github.belfry {
    requires static jdk.jfr;
    requires static org.jspecify;

    exports io.github.belfry;
    exports io.github.belfry.internal.memory to
            io.github.belfry.ffm;
    exports io.github.belfry.internal.pool to
            io.github.belfry.micrometer;
}
