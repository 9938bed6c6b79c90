/** Mappings of Belfry as memory segments, of any size. */
module io.github.belfry.ffm {
    requires transitive io.github.belfry;
    requires static org.jspecify;

    exports io.github.belfry.ffm;
}
