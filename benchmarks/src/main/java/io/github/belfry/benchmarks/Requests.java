package io.github.belfry.benchmarks;

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

/** Many requests, each answered by its copy. {@code bench_requests.c} does the same from C. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED"})
public class Requests {
    /** How requests get there and replies back. */
    public enum Way {
        MAP(PoolExchange::map),
        SUBMIT(PoolExchange::submit),
        CALL((size, workers, settings) -> PoolExchange.call(size, workers, 1, settings)),
        CALL_4((size, workers, settings) -> PoolExchange.call(size, workers, 4, settings)),
        CALL_16((size, workers, settings) -> PoolExchange.call(size, workers, 16, settings)),
        AERON((size, workers, settings) -> new AeronExchange(size, settings)),
        PIPE((size, workers, settings) -> StreamExchange.pipes(size, settings)),
        SOCKET((size, workers, settings) -> StreamExchange.socket(size, settings));

        private final Opener opener;

        Way(Opener opener) {
            this.opener = opener;
        }

        /** Whether a thread waits for each reply. */
        boolean isCall() {
            return this == CALL || this == CALL_4 || this == CALL_16;
        }

        private interface Opener {
            Exchange open(int size, int workers, ForkSettings settings) throws IOException;
        }
    }

    @Param
    public Way way;

    /** Of a request, in bytes. */
    @Param("64")
    public int size;

    @Param("1")
    public int workers;

    /** Requests that are timed as a whole. */
    @Param("4096")
    public int window;

    private Exchange exchange;
    private long number;

    /** What the way's own threads may use is both processors; the sender, this thread, has its own. */
    @Setup(Level.Trial)
    public void open() throws IOException {
        ForkSettings settings = ForkSettings.ofThisFork();
        settings.cpus().confineThisProcess();
        exchange = way.opener.open(size, workers, settings);
        settings.cpus().pinThisThread();
    }

    @Benchmark
    public void window(Recorder recorder) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        boolean right = exchange.exchange(number, window);
        recorder.record((System.nanoTime() - begin) * Throughput.PICOS_PER_NANO / window);
        number += window;
        if (!right) {
            throw new IllegalStateException("a reply isn't its request");
        }
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
        exchange.close();
    }
}
