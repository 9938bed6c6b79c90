package io.github.belfry.benchmarks;

import java.util.List;

/**
 * Rows that are measured in turn.
 *
 * @param name what {@code --only} and files call it
 * @param conditions what is measured and how, in a paragraph of Markdown
 */
record Suite(String name, String title, String conditions, List<Subject> subjects) {}
