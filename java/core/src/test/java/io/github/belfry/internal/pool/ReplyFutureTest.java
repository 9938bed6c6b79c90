package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplyFutureTest {
    private final ReplyFuture<byte[]> future = new ReplyFuture<>(null);
    private final Request<byte[]> first = new Request<>(0, 0, Copying.BYTES, future);
    private final Request<byte[]> second = first.moved();
    private final Request<byte[]> third = second.moved();
    private final List<Request<?>> withdrawn = new ArrayList<>();

    /** Takes each request back for certain. */
    private final Destination somewhere = new Destination() {
        @Override
        public ByteBuffer body(int size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void unreserve(int size) {}

        @Override
        public void publish(Request<?> request, ByteBuffer body) {}

        @Override
        public boolean isPublished(Request<?> request) {
            return true;
        }

        @Override
        public boolean withdraw(Request<?> request, int bits) {
            withdrawn.add(request);
            return request.settlePinned();
        }

        @Override
        public void timedOut() {}
    };

    @BeforeEach
    void assign() {
        List.of(first, second, third).forEach(request -> request.assign(1, 0, somewhere));
    }

    @Test
    void aCancelWithdrawsWhatTheRequestHasBecome() {
        first.tellFuture();
        second.tellFuture();
        first.settle();
        assertThat(future.cancel(false)).isTrue();
        assertThat(withdrawn).containsExactly(second);
    }

    /** Two threads have moved it, and the first one says so last. */
    @Test
    void aLaterFormStays() {
        first.tellFuture();
        third.tellFuture();
        second.settle();
        second.tellFuture();
        first.settle();
        future.cancel(false);
        assertThat(withdrawn).containsExactly(third);
    }

    /** Its submitter says last that it was published. */
    @Test
    void aRequestThatHasMovedBeforeItIsTheFuturesStaysWhatItHasBecome() {
        second.tellFuture();
        first.settle();
        first.tellFuture();
        future.cancel(false);
        assertThat(withdrawn).containsExactly(second);
    }

    @Test
    void anAnsweredRequestIsNotWithdrawn() {
        first.tellFuture();
        first.settle();
        future.complete(new byte[0]);
        assertThat(future.cancel(false)).isFalse();
        assertThat(withdrawn).isEmpty();
    }
}
