package io.github.belfry.internal.ring;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.support.RingSteps;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Requests that Java writes and a worker reads; the worker is played by {@link WorkersEnd}. */
@Tag("once")
class RingWriterTest {
    private record Sent(long id, int size, long end) {}

    private static void send(RingWriter writer, long id, int size) {
        WorkersEnd.fill(id, writer.body(size));
        writer.publish(id, (int) id * 3, size, (int) id + 1);
    }

    private static void expect(WorkersEnd.Received received, long id, int size) {
        assertThat(received.id()).isEqualTo(id);
        assertThat(received.size()).isEqualTo(size);
        assertThat(received.type()).isEqualTo((int) id * 3);
        assertThat(received.attempt()).isEqualTo((int) id + 1);
        assertThat(WorkersEnd.copy(received.body())).isEqualTo(WorkersEnd.bytes(id, size));
    }

    /** A queue with one rule: its records have to fit the ring. */
    @Test
    void itBehavesAsAQueue() throws Exception {
        RingSteps.check(RingWriterTest.class, RingWriterTest::assertQueue);
    }

    private static void assertQueue(List<Integer> steps) throws IOException {
        try (WorkersEnd worker = new WorkersEnd()) {
            RingWriter writer = new RingWriter(worker.requests);
            Queue<Sent> unread = new ArrayDeque<>();
            long used = 0;
            long id = 0;
            for (int step : steps) {
                if (step != RingSteps.TAKE) {
                    boolean fits = used + Layout.recordBytes(step) <= WorkersEnd.RING_BYTES;
                    assertThat(writer.hasRoom(step)).isEqualTo(fits);
                    if (fits) {
                        send(writer, ++id, step);
                        unread.add(new Sent(id, step, writer.tail()));
                        used += Layout.recordBytes(step);
                    }
                } else if (unread.isEmpty()) {
                    assertThat(worker.hasRequest()).isFalse();
                } else {
                    Sent oldest = unread.remove();
                    expect(worker.next(), oldest.id, oldest.size);
                    writer.free(oldest.end);
                    used -= Layout.recordBytes(oldest.size);
                }
            }
            assertThat(worker.requests.get(Layout.SUBMITTED)).isEqualTo(id);
            assertThat(writer.tail() - writer.freed()).isEqualTo(used);
        }
    }

    /** Two records that are a ring and 8 bytes together: each round begins 8 further on. */
    @Test
    void aRecordIsWholeWhereverItBegins() throws IOException {
        int small = 24;
        try (WorkersEnd worker = new WorkersEnd()) {
            RingWriter writer = new RingWriter(worker.requests);
            long id = 0;
            for (int begin = 0; begin < WorkersEnd.RING_BYTES; begin += 8) {
                assertThat(writer.tail() % WorkersEnd.RING_BYTES).isEqualTo(begin);
                send(writer, ++id, small);
                expect(worker.next(), id, small);
                writer.free(writer.tail());
                int large = begin % 1024 == 0 ? WorkersEnd.MAX_SIZE : 0;
                assertThat(writer.hasRoom(WorkersEnd.MAX_SIZE)).isTrue();
                if (large > 0) {
                    send(writer, ++id, large);
                    expect(worker.next(), id, large);
                } else {
                    writer.publish(++id, 0, WorkersEnd.MAX_SIZE, 1);
                    assertThat(worker.next().id()).isEqualTo(id);
                }
                writer.free(writer.tail());
            }
            assertThat(worker.hasRequest()).isFalse();
        }
    }

    @Test
    void theLargestRequestFitsAnEmptyRingAndOneByteMoreDoesNot() throws IOException {
        try (WorkersEnd worker = new WorkersEnd()) {
            RingWriter writer = new RingWriter(worker.requests);
            int exact = WorkersEnd.RING_BYTES - Layout.RECORD_BYTES;
            assertThat(writer.hasRoom(WorkersEnd.MAX_SIZE)).isTrue();
            assertThat(writer.hasRoom(exact)).isTrue();
            assertThat(writer.hasRoom(exact + 1)).isFalse();
        }
    }

    @Test
    void aFullRingHasNoRoomUntilTheOldestIsFreed() throws IOException {
        int half = WorkersEnd.RING_BYTES / 2 - Layout.RECORD_BYTES;
        try (WorkersEnd worker = new WorkersEnd()) {
            RingWriter writer = new RingWriter(worker.requests);
            send(writer, 1, half);
            assertThat(writer.hasRoom(half + 1)).isFalse();
            assertThat(writer.hasRoom(half)).isTrue();
            long end = writer.tail();
            send(writer, 2, half);
            assertThat(writer.hasRoom(0)).isFalse();
            writer.free(end);
            assertThat(writer.hasRoom(half)).isTrue();
            assertThat(writer.hasRoom(half + 1)).isFalse();
        }
    }

    /** It is read again by the next incarnation of the worker, or moved to another slot. */
    @Test
    void aPublishedRequestKeepsItsBytesAndCanGetAnotherAttempt() throws IOException {
        try (WorkersEnd worker = new WorkersEnd()) {
            RingWriter writer = new RingWriter(worker.requests);
            send(writer, 1, 60_000);
            worker.next();
            writer.free(writer.tail());
            long start = writer.tail();
            send(writer, 2, 60_000); // wraps
            writer.setAttempt(start, 77);
            assertThat(WorkersEnd.copy(writer.published(start, 60_000))).isEqualTo(WorkersEnd.bytes(2, 60_000));
            for (int incarnation = 1; incarnation <= 2; incarnation++) {
                worker.requestHead = start;
                WorkersEnd.Received again = worker.next();
                assertThat(again.attempt()).isEqualTo(77);
                assertThat(again.id()).isEqualTo(2);
                assertThat(again.type()).isEqualTo(6);
                assertThat(WorkersEnd.copy(again.body())).isEqualTo(WorkersEnd.bytes(2, 60_000));
            }
        }
    }

    @Test
    void aBodyIsItsSizeInNativeOrderAndEightAligned() throws IOException {
        try (WorkersEnd worker = new WorkersEnd()) {
            RingWriter writer = new RingWriter(worker.requests);
            for (int size = 0; size < 20; size++) {
                ByteBuffer body = writer.body(size);
                assertThat(body.position()).isZero();
                assertThat(body.limit()).isEqualTo(size);
                assertThat(body.capacity()).isEqualTo(size);
                assertThat(body.order()).isEqualTo(ByteOrder.nativeOrder());
                assertThat(body.isReadOnly()).isFalse();
                assertThat(body.alignmentOffset(0, 8)).isZero();
                writer.publish(size + 1, 0, size, 1);
            }
        }
    }
}
