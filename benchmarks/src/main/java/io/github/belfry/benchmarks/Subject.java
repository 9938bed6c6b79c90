package io.github.belfry.benchmarks;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row of the report.
 *
 * @param id its name for {@link Target}s and for comparisons with other runs, unique in its suite
 * @param group what it is compared within; the ratios of a group are to its first floor
 * @param title what the report calls it
 * @param point if it is one of a curve; else it is compared within its group only
 * @param halts whether its sides wait for each other in the kernel, so that processors halt
 */
record Subject(
        String id,
        String group,
        String title,
        Side side,
        Unit unit,
        Contender contender,
        List<Target> targets,
        @Nullable Point point,
        boolean halts) {
    static Subject floor(String id, String group, String title, Unit unit, Contender contender) {
        return new Subject(id, group, title, Side.FLOOR, unit, contender, List.of(), null, false);
    }

    static Subject ours(String id, String group, String title, Unit unit, Contender contender, Target... targets) {
        return new Subject(id, group, title, Side.OURS, unit, contender, List.of(targets), null, false);
    }

    static Subject peer(String id, String group, String title, Unit unit, Contender contender) {
        return new Subject(id, group, title, Side.PEER, unit, contender, List.of(), null, false);
    }

    Subject halting(boolean does) {
        return new Subject(id, group, title, side, unit, contender, targets, point, does);
    }

    Subject at(Point where) {
        return new Subject(id, group, title, side, unit, contender, targets, where, halts);
    }
}
