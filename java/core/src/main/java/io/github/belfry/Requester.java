package io.github.belfry;

import io.github.belfry.internal.pool.Copying;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What takes requests, a {@link WorkerPool}, in four ways: {@code call} waits for the reply, {@code submit} gives a
 * future and waits for room at most, {@code offer} never waits, {@code map} gives the replies to many in order. Each comes with a request and a reply as bytes, which
 * are copied, or with callbacks that write and read them in shared memory.
 *
 * <p><b>Threads.</b> All methods may be called by any thread. {@code write} runs once, in the thread that submits; what
 * it throws is thrown, and then nothing was sent. {@code read} runs at most once, for {@code call} in the caller, otherwise
 * in a thread of the pool; what it throws is thrown by {@code call} or fails the future. It doesn't run for a reply with
 * a code.
 *
 * <p><b>Blocking.</b> {@code read}, and what hangs on a future, may block, and may give requests to any pool and wait for
 * them: meanwhile other replies come in another thread. {@code write} has a ring of its worker for itself: it should
 * neither block nor take long, and while it runs, nothing else may be submitted from inside it.
 *
 * <p><b>Buffers</b> that callbacks get are in native byte order, their position 0, their limit and capacity the size;
 * those to be read are direct and read-only. They are valid inside the callback only: later they may show other bytes,
 * but never crash the VM. The content of one to be written is unspecified. {@code read} gets a copy of the reply. Only
 * that of a {@code call} may read it where the worker has written it: there it stays writable for a worker that lives, so
 * a reader that distrusts the worker copies before it checks; and its space isn't free for other replies until then. A
 * worker that has waited for it for a second is replaced, and the next one does its requests again.
 *
 * <p><b>Failures.</b> A future fails, and {@code call} throws, with a {@link WorkerException}:
 * {@link WorkerFaultException} if the worker answered with a code, {@link WorkerDiedException} if workers died of the
 * request, {@link RequestTimeoutException} if it took too long, {@link PoolUnavailableException} if the pool is closed or
 * its workers keep dying. All methods throw an {@link IllegalArgumentException} for a request that is too large or of a
 * negative size, and an {@link IllegalStateException} inside a {@code write} of the same pool. A future
 * that is completed from outside ({@code cancel}, {@code orTimeout}, {@code complete}) withdraws its request, which
 * then never runs, unless its worker has begun it.
 */
public interface Requester {
    // ---- Waiting for the reply

    /** Sends a request of type 0 and gives its reply, as {@link #call(int, int, Consumer, Function)}. Blocks. */
    default byte[] call(byte[] request) {
        return call(0, request);
    }

    /** Sends a request and gives its reply, as {@link #call(int, int, Consumer, Function)}. Blocks. */
    default byte[] call(int type, byte[] request) {
        return call(type, request.length, to -> to.put(request), Copying.BYTES);
    }

    /**
     * Sends a request and waits for its reply, with the lowest latency: this thread polls for a moment before it
     * sleeps, and reads in place what it has found so. Blocks.
     *
     * @param type what the worker is told, in {@code belfry_request.type}
     * @param size of the request in bytes, 0 to {@link #maxRequestBytes}
     * @param write writes the request, in this thread
     * @param read reads the reply, in this thread
     * @return what {@code read} returned
     * @throws WorkerException if there is no reply, with the stack of this thread
     * @throws RequestInterruptedException if this thread is interrupted while it waits; the flag stays set
     * @throws IllegalArgumentException if the size is negative or too large
     * @throws IllegalStateException inside a {@code write} of this pool
     */
    <R> R call(int type, int size, Consumer<? super ByteBuffer> write, Function<? super ByteBuffer, ? extends R> read);

    // ---- Waiting for room at most

    /** Sends a request of type 0, as {@link #submit(int, int, Consumer, Function)}. Blocks while there is no room. */
    default CompletableFuture<byte[]> submit(byte[] request) {
        return submit(0, request);
    }

    /** Sends a request, as {@link #submit(int, int, Consumer, Function)}. Blocks while there is no room. */
    default CompletableFuture<byte[]> submit(int type, byte[] request) {
        return submit(type, request.length, to -> to.put(request), Copying.BYTES);
    }

    /**
     * Sends a request. Blocks while there is no room, which is when unanswered bytes reach {@code workers} times
     * {@code ringBytes}, until its time is over; then the future fails with {@link RequestTimeoutException}.
     *
     * @param type what the worker is told, in {@code belfry_request.type}
     * @param size of the request in bytes, 0 to {@link #maxRequestBytes}
     * @param write writes the request, in this thread
     * @param read reads the reply, in a thread of the pool
     * @return the future of what {@code read} returns
     * @throws RequestInterruptedException if this thread is interrupted while it waits for room; the flag stays set,
     *     and nothing was sent
     * @throws IllegalArgumentException if the size is negative or too large
     * @throws IllegalStateException inside a {@code write} of this pool
     */
    <R> CompletableFuture<R> submit(
            int type, int size, Consumer<? super ByteBuffer> write, Function<? super ByteBuffer, ? extends R> read);

    // ---- Never waiting

    /** Sends a request of type 0 if there is room, as {@link #offer(int, int, Consumer, Function)}. Never blocks. */
    default Optional<CompletableFuture<byte[]>> offer(byte[] request) {
        return offer(0, request);
    }

    /** Sends a request if there is room, as {@link #offer(int, int, Consumer, Function)}. Never blocks. */
    default Optional<CompletableFuture<byte[]>> offer(int type, byte[] request) {
        return offer(type, request.length, to -> to.put(request), Copying.BYTES);
    }

    /**
     * The same as {@link #submit(int, int, Consumer, Function)}, but never blocks: empty when there is no room, or
     * another thread waits for some already. Then {@code write} hasn't run.
     *
     * @throws PoolUnavailableException if the pool is closed or its workers keep dying
     * @throws IllegalArgumentException if the size is negative or too large
     * @throws IllegalStateException inside a {@code write} of this pool
     */
    <R> Optional<CompletableFuture<R>> offer(
            int type, int size, Consumer<? super ByteBuffer> write, Function<? super ByteBuffer, ? extends R> read);

    // ---- Many requests, in order

    /**
     * Sends requests of type 0 and gives their replies in order, as {@link #map(Iterator, RequestWriter, Function)}.
     */
    default Replies<byte[]> map(Iterator<byte[]> requests) {
        return map(
                requests, RequestWriter.of(request -> request.length, (request, to) -> to.put(request)), Copying.BYTES);
    }

    /**
     * Sends the requests of a source and gives their replies in order: for one thread that has many. The thread that
     * calls {@link Replies#next} asks the source, writes as many requests as there is room for into the rings of all
     * workers, takes replies as they come, and gives the oldest; there is no future and no other thread on the way. At
     * most 1,024 requests are under way, or have replies that wait for an older one, and 64 more are asked for. Together
     * these replies have at most {@code workers} times {@code replyRingBytes}, and what is under way then.
     *
     * <p>A failure, also what {@code requests}, {@code writer} or {@code read} throws, is thrown by the {@code next} of its
     * element, and the following {@code next} goes on behind it. While no thread calls {@code next} nothing is sent; other
     * callers aren't delayed. Close it if it isn't used up: that withdraws what no worker has begun, as its collection as
     * garbage does.
     *
     * @param requests is asked while replies are waited for, in the thread that waits, and may block; it must not wait
     *     for replies of this map
     * @param writer writes each request, in that thread
     * @param read reads each reply, in that thread and in order
     * @return one element for each request; for one thread at a time
     */
    <T, R> Replies<R> map(
            Iterator<? extends T> requests,
            RequestWriter<? super T> writer,
            Function<? super ByteBuffer, ? extends R> read);

    // ---- Deadlines and sizes

    /**
     * A view of this whose requests fail with {@link RequestTimeoutException} so long after they were given to it,
     * wherever they are then; it replaces {@link WorkerPool.Builder#requestTimeout} and the time of this view. A request
     * that no worker has begun never runs; one that is in hand runs on, and {@code belfry_request_abandoned} tells its
     * worker. With zero or a negative time each request fails at once, and nothing is sent.
     */
    Requester withTimeout(Duration total);

    /** The largest request in bytes. */
    int maxRequestBytes();

    /** The largest reply in bytes. */
    int maxReplyBytes();
}
