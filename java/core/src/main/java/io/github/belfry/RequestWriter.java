package io.github.belfry;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.ToIntFunction;

/**
 * Writes the requests of a {@link Requester#map(java.util.Iterator, RequestWriter, java.util.function.Function) map} into
 * shared memory, in the thread that asks for replies. For each request {@code size}, {@code type} and {@code write} are
 * called once, in this order; what one of them throws is the failure of that request.
 *
 * @param <T> what a request is made of
 */
public interface RequestWriter<T> {
    /** What the worker is told, in {@code belfry_request.type}: 0 unless overridden. */
    default int type(T request) {
        return 0;
    }

    /** How many bytes the request has, 0 to {@link Requester#maxRequestBytes}. */
    int size(T request);

    /**
     * Writes the request. It has a ring of its worker for itself meanwhile: it should neither block nor take long, and
     * nothing may be submitted from inside it.
     *
     * @param to direct, in native byte order, its position 0, its limit and capacity the size; its content is unspecified
     */
    void write(T request, ByteBuffer to);

    /** A writer of requests of type 0. */
    static <T> RequestWriter<T> of(ToIntFunction<? super T> size, BiConsumer<? super T, ? super ByteBuffer> write) {
        Objects.requireNonNull(size);
        Objects.requireNonNull(write);
        return new RequestWriter<>() {
            @Override
            public int size(T request) {
                return size.applyAsInt(request);
            }

            @Override
            public void write(T request, ByteBuffer to) {
                write.accept(request, to);
            }
        };
    }
}
