package io.github.belfry.benchmarks;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.FragmentAssembler;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import java.io.IOException;

/** Two of Aeron's streams over shared memory, and another VM that spins as this one does. */
final class AeronEcho implements Echo {
    private static final int REQUESTS = 1;
    private static final int REPLIES = 2;

    private final MediaDriver driver = AeronOneWay.launchDriver();
    private final Aeron aeron;
    private final ExclusivePublication requests;
    private final Subscription replies;
    private final ReaderVm other;
    private final EchoMessage message;
    private final int size;
    private final FragmentAssembler assembler;

    AeronEcho(int size, ForkSettings settings) throws IOException {
        this.size = size;
        message = new EchoMessage(size);
        assembler = new FragmentAssembler((buffer, offset, length, header) -> message.answer(buffer, offset, length));
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
    public boolean roundTrip(long number) {
        message.number(number);
        other.await(() -> AeronOneWay.accepted(requests.offer(message.bytes(), 0, size)));
        other.await(() -> {
            replies.poll(assembler, 1);
            return message.isAnswered();
        });
        return message.isAnsweredRight();
    }

    @Override
    public void close() throws IOException {
        other.close();
        aeron.close();
        driver.close();
    }
}
