/** Native worker processes beside a JVM: shared memory for data, signals as doorbells. */
module io.github.belfry {
    requires static jdk.jfr;
    requires static org.jspecify;

    exports io.github.belfry;
}
