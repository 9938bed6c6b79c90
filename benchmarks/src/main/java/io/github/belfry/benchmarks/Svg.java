package io.github.belfry.benchmarks;

import de.erichseifert.vectorgraphics2d.Processors;
import de.erichseifert.vectorgraphics2d.VectorGraphics2D;
import de.erichseifert.vectorgraphics2d.util.PageSize;
import java.awt.Font;
import java.awt.font.FontRenderContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** From what was drawn to text; letters are outlines, so that any browser shows them alike. */
final class Svg {
    private static final Pattern PROLOG = Pattern.compile("^.*?(?=<svg)", Pattern.DOTALL);
    private static final Pattern HEAD = Pattern.compile("<svg[^>]*>");
    private static final Pattern DECIMALS = Pattern.compile("(\\d+\\.\\d)\\d+");
    private static final Pattern CLIP = Pattern.compile("clip\\d+");
    private static final String BLACK = "rgb(0,0,0)";

    private Svg() {}

    /** A headless VM without fonts can't draw any text; better to know before half an hour of measuring. */
    static void checkFonts() throws IOException {
        try {
            new Font(Font.SANS_SERIF, Font.PLAIN, 12).getStringBounds("1", new FontRenderContext(null, true, true));
        } catch (RuntimeException | InternalError | LinkageError e) {
            throw new IOException("the report's plots need fontconfig and a font, this VM found none: " + e, e);
        }
    }

    /** For a page: in the colour of its text, as wide as its place. {@code id} is unique in the page. */
    static String inline(VectorGraphics2D drawing, int width, int height, String id, String label) {
        String head = Tables.format(
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">", width, height, Html.escape(label));
        return CLIP.matcher(withHead(drawing, width, height, head))
                .replaceAll("clip-" + id)
                .replace(BLACK, "currentColor");
    }

    /** For a file. */
    static String standalone(VectorGraphics2D drawing, int width, int height) {
        String head = Tables.format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%1$d\" height=\"%2$d\" viewBox=\"0 0 %1$d %2$d\">",
                width, height);
        return withHead(drawing, width, height, head);
    }

    private static String withHead(VectorGraphics2D drawing, int width, int height, String head) {
        String text = PROLOG.matcher(write(drawing, width, height)).replaceFirst("");
        text = HEAD.matcher(text).replaceFirst(Matcher.quoteReplacement(head));
        return DECIMALS.matcher(text).replaceAll("$1").replaceAll("\n\\s*", "\n");
    }

    private static String write(VectorGraphics2D drawing, int width, int height) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            Processors.get("svg")
                    .getDocument(drawing.getCommands(), new PageSize(width, height))
                    .writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // to memory
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
