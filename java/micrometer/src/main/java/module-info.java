/** What pools of Belfry count, as meters of Micrometer. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // so Micrometer is packaged
module io.github.belfry.micrometer {
    requires transitive io.github.belfry;
    requires transitive micrometer.core;
    requires static org.jspecify;

    exports io.github.belfry.micrometer;
}
