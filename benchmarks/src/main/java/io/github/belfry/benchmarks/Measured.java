package io.github.belfry.benchmarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** A {@link Suite} with its figures. */
record Measured(String name, String title, String conditions, List<Row> rows) {
    Measured {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(conditions, "conditions");
        rows = List.copyOf(rows);
    }

    Row row(String id) {
        return rows.stream()
                .filter(row -> row.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("suite " + name + " has no row " + id));
    }

    /** The row that the ratios of a group are to; itself where the group has no floor. */
    Row floorOf(Row row) {
        return rows.stream()
                .filter(other -> other.side() == Side.FLOOR && other.group().equals(row.group()))
                .findFirst()
                .orElse(row);
    }

    /** In the order of the rows. */
    Map<String, List<Row>> groups() {
        return rows.stream().collect(Collectors.groupingBy(Row::group, LinkedHashMap::new, Collectors.toList()));
    }
}
