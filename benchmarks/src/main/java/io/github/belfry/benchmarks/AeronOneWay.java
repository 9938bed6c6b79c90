package io.github.belfry.benchmarks;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.BufferClaim;
import java.io.IOException;
import org.agrona.concurrent.UnsafeBuffer;

/** Aeron's publications over shared memory, one for each reader; the driver is a thread of the sender's VM. */
final class AeronOneWay implements OneWay {
    static final String CHANNEL = "aeron:ipc";

    /** Half of it may be unread. The driver moves that limit now and then, so it has to be large. */
    private static final int TERM_BYTES = 16 << 20;

    /** The largest fragment there is; larger messages are put together by the reader. */
    private static final int FRAGMENT_BYTES = 65_504;

    private static final int LOOKS_PER_CHECK = 1 << 16;

    private final MediaDriver driver;
    private final Aeron aeron;
    private final UnsafeBuffer source;
    private final Turns<Lane> lanes = new Turns<>();

    AeronOneWay(Traffic traffic) throws IOException {
        source = new UnsafeBuffer(traffic.source().bytes());
        driver = launchDriver();
        aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(driver.aeronDirectoryName()));
        for (int stream = 1; stream <= traffic.workers(); stream++) {
            ReaderVm reader = new ReaderVm(
                    SumReader.class,
                    traffic.settings().cpus(),
                    SumReader.AERON,
                    driver.aeronDirectoryName(),
                    Integer.toString(stream));
            lanes.add(new Lane(aeron.addExclusivePublication(CHANNEL, stream), reader, new BufferClaim()));
        }
    }

    static MediaDriver launchDriver() {
        return MediaDriver.launchEmbedded(new MediaDriver.Context()
                .threadingMode(ThreadingMode.SHARED)
                .ipcTermBufferLength(TERM_BYTES)
                .ipcMtuLength(FRAGMENT_BYTES)
                .dirDeleteOnShutdown(true));
    }

    @Override
    public void send(int offset, int size) {
        lanes.next().send(source, offset, size);
    }

    @Override
    public long sum() throws IOException {
        long sum = 0;
        for (Lane lane : lanes) {
            lane.send(source, 0, SumReader.END_BYTES);
            sum += lane.reader().sum();
        }
        return sum;
    }

    @Override
    public void close() {
        lanes.forEach(lane -> lane.reader().close());
        aeron.close();
        driver.close();
    }

    /** Until there is a reader, and while there is no room, it isn't. */
    static boolean accepted(long position) {
        if (position == Publication.CLOSED || position == Publication.MAX_POSITION_EXCEEDED) {
            throw new IllegalStateException("the publication is closed: " + position);
        }
        return position > 0;
    }

    private record Lane(ExclusivePublication publication, ReaderVm reader, BufferClaim claim) {
        void send(UnsafeBuffer source, int offset, int size) {
            boolean whole = size <= publication.maxPayloadLength();
            for (int looks = 1; !(whole ? claimed(source, offset, size) : offered(source, offset, size)); looks++) {
                Thread.onSpinWait();
                if (looks % LOOKS_PER_CHECK == 0) {
                    reader.check();
                }
            }
        }

        private boolean claimed(UnsafeBuffer source, int offset, int size) {
            if (!accepted(publication.tryClaim(size, claim))) {
                return false;
            }
            claim.buffer().putBytes(claim.offset(), source, offset, size);
            claim.commit();
            return true;
        }

        private boolean offered(UnsafeBuffer source, int offset, int size) {
            return accepted(publication.offer(source, offset, size));
        }
    }
}
