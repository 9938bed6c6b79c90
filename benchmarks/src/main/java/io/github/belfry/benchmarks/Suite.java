package io.github.belfry.benchmarks;

import java.util.List;

/**
 * Rows that are measured in turn.
 *
 * @param name what {@code --only} and files call it
 * @param conditions what is measured and how, in a paragraph of Markdown
 * @param betweenTwo whether messages go from one processor to the other, which then have to be as far apart for each row
 * @param forks of each row in a round
 */
record Suite(String name, String title, String conditions, List<Subject> subjects, boolean betweenTwo, int forks) {
    Suite(String name, String title, String conditions, List<Subject> subjects) {
        this(name, title, conditions, subjects, false, 1);
    }

    /** The same, compared at one distance of the processors. */
    Suite atOneDistance() {
        return new Suite(name, title, conditions, subjects, true, forks);
    }

    Suite withForks(int many) {
        return new Suite(name, title, conditions, subjects, betweenTwo, many);
    }
}
