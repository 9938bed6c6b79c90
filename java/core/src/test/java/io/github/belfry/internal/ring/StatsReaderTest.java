package io.github.belfry.internal.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.github.belfry.PoolStats;
import io.github.belfry.WorkerProcess;
import io.github.belfry.internal.sys.Native;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.TestPrograms;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Processes that have something under the name of a ring that isn't one, see {@code c/tests/false_rings.c}. */
class StatsReaderTest {
    private static final long RING_FILE = Native.pageSize() + (1L << 20);

    private static WorkerProcess offer(String ring, long bytes, Object what) throws IOException {
        WorkerProcess.Builder program = WorkerProcess.command(
                TestPrograms.path("false_rings"), "belfry-" + ring, String.valueOf(bytes), String.valueOf(what));
        return TestPrograms.started(program, "ready");
    }

    static Stream<Arguments> falseRings() {
        return Stream.of(
                Arguments.of(0, "zeroes"),
                Arguments.of(1, "zeroes"),
                Arguments.of(1, "ones"),
                Arguments.of(4096, "zeroes"),
                Arguments.of(4096, "ones"),
                Arguments.of(RING_FILE - 1, "ones"),
                Arguments.of(RING_FILE, "ones"),
                Arguments.of(1L << 42, "zeroes"),
                Arguments.of(1L << 42, "ones"),
                Arguments.of(4096, "1048576"), // from here on with a right header, but
                Arguments.of(RING_FILE, "0"),
                Arguments.of(RING_FILE, "65536"),
                Arguments.of(RING_FILE, "4294967295"),
                Arguments.of(RING_FILE - 4096, "1048576"),
                Arguments.of(RING_FILE + 4096, "1052672"),
                Arguments.of(1L << 42, "1048576"));
    }

    @ParameterizedTest
    @MethodSource("falseRings")
    void whatIsNoRingIsAnIOException(long bytes, String what) throws Exception {
        for (String ring : List.of("requests-false-0", "replies-false-0")) {
            try (WorkerProcess process = offer(ring, bytes, what)) {
                assertThatIOException()
                        .as(ring)
                        .isThrownBy(() -> PoolStats.of(process.pid()))
                        .withMessageContaining("is no ring of a Belfry pool");
            }
        }
    }

    @Test
    void anotherSlotsRingIsAnIOException() throws Exception {
        try (WorkerProcess process = offer("requests-false-1", RING_FILE, 1 << 20)) {
            assertThatIOException().isThrownBy(() -> PoolStats.of(process.pid()));
        }
    }

    /** So that the tests above fail for what they are about. */
    @Test
    void aRightHeaderIsRead() throws Exception {
        try (WorkerProcess process = offer("requests-false-0", RING_FILE, 1 << 20)) {
            PoolStats stats = PoolStats.of(process.pid()).get(0);
            assertThat(stats.pool()).isEqualTo("false");
            assertThat(stats.workers()).hasSize(1);
        }
    }

    @Test
    void aPoolInTheMakingIsNone() throws Exception {
        try (WorkerProcess process = offer("requests-false-0", RING_FILE, "zeroes")) {
            assertThat(PoolStats.of(process.pid())).allMatch(pool -> pool.workers().isEmpty());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"requests", "replies"})
    void aFileThatIsCutOffMeanwhileIsReadOrAnIOException(String ring) throws Exception {
        List<String> before = ProcFs.descriptors();
        try (WorkerProcess process = offer(ring + "-false-0", RING_FILE, "flicker")) {
            int read = 0;
            int refused = 0;
            for (int i = 0; i < 300; i++) {
                try {
                    PoolStats.of(process.pid());
                    read++;
                } catch (IOException e) {
                    refused++;
                }
            }
            assertThat(read + refused).isEqualTo(300);
        }
        assertThat(ProcFs.descriptorsBeyond(before)).isEmpty();
    }
}
