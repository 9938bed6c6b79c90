package io.github.belfry.benchmarks;

import java.util.List;

/**
 * A row of the report.
 *
 * @param id its name for {@link Target}s and for comparisons with other runs, unique in its suite
 * @param group what it is compared within; the ratios of a group are to its first floor
 * @param title what the report calls it
 */
record Subject(String id, String group, String title, Side side, Unit unit, Contender contender, List<Target> targets) {
    static Subject floor(String id, String group, String title, Unit unit, Contender contender) {
        return new Subject(id, group, title, Side.FLOOR, unit, contender, List.of());
    }

    static Subject ours(String id, String group, String title, Unit unit, Contender contender, Target... targets) {
        return new Subject(id, group, title, Side.OURS, unit, contender, List.of(targets));
    }

    static Subject peer(String id, String group, String title, Unit unit, Contender contender) {
        return new Subject(id, group, title, Side.PEER, unit, contender, List.of());
    }
}
