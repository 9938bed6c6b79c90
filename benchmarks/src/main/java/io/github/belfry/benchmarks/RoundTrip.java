package io.github.belfry.benchmarks;

import io.github.belfry.Doorbell;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A request and its copy as the reply, one at a time. {@code bench_round_trip.c} does the same from C. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED"})
public class RoundTrip {
    /** How messages get there and back. */
    public enum Way {
        CALL_ADAPTIVE((size, settings) -> new PoolEcho(size, settings, Doorbell.ADAPTIVE, false)),
        CALL_SPIN((size, settings) -> new PoolEcho(size, settings, Doorbell.SPIN, false)),
        SUBMIT_ADAPTIVE((size, settings) -> new PoolEcho(size, settings, Doorbell.ADAPTIVE, true)),
        SUBMIT_SPIN((size, settings) -> new PoolEcho(size, settings, Doorbell.SPIN, true)),
        AGRONA(AgronaEcho::new),
        AERON(AeronEcho::new),
        PIPE(StreamEcho::pipes),
        SOCKET(StreamEcho::socket);

        private final Opener opener;

        Way(Opener opener) {
            this.opener = opener;
        }

        /** Whether its sides wait for each other in the kernel. */
        boolean waits() {
            return switch (this) {
                case CALL_ADAPTIVE, CALL_SPIN, AGRONA, AERON -> false;
                case SUBMIT_ADAPTIVE, SUBMIT_SPIN, PIPE, SOCKET -> true;
            };
        }

        private interface Opener {
            Echo open(int size, ForkSettings settings) throws IOException;
        }
    }

    @Param
    public Way way;

    /** Of a message, in bytes. */
    @Param("64")
    public int size;

    private Echo echo;
    private long number;

    /** What the way's own threads may use is both processors; the sender, this thread, has its own. */
    @Setup(Level.Trial)
    public void open() throws IOException {
        ForkSettings settings = ForkSettings.ofThisFork();
        settings.cpus().confineThisProcess();
        echo = way.opener.open(size, settings);
        settings.cpus().pinThisThread();
    }

    @Benchmark
    public void message(Recorder recorder) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        boolean right = echo.roundTrip(++number);
        recorder.record(System.nanoTime() - begin);
        if (!right) {
            throw new IllegalStateException("the reply isn't the request");
        }
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        echo.close();
    }
}
