package io.github.belfry.internal.ring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Doorbell;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.TestPrograms;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** {@link Layout} and the compiled {@code layout.h} say the same. */
class LayoutTest {
    /** Java names that aren't the C member's in capitals, because two structs have a member of that name. */
    private static final Map<String, String> OTHER_NAMES = Map.ofEntries(
            Map.entry("requests.magic", "MAGIC"),
            Map.entry("requests.version", "HEADER_VERSION"),
            Map.entry("requests.header_bytes", "HEADER_BYTES"),
            Map.entry("requests.ring_bytes", "RING_BYTES"),
            Map.entry("requests.incarnation", "REQUESTS_INCARNATION"),
            Map.entry("replies.magic", "MAGIC"),
            Map.entry("replies.version", "HEADER_VERSION"),
            Map.entry("replies.header_bytes", "HEADER_BYTES"),
            Map.entry("replies.ring_bytes", "RING_BYTES"),
            Map.entry("replies.incarnation", "REPLIES_INCARNATION"),
            Map.entry("record", "RECORD_BYTES"),
            Map.entry("BELFRY_LAYOUT_VERSION", "VERSION"));

    /** Only C needs these: Java never sees a header as a struct. */
    private static final Set<String> SIZES_OF_HEADERS = Set.of("requests", "replies");

    private static String javaName(String c) {
        if (OTHER_NAMES.containsKey(c)) {
            return OTHER_NAMES.get(c);
        }
        if (c.startsWith("BELFRY_")) {
            return c.substring("BELFRY_".length());
        }
        return c.replaceFirst("^(requests|replies)\\.", "").replace('.', '_').toUpperCase(Locale.ROOT);
    }

    private static Map<String, Long> printed() throws Exception {
        Map<String, Long> values = new TreeMap<>();
        try (WorkerProcess layoutPrint = WorkerProcess.command(TestPrograms.path("layout_print"))
                .stdout(Stdio.PIPE)
                .start()) {
            TestPrograms.reader(layoutPrint).lines().forEach(line -> {
                String[] parts = line.split(" ");
                values.put(parts[0], Long.valueOf(parts[1]));
            });
            assertThat(layoutPrint.waitFor()).isEqualTo(new WorkerExit.Exited(0));
        }
        return values;
    }

    private static Map<String, Long> constants() throws IllegalAccessException {
        Map<String, Long> values = new TreeMap<>();
        for (Field field : Layout.class.getDeclaredFields()) {
            if (field.getType() == int.class && Modifier.isStatic(field.getModifiers())) {
                values.put(field.getName(), (long) field.getInt(null));
            }
        }
        return values;
    }

    /** C's names, as Java writes them, and values. */
    private static Map<String, Long> expected() throws Exception {
        Map<String, Long> values = new TreeMap<>();
        printed().forEach((name, value) -> {
            if (!SIZES_OF_HEADERS.contains(name) && !isDoorbell(name)) {
                Long before = values.put(javaName(name), value);
                assertThat(before).as("%s, which both headers have", name).isIn(null, value);
            }
        });
        return values;
    }

    private static boolean isDoorbell(String name) {
        return Arrays.stream(Doorbell.values()).anyMatch(doorbell -> name.equals("BELFRY_" + doorbell));
    }

    /** Complete in both directions: a name that only one side has is a difference. */
    @Test
    void everyConstantIsWhatTheCompilerOfCSays() throws Exception {
        assertThat(constants()).containsExactlyInAnyOrderEntriesOf(expected());
    }

    @Test
    void doorbellsAreNumberedAsInC() throws Exception {
        Map<String, Long> printed = printed();
        for (Doorbell doorbell : Doorbell.values()) {
            assertThat(printed).containsEntry("BELFRY_" + doorbell, (long) doorbell.ordinal());
        }
    }

    @Test
    void theHeadersFitInTheSmallestPage() throws Exception {
        Map<String, Long> printed = printed();
        assertThat(SIZES_OF_HEADERS)
                .allSatisfy(header -> assertThat(printed.get(header)).isLessThanOrEqualTo(4096));
    }

    /** As BELFRY_RECORD_BYTES does. */
    @Test
    void aRecordTakesItsHeaderAndItsBytesPaddedToEight() {
        assertThat(new long[] {
                    Layout.recordBytes(0),
                    Layout.recordBytes(1),
                    Layout.recordBytes(8),
                    Layout.recordBytes(9),
                    Layout.recordBytes(Integer.MAX_VALUE)
                })
                .containsExactly(24, 32, 32, 40, 24 + (1L << 31));
    }
}
