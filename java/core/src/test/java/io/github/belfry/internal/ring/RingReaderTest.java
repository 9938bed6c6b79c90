package io.github.belfry.internal.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.internal.ring.RingReader.BrokenRuleException;
import io.github.belfry.support.RingSteps;
import io.github.belfry.support.Seed;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Replies that a worker writes and Java reads; the worker is played by {@link WorkersEnd}, also a hostile one. */
@Tag("once")
class RingReaderTest {
    private static final int RING_BYTES = WorkersEnd.RING_BYTES;
    private static final int MAX_RECORDS = RING_BYTES / Layout.RECORD_BYTES;

    private record Sent(long id, int size) {}

    private static void expect(RingReader reader, long id, int size) throws BrokenRuleException {
        assertThat(reader.hasMore()).isTrue();
        assertThat(reader.next()).isTrue();
        assertThat(reader.id()).isEqualTo(id);
        assertThat(reader.code()).isEqualTo((int) id % 5);
        assertThat(WorkersEnd.copy(reader.body())).isEqualTo(WorkersEnd.bytes(id, size));
    }

    private static RingReader readerOf(WorkersEnd worker) {
        return new RingReader(worker.replies, worker.requests);
    }

    /** A queue with one rule: its records have to fit the ring. */
    @Test
    void itBehavesAsAQueue() throws Exception {
        RingSteps.check(RingReaderTest.class, RingReaderTest::assertQueue);
    }

    private static void assertQueue(List<Integer> steps) throws Exception {
        try (WorkersEnd worker = new WorkersEnd()) {
            RingReader reader = readerOf(worker);
            Queue<Sent> unread = new ArrayDeque<>();
            long used = 0;
            long id = 0;
            for (int step : steps) {
                if (step != RingSteps.TAKE) {
                    boolean fits = used + Layout.recordBytes(step) <= RING_BYTES;
                    assertThat(worker.mayReply(step)).isEqualTo(fits);
                    if (fits) {
                        worker.reply(++id, (int) id % 5, step);
                        unread.add(new Sent(id, step));
                        used += Layout.recordBytes(step);
                    }
                } else if (unread.isEmpty()) {
                    assertThat(reader.hasMore()).isFalse();
                    assertThat(reader.next()).isFalse();
                } else {
                    Sent oldest = unread.remove();
                    expect(reader, oldest.id, oldest.size);
                    reader.release();
                    used -= Layout.recordBytes(oldest.size);
                }
            }
        }
    }

    /** A reply that was taken and not released keeps its space and its bytes. */
    @Test
    void theSpaceOfAReplyIsTheReadersUntilItIsReleased() throws Exception {
        try (WorkersEnd worker = new WorkersEnd()) {
            RingReader reader = readerOf(worker);
            assertThat(reader.hasAnswered()).isFalse();
            worker.reply(1, 1, 30_000);
            worker.reply(2, 2, 30_000);
            expect(reader, 1, 30_000);
            assertThat(reader.hasAnswered()).isFalse();
            reader.accept();
            assertThat(reader.hasAnswered()).isTrue();
            assertThat(worker.mayReply(30_000)).isFalse();
            reader.release();
            assertThat(worker.mayReply(30_000)).isTrue();
            expect(reader, 2, 30_000);
            assertThat(reader.hasMore()).isFalse();
        }
    }

    /** And those behind it, until it is let go. */
    @Test
    void aReplyThatIsHeldIsNotReleased() throws Exception {
        try (WorkersEnd worker = new WorkersEnd()) {
            RingReader reader = readerOf(worker);
            worker.reply(1, 1, 100);
            worker.reply(2, 2, 30_000);
            worker.reply(3, 3, 30_000);
            expect(reader, 1, 100);
            reader.release();
            expect(reader, 2, 30_000);
            ByteBuffer held = reader.body();
            reader.hold();
            expect(reader, 3, 30_000);
            reader.release();
            assertThat(reader.isHeld()).isTrue();
            assertThat(worker.requests.get(Layout.REPLY_HEAD)).isEqualTo(Layout.recordBytes(100));
            assertThat(worker.mayReply(30_000)).isFalse();
            assertThat(WorkersEnd.copy(held)).isEqualTo(WorkersEnd.bytes(2, 30_000));
            assertThat(reader.letGo()).isFalse();
            reader.release();
            assertThat(reader.isHeld()).isFalse();
            assertThat(worker.mayReply(WorkersEnd.MAX_SIZE)).isTrue();
        }
    }

    /** By one of the two, whichever comes last. */
    @Test
    void theMemoryIsClosedAtTheEndOrWhenTheLastReplyIsLetGo() throws Exception {
        try (WorkersEnd worker = new WorkersEnd()) {
            RingReader reader = readerOf(worker);
            worker.reply(1, 1, 100);
            expect(reader, 1, 100);
            reader.hold();
            assertThat(reader.letGo()).isFalse();
            assertThat(reader.end()).isTrue();
            RingReader other = readerOf(worker);
            expect(other, 1, 100);
            other.hold();
            assertThat(other.end()).isFalse();
            assertThat(other.letGo()).isTrue();
        }
    }

    /** Two records that are a ring and 8 bytes together: each round begins 8 further on. */
    @Test
    void aRecordIsWholeWhereverItBegins() throws Exception {
        try (WorkersEnd worker = new WorkersEnd()) {
            RingReader reader = readerOf(worker);
            long id = 0;
            for (int begin = 0; begin < RING_BYTES; begin += 8) {
                worker.reply(++id, (int) id % 5, 24);
                expect(reader, id, 24);
                reader.release();
                worker.reply(++id, (int) id % 5, WorkersEnd.MAX_SIZE);
                if (begin % 1024 == 0) {
                    expect(reader, id, WorkersEnd.MAX_SIZE);
                } else {
                    assertThat(reader.next()).isTrue();
                    assertThat(reader.id()).isEqualTo(id);
                }
                reader.release();
                assertThat(worker.requests.get(Layout.REPLY_HEAD)).isEqualTo((begin / 8 + 1L) * (RING_BYTES + 8));
            }
        }
    }

    @Test
    void aBodyIsItsSizeInNativeOrder() throws Exception {
        try (WorkersEnd worker = new WorkersEnd()) {
            RingReader reader = readerOf(worker);
            for (int size = 0; size < 20; size++) {
                worker.reply(size + 1, 0, size);
                assertThat(reader.next()).isTrue();
                ByteBuffer body = reader.body();
                assertThat(body.position()).isZero();
                assertThat(body.limit()).isEqualTo(size);
                assertThat(body.capacity()).isEqualTo(size);
                assertThat(body.order()).isEqualTo(ByteOrder.nativeOrder());
            }
        }
    }

    // ---- A hostile worker

    /** A ring of which {@code start} bytes have been taken, followed by a record and a tail as given. */
    private static RingReader readerAt(WorkersEnd worker, int start, long tailBeyond, int size)
            throws BrokenRuleException {
        RingReader reader = readerOf(worker);
        worker.reply(1, 0, start - Layout.RECORD_BYTES);
        assertThat(reader.next()).isTrue();
        worker.putRecord(start, size, 2, 0);
        worker.replies.setRelease(Layout.REPLY_TAIL, start + tailBeyond);
        return reader;
    }

    private static void refused(long tailBeyond, int size) throws Exception {
        try (WorkersEnd worker = new WorkersEnd()) {
            RingReader reader = readerAt(worker, 4096, tailBeyond, size);
            assertThatThrownBy(reader::next)
                    .as("tail %d beyond, size %d", tailBeyond, size)
                    .isInstanceOf(BrokenRuleException.class);
            // It was taken no further.
            reader.release();
            assertThat(worker.requests.get(Layout.REPLY_HEAD)).isEqualTo(4096);
        }
    }

    private static void accepted(long tailBeyond, int size) throws Exception {
        try (WorkersEnd worker = new WorkersEnd()) {
            RingReader reader = readerAt(worker, 4096, tailBeyond, size);
            assertThat(reader.next())
                    .as("tail %d beyond, size %d", tailBeyond, size)
                    .isTrue();
            assertThat(reader.id()).isEqualTo(2);
            assertThat(reader.body().capacity()).isEqualTo(size);
        }
    }

    @Test
    void aTailThatCannotBeIsRefused() throws Exception {
        accepted(32, 8);
        accepted(RING_BYTES, 8);
        refused(RING_BYTES + 8, 8);
        refused(-4096, 8);
        refused(-8, 8);
        refused(Long.MIN_VALUE, 8);
        refused(Long.MAX_VALUE - 4096 - 7, 8);
        refused(1L << 32, 8);
        refused((1L << 32) + 32, 8);
        for (int beyond = 1; beyond < 8; beyond++) {
            refused(32 + beyond, 8);
        }
        refused(8, 0);
        refused(16, 0);
        accepted(24, 0);
    }

    @Test
    void aSizeThatCannotBeIsRefused() throws Exception {
        accepted(RING_BYTES, WorkersEnd.MAX_SIZE);
        refused(RING_BYTES, WorkersEnd.MAX_SIZE + 1);
        refused(RING_BYTES, -1);
        refused(RING_BYTES, -31);
        refused(RING_BYTES, Integer.MIN_VALUE);
        refused(RING_BYTES, Integer.MAX_VALUE);
        accepted(64, 40);
        refused(64, 41);
        refused(24, 1);
    }

    /** Each bit of each word of a good ring of replies, one after the other. */
    @Test
    void eachFlippedBitIsRefusedOrGivesRecordsWithinTheRing() throws Exception {
        int half = RING_BYTES / 2;
        int wraps = RING_BYTES - 16;
        try (WorkersEnd worker = new WorkersEnd()) {
            worker.putRecord(wraps, 100, 2, 0);
            long tail = wraps + Layout.recordBytes(100);
            for (int word : new int[] {
                Layout.REPLY_TAIL,
                worker.replies.offset(wraps) + Layout.RECORD_SIZE,
                worker.replies.offset(wraps) + Layout.RECORD_ID,
                worker.replies.offset(wraps) + Layout.RECORD_CODE
            }) {
                for (int bit = 0; bit < Long.SIZE; bit++) {
                    worker.putRecord(0, half - Layout.RECORD_BYTES, 1, 0);
                    worker.putRecord(half, wraps - half - Layout.RECORD_BYTES, 1, 0);
                    worker.replies.setRelease(Layout.REPLY_TAIL, wraps);
                    RingReader reader = readerOf(worker);
                    assertThat(reader.next()).isTrue();
                    assertThat(reader.next()).isTrue();
                    worker.replies.setRelease(Layout.REPLY_TAIL, tail);
                    worker.replies.set(word, worker.replies.get(word) ^ 1L << bit);
                    readAll(reader);
                    worker.replies.set(word, worker.replies.get(word) ^ 1L << bit);
                }
            }
        }
    }

    /** Reads until there is nothing more, or a rule is broken; never more than fits, never outside. */
    private static void readAll(RingReader reader) {
        try {
            for (int records = 0; reader.next(); records++) {
                assertThat(records).isLessThanOrEqualTo(MAX_RECORDS);
                ByteBuffer body = reader.body();
                assertThat(body.capacity()).isLessThanOrEqualTo(WorkersEnd.MAX_SIZE);
                // It begins behind the header, and a slice can't end outside the mapping.
                assertThat(body.alignmentOffset(0, 8)).isZero();
                if (body.capacity() > 0) {
                    body.get(body.capacity() - 1);
                }
                reader.accept();
            }
        } catch (BrokenRuleException refused) {
            assertThat(refused).hasMessageContaining("repl");
        }
    }

    /** With random words in the ring and the header. */
    @Test
    void nothingIsReadOutsideTheRing() {
        Seed.repeat(RingReaderTest.class, 2000, random -> {
            try (WorkersEnd worker = new WorkersEnd()) {
                RingReader reader = readerOf(worker);
                for (int turn = 0; turn < 5; turn++) {
                    scribble(worker, random);
                    readAll(reader);
                }
            }
        });
    }

    private static void scribble(WorkersEnd worker, SplittableRandom random) {
        ByteBuffer bytes = worker.replies.bytes();
        int[] sizes = {random.nextInt(), random.nextInt(2 * RING_BYTES), random.nextInt(512)};
        for (int at = 0; at < RING_BYTES; at += 8 * (1 + random.nextInt(16))) {
            bytes.putInt(worker.replies.headerBytes() + at, sizes[random.nextInt(3)]);
        }
        long head = worker.requests.get(Layout.REPLY_HEAD);
        long[] tails = {
            random.nextLong(),
            head + random.nextInt(2 * RING_BYTES),
            head + (random.nextInt(RING_BYTES) & ~7),
            head + RING_BYTES,
            random.nextInt(RING_BYTES) & ~7
        };
        worker.replies.setRelease(Layout.REPLY_TAIL, tails[random.nextInt(tails.length)]);
    }

    /** The words change between two loads of the same: only a checked copy may be used. */
    @Test
    void aWorkerThatScribblesAllTheTimeIsRefusedOrGivesRecordsWithinTheRing() throws Exception {
        try (WorkersEnd worker = new WorkersEnd()) {
            AtomicBoolean over = new AtomicBoolean();
            SplittableRandom random = Seed.random(RingReaderTest.class);
            Thread hostile = new Thread(() -> {
                ByteBuffer bytes = worker.replies.bytes();
                int first = worker.replies.headerBytes();
                while (!over.get()) {
                    Layout.INT.setOpaque(bytes, first, 8);
                    worker.replies.setRelease(Layout.REPLY_TAIL, 32);
                    Layout.INT.setOpaque(bytes, first, random.nextInt());
                    worker.replies.setRelease(Layout.REPLY_TAIL, random.nextLong());
                }
            });
            hostile.start();
            int good = 0;
            try {
                for (int turn = 0; turn < 200_000 || good == 0 && turn < 200_000_000; turn++) {
                    RingReader reader = readerOf(worker);
                    readAll(reader);
                    good += reader.hasAnswered() ? 1 : 0;
                }
            } finally {
                over.set(true);
                hostile.join();
            }
            assertThat(good).isPositive();
        }
    }
}
