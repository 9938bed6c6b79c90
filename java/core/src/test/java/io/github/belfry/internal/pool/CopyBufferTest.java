package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.support.Requests;
import io.github.belfry.support.Seed;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CopyBufferTest {
    private static final int CASES = 500;

    private final CopyBuffer copies = new CopyBuffer();

    private static byte[] random(SplittableRandom random, int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) random.nextInt();
        }
        return bytes;
    }

    /** However the memory grows meanwhile. */
    @Test
    void copiesKeepTheirBytesUntilItIsCleared() {
        Seed.repeat(CopyBufferTest.class, CASES, random -> {
            copies.clear();
            List<byte[]> expected = new ArrayList<>();
            List<ByteBuffer> made = new ArrayList<>();
            for (int i = random.nextInt(20); i >= 0; i--) {
                byte[] bytes = random(random, random.nextInt(1 << random.nextInt(16)));
                expected.add(bytes);
                made.add(copies.copy(ByteBuffer.wrap(bytes)));
            }
            for (int i = 0; i < made.size(); i++) {
                assertThat(Requests.copy(made.get(i))).isEqualTo(expected.get(i));
            }
        });
    }

    @Test
    void aCopyIsAsLongAsItsReplyAndReadOnly() {
        for (int size : new int[] {0, 1, 7, 8, 4096, 200_000}) {
            ByteBuffer copy = copies.copy(ByteBuffer.allocate(size));
            assertThat(copy.capacity()).isEqualTo(size);
            assertThat(copy.limit()).isEqualTo(size);
            assertThat(copy.position()).isZero();
            assertThat(copy.order()).isEqualTo(ByteOrder.nativeOrder());
            assertThat(copy.isReadOnly()).isTrue();
            assertThat(copy.isDirect()).isTrue();
        }
    }

    @Test
    void theSameMemoryIsUsedAgain() {
        copies.copy(ByteBuffer.allocate(1_000_000));
        int bytes = copies.bytes();
        for (int i = 0; i < 100; i++) {
            copies.clear();
            copies.copy(ByteBuffer.allocate(1_000_000));
        }
        assertThat(bytes).isEqualTo(1_000_000);
        assertThat(copies.bytes()).isEqualTo(bytes);
    }
}
