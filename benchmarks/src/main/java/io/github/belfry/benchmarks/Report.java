package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a run has found: all that its tables and plots are made from, and what a later run is compared with.
 *
 * @param version of this program
 * @param machine see {@link Machine#describe}
 */
record Report(
        String version, String command, Map<String, String> machine, Effort effort, Cpus cpus, List<Measured> suites) {
    Report {
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(machine, "machine");
        Objects.requireNonNull(effort, "effort");
        Objects.requireNonNull(cpus, "cpus");
        suites = List.copyOf(suites);
    }

    Report with(Measured suite) {
        List<Measured> more = new ArrayList<>(suites);
        more.add(suite);
        return new Report(version, command, machine, effort, cpus, more);
    }

    /** What holds for all tables. */
    String conditions() {
        return Tables.format(
                "Forks of each row, unless its suite has more: %d, with %d %% of a full run in each, all rows of a"
                        + " suite in turn. Figures are the median, over the forks, of each one's percentile; ratios are to"
                        + " the first row of C. %s",
                effort.rounds(), effort.percent(), pinning());
    }

    private String pinning() {
        if (!cpus.arePinned()) {
            return "**Nothing is pinned: this process may use one processor only, which sender and worker share.**";
        }
        return Tables.format(
                "Pinned: one side to processor %d, the other to %d; starts to these two.",
                cpus.sender(), cpus.worker());
    }
}
