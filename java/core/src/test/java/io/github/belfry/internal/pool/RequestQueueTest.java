package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.RequestTimeoutException;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Seed;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RequestQueueTest {
    private static final int CASES = 1000;
    private static final int MAX_STEPS = 255;
    private static final List<List<Boolean>> BOUNDARIES = List.of(
            List.of(),
            List.of(true),
            List.of(false),
            Collections.nCopies(MAX_STEPS, true),
            Collections.nCopies(MAX_STEPS, false));

    private static Request<Boolean> request(long id) {
        Request<Boolean> request = new Request<>(0, 8, buffer -> true, null);
        request.assign(id, id * 32, null);
        return request;
    }

    private static List<Boolean> any(SplittableRandom random) {
        return Stream.generate(random::nextBoolean)
                .limit(random.nextInt(MAX_STEPS + 1))
                .toList();
    }

    @Test
    void itBehavesAsAQueue() {
        BOUNDARIES.forEach(RequestQueueTest::assertQueue);
        Seed.repeat(RequestQueueTest.class, CASES, random -> assertQueue(any(random)));
    }

    private static void assertQueue(List<Boolean> adds) {
        RequestQueue queue = new RequestQueue();
        Queue<Request<?>> model = new ArrayDeque<>();
        long id = 0;
        for (boolean add : adds) {
            assertThat((Object) queue.peek()).isSameAs(model.peek());
            if (add) {
                Request<?> request = request(++id);
                queue.add(request);
                model.add(request);
            } else if (!model.isEmpty()) {
                queue.remove(model.remove());
            }
        }
        for (Request<?> left : model) {
            assertThat((Object) queue.peek()).isSameAs(left);
            queue.remove(left);
        }
        assertThat((Object) queue.peek()).isNull();
    }

    @Test
    void oneThreadMayAddWhileAnotherTakes() {
        int many = 1_000_000;
        RequestQueue queue = new RequestQueue();
        CompletableFuture<Void> adder = CompletableFuture.runAsync(
                () -> {
                    for (long id = 1; id <= many; id++) {
                        queue.add(request(id));
                    }
                },
                OwnThread.PER_TASK);
        for (long id = 1; id <= many; id++) {
            Request<?> oldest = queue.peek();
            while (oldest == null) {
                Thread.onSpinWait();
                oldest = queue.peek();
            }
            assertThat(oldest.id()).isEqualTo(id);
            assertThat(oldest.start()).isEqualTo(id * 32);
            queue.remove(oldest);
        }
        adder.join();
        assertThat((Object) queue.peek()).isNull();
    }

    /** A walk over the links, to fail all requests, gets from any of them to the end. */
    @Test
    void itsLinksLeadFromTheOldestToTheNewest() {
        RequestQueue queue = new RequestQueue();
        for (long id = 1; id <= 3; id++) {
            queue.add(request(id));
        }
        long expected = 0;
        for (Request<?> request = queue.peek(); request != null; request = request.next) {
            assertThat(request.id()).isEqualTo(++expected);
        }
        assertThat(expected).isEqualTo(3);
    }

    @Test
    void aRequestIsSettledOnce() {
        Request<Boolean> unplaced = new Request<>(0, 8, buffer -> true, null);
        assertThat(unplaced.settle()).isFalse();
        Request<Boolean> request = request(7);
        assertThat(request.isSettled()).isFalse();
        assertThat(request.settle()).isTrue();
        assertThat(request.isSettled()).isTrue();
        assertThat(request.settle()).isFalse();
        assertThat(request.id()).isEqualTo(7);
        assertThat(request.end()).isEqualTo(7 * 32 + 32);
    }

    /** And for how long it was in hand. */
    @Test
    void aMovedRequestKeepsItsBlames() {
        CompletableFuture<Boolean> future = new CompletableFuture<>();
        Request<Boolean> request = new Request<>(5, 8, buffer -> true, future);
        request.assign(1, 0, null);
        request.blames = 2;
        request.inHandNanos = 99;
        Request<Boolean> moved = request.moved();
        moved.takeHistory(request);
        moved.assign(2, 64, null);
        assertThat(moved.attempt()).isEqualTo(3);
        assertThat(moved.inHandNanos).isEqualTo(99);
        assertThat(moved.type).isEqualTo(5);
        assertThat(moved.future).isSameAs(future);
        assertThat(request.settle()).isTrue();
        assertThat(moved.isSettled()).isFalse();
    }

    /** A thread that looked at it without a lock, and acts on what was true then, does no harm. */
    @Test
    void aRequestThatIsUsedAgainIsNotSettledByItsOldId() {
        Request<Boolean> request = request(7);
        request.settle();
        Request<Boolean> again = request.reuse(3, 16);
        assertThat(again.isSettled(7)).isTrue();
        again.assign(8, 0, null);
        assertThat(again.isSettled(7)).isTrue();
        assertThat(again.isSettled(8)).isFalse();
        CompletableFuture<Boolean> future = new CompletableFuture<>();
        again.future = future;
        again.failing(7, late -> new RequestTimeoutException("late"), told -> {})
                .run();
        assertThat(future).isNotDone();
        assertThat(again.settle()).isTrue();
    }

    /** A request used again while a queue still has it as its link would cut off those that follow. */
    @Test
    void callsShareRequestsThatNoQueueHas() {
        for (List<Boolean> calls : BOUNDARIES) {
            BOUNDARIES.forEach(followed -> assertShared(calls, followed));
        }
        Seed.repeat(RequestQueueTest.class, CASES, random -> assertShared(any(random), any(random)));
    }

    private static void assertShared(List<Boolean> calls, List<Boolean> followed) {
        RequestQueue queue = new RequestQueue();
        SpareRequests spares = new SpareRequests();
        Set<Request<?>> used = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < calls.size(); i++) {
            Request<?> request = calls.get(i) ? spares.take(0, 8) : request(1);
            request.assign(2 * i + 1, 0, null);
            queue.add(request);
            Request<Boolean> follower = i < followed.size() && followed.get(i) ? request(2 * i + 2) : null;
            if (follower != null) {
                queue.add(follower);
            }
            assertThat((Object) queue.peek()).isSameAs(request);
            queue.remove(request);
            request.settle();
            if (calls.get(i)) {
                used.add(request);
                spares.keep(request);
            }
            assertThat((Object) queue.peek()).isSameAs(follower);
            if (follower != null) {
                queue.remove(follower);
            }
        }
        assertThat(used).hasSizeLessThanOrEqualTo(2);
    }
}
