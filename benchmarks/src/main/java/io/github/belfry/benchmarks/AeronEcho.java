package io.github.belfry.benchmarks;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.FragmentAssembler;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Two of Aeron's streams over shared memory, and another VM that spins as this one does. */
final class AeronEcho implements Echo {
    private static final int REQUESTS = 1;
    private static final int REPLIES = 2;

    private final MediaDriver driver = AeronOneWay.launchDriver();
    private final Aeron aeron;
    private final ExclusivePublication requests;
    private final Subscription replies;
    private final ReaderVm other;
    private final int size;
    private final UnsafeBuffer message;
    private final FragmentAssembler assembler =
            new FragmentAssembler((buffer, offset, length, header) -> read(buffer, offset, length));
    private long number;
    private boolean answered;
    private boolean right;

    AeronEcho(int size, ForkSettings settings) throws IOException {
        this.size = size;
        message = new UnsafeBuffer(ByteBuffer.allocateDirect(size));
        aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(driver.aeronDirectoryName()));
        requests = aeron.addExclusivePublication(AeronOneWay.CHANNEL, REQUESTS);
        replies = aeron.addSubscription(AeronOneWay.CHANNEL, REPLIES);
        other = new ReaderVm(
                EchoReader.class,
                settings.cpus(),
                EchoReader.AERON,
                driver.aeronDirectoryName(),
                Integer.toString(REQUESTS),
                Integer.toString(REPLIES));
        other.await(() -> requests.isConnected() && replies.isConnected());
    }

    @Override
    public boolean roundTrip(long newNumber) {
        number = newNumber;
        message.putLong(0, number);
        message.putLong(size - Long.BYTES, number);
        answered = false;
        right = false;
        other.await(() -> AeronOneWay.accepted(requests.offer(message, 0, size)));
        other.await(() -> {
            replies.poll(assembler, 1);
            return answered;
        });
        return right;
    }

    private void read(DirectBuffer buffer, int index, int length) {
        answered = true;
        right = length == size
                && buffer.getLong(index) == number
                && buffer.getLong(index + size - Long.BYTES) == number;
    }

    @Override
    public void close() throws IOException {
        other.close();
        aeron.close();
        driver.close();
    }
}
