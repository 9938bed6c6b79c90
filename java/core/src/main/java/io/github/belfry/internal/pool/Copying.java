package io.github.belfry.internal.pool;

import java.nio.ByteBuffer;
import java.util.function.Function;

/** A read that only copies, and so may run under the consumer lock. */
public abstract class Copying<R> implements Function<ByteBuffer, R> {
    /** What {@code call(byte[])} and its like read with. */
    public static final Function<ByteBuffer, byte[]> BYTES = new Copying<>() {
        @Override
        public byte[] apply(ByteBuffer reply) {
            byte[] bytes = new byte[reply.remaining()];
            reply.get(bytes);
            return bytes;
        }
    };
}
