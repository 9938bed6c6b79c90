package io.github.belfry.benchmarks;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import java.io.IOException;
import java.util.function.BooleanSupplier;

/** Two of Aeron's streams over shared memory, to another VM that sends back what it reads. */
final class AeronStreams implements AutoCloseable {
    private static final int REQUESTS = 1;
    private static final int REPLIES = 2;

    private final MediaDriver driver = AeronOneWay.launchDriver();
    private final Aeron aeron;
    private final ExclusivePublication requests;
    private final Subscription replies;
    private final ReaderVm other;

    AeronStreams(ForkSettings settings) throws IOException {
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
        await(() -> requests.isConnected() && replies.isConnected());
    }

    ExclusivePublication requests() {
        return requests;
    }

    Subscription replies() {
        return replies;
    }

    /** Spins until it is so, as long as the other side lives. */
    void await(BooleanSupplier condition) {
        other.await(condition);
    }

    @Override
    public void close() {
        other.close();
        aeron.close();
        driver.close();
    }
}
