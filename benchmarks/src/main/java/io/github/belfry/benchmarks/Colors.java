package io.github.belfry.benchmarks;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Of rows: those of C are grey, ours are warm, peers are cold. All can be told from white and from black. */
final class Colors {
    private static final Map<Side, List<Color>> COLORS = Map.of(
            Side.FLOOR, of(0x868e96, 0xadb5bd, 0x5c677d, 0xa39887, 0x78716c),
            Side.OURS, of(0xe8590c, 0xf59f00, 0xd6336c, 0xc2410c, 0xb45309),
            Side.PEER, of(0x1c7ed6, 0x2f9e44, 0x7048e8, 0x0c9aa8, 0x74a800, 0x4dabf7));

    private Colors() {}

    /** As many as there are rows. */
    static List<Color> of(List<Row> rows) {
        int[] next = new int[Side.values().length];
        List<Color> colors = new ArrayList<>();
        for (Row row : rows) {
            List<Color> choice = COLORS.get(row.side());
            colors.add(choice.get(next[row.side().ordinal()]++ % choice.size()));
        }
        return colors;
    }

    static String css(Color color) {
        return Tables.format("#%06x", color.getRGB() & 0xffffff);
    }

    private static List<Color> of(int... rgb) {
        return Arrays.stream(rgb).mapToObj(Color::new).toList();
    }
}
