package io.github.belfry.benchmarks;

/** Text in a page. */
final class Html {
    private Html() {}

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** Markdown's {@code `code`} and {@code **strong**}. */
    static String inline(String markdown) {
        return escape(markdown)
                .replaceAll("`([^`]*)`", "<code>$1</code>")
                .replaceAll("\\*\\*(.*?)\\*\\*", "<strong>$1</strong>");
    }
}
