/** Native worker processes beside a JVM: shared memory for data, signals as doorbells. */
module io.github.belfry {
    requires org.apache.commons.io;
    requires static transitive org.jspecify;

    exports io.github.belfry;
}
