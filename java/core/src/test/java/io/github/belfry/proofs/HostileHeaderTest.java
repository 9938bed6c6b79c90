package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Inside;
import io.github.belfry.internal.pool.Request;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.internal.ring.RingReader;
import io.github.belfry.internal.ring.RingReader.BrokenRuleException;
import io.github.belfry.internal.ring.SlotCounters;
import io.github.belfry.internal.ring.WorkersEnd;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import io.github.belfry.support.Seed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Each bit of a worker's header, flipped in rings of all kinds: too many for processes, so played in this VM. */
@Tag(Proof.TAG)
class HostileHeaderTest {
    /** All words of 64 bits that layout.h defines. */
    static final int[] WORDS = {
        Layout.MAGIC,
        Layout.HEADER_BYTES,
        Layout.REPLIES_INCARNATION,
        Layout.REPLY_TAIL,
        Layout.WORKER_SLEEP,
        Layout.STATE,
        Layout.IN_HAND,
        Layout.ANSWERED,
        Layout.FAULTS,
        Layout.BUSY_NANOS,
        Layout.WAKES,
        Layout.SIGNALS,
        Layout.RESCUES
    };

    private static final int MAX_UNREAD = 8;
    private static final int LAPS = 4;

    private final SplittableRandom random = Seed.random(HostileHeaderTest.class);

    /** Replies that lie in a ring, from {@code head} on, and the requests that they answer. */
    private record State(long head, List<Request<?>> asked) {}

    @Test
    void eachFlippedBitIsHarmlessOrRefused() throws IOException {
        int states = Proof.times(50, 1000);
        int refused = 0;
        int harmless = 0;
        try (WorkersEnd worker = new WorkersEnd()) {
            RingReader reader = new RingReader(worker.replies, worker.requests);
            for (int i = 0; i < states; i++) {
                State state = put(worker);
                for (int word : WORDS) {
                    for (int bit = 0; bit < Long.SIZE; bit++) {
                        boolean isRefused = isRefused(worker, reader, state, word, bit);
                        refused += isRefused ? 1 : 0;
                        harmless += isRefused ? 0 : 1;
                    }
                }
            }
        }
        assertThat(refused + harmless).isEqualTo(states * WORDS.length * Long.SIZE);
        assertThat(refused).isPositive();
        Proof.counted(
                "hostile worker, played",
                "%,d bits of the header flipped in %,d states of the rings: %,d refused, %,d harmless, 0 wrong replies",
                refused + harmless,
                states,
                refused,
                harmless);
    }

    /** Random replies somewhere in the ring, and random values in the words that have no rule. */
    private State put(WorkersEnd worker) {
        for (int word : WORDS) {
            worker.replies.set(word, random.nextLong() >>> random.nextInt(Long.SIZE));
        }
        worker.requests.set(Layout.PAST_BUSY_NANOS, random.nextLong());
        long head = random.nextInt(LAPS * WorkersEnd.RING_BYTES) & ~7;
        long tail = head;
        List<Request<?>> asked = new ArrayList<>();
        for (int left = random.nextInt(MAX_UNREAD); left > 0; left--) {
            int room = Math.min((int) (head + WorkersEnd.RING_BYTES - tail) - Layout.RECORD_BYTES, WorkersEnd.MAX_SIZE);
            int size = random.nextInt(1 + Math.min(room, random.nextInt(WorkersEnd.MAX_SIZE)));
            Request<byte[]> request = new Request<>(0, 0, Requests::copy, null);
            request.assign(1 + asked.size() + (random.nextLong() >>> 2), 0, null);
            worker.putRecord(tail, size, request.id(), 0);
            asked.add(request);
            tail += Layout.recordBytes(size);
            if (head + WorkersEnd.RING_BYTES - tail < Layout.RECORD_BYTES) {
                break;
            }
        }
        worker.replies.setRelease(Layout.REPLY_TAIL, tail);
        return new State(head, asked);
    }

    private boolean isRefused(WorkersEnd worker, RingReader reader, State state, int word, int bit) {
        long before = worker.replies.get(word);
        worker.replies.set(word, before ^ 1L << bit);
        int read = 0;
        boolean refused = false;
        RingReader flipped = reader.lookAhead(state.head);
        try {
            while (flipped.next()) {
                Request<?> oldest = read < state.asked.size() ? state.asked.get(read) : null;
                flipped.check(oldest == null ? RingReader.NO_REQUEST : oldest.id(), oldest == null ? 0 : oldest.type);
                read++;
                if (flipped.body().hasRemaining()) {
                    flipped.body().get(flipped.body().capacity() - 1);
                }
            }
        } catch (BrokenRuleException e) {
            refused = true;
        }
        SlotCounters counters = SlotCounters.of(worker.requests.bytes(), worker.replies.bytes());
        assertThat(Inside.doubled(counters).toString()).isNotEmpty();
        worker.replies.set(word, before);
        assertThat(read).isLessThanOrEqualTo(state.asked.size());
        if (word != Layout.REPLY_TAIL) {
            assertThat(refused).as("word %d, bit %d", word, bit).isFalse();
            assertThat(read).as("word %d, bit %d", word, bit).isEqualTo(state.asked.size());
        }
        return refused;
    }
}
