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

/**
 * Messages one after the other to readers in other processes, as fast as these let it. {@code bench_ring.c} does the
 * same from C.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED"})
public class Throughput {
    static final int PICOS_PER_NANO = 1000;

    @Param({"RING", "POOL", "AGRONA", "AERON", "PIPE", "SOCKET"})
    public Transport transport;

    /** Of a message, in bytes. */
    @Param("64")
    public int size;

    @Param("1")
    public int workers;

    /** Messages that are timed as a whole. */
    @Param("4096")
    public int window;

    private Source source;
    private OneWay way;
    private int offset;
    private long sent;

    /** What the transport's own threads may use is both processors; the sender, this thread, has its own. */
    @Setup(Level.Trial)
    public void open() throws IOException {
        ForkSettings settings = ForkSettings.ofThisFork();
        settings.cpus().confineThisProcess();
        source = new Source();
        way = transport.open(new Traffic(source, size, workers, settings));
        settings.cpus().pinThisThread();
    }

    @Benchmark
    public void messages(Recorder recorder) throws IOException {
        long begin = System.nanoTime();
        for (int i = 0; i < window; i++) {
            way.send(offset, size);
            offset = Source.next(offset, size);
        }
        recorder.record((System.nanoTime() - begin) * PICOS_PER_NANO / window);
        sent += window;
    }

    @TearDown(Level.Trial)
    public void check() throws IOException, InterruptedException {
        try (OneWay open = way) {
            long sum = open.sum();
            if (sum != source.sum(sent, size)) {
                throw new IllegalStateException("the readers read something else");
            }
        }
    }
}
