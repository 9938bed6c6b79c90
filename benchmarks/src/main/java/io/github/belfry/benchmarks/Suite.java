package io.github.belfry.benchmarks;

import java.util.List;

/**
 * Rows that are measured in turn.
 *
 * @param name what {@code --only} and files call it
 * @param conditions what is measured and how, in a paragraph of Markdown
 */
record Suite(String name, String title, String conditions, List<Subject> subjects) {
    Subject subject(String id) {
        return subjects.stream()
                .filter(subject -> subject.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("suite " + name + " has no row " + id));
    }

    /** The row that the ratios of a group are to; itself where the group has no floor. */
    Subject floorOf(Subject subject) {
        return subjects.stream()
                .filter(other -> other.side() == Side.FLOOR && other.group().equals(subject.group()))
                .findFirst()
                .orElse(subject);
    }
}
