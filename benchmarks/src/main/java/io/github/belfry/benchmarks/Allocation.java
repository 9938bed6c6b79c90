package io.github.belfry.benchmarks;

import com.sun.management.ThreadMXBean;
import io.github.belfry.WorkerPool;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
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

/** What the calling thread allocates, by the VM's own count for each thread. All of it in one invocation. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class Allocation {
    static final String VIEWS = "views";
    static final String CALL = "call";
    static final String CALL_ARRAY = "call-array";
    static final String SUBMIT = "submit";

    private static final int BATCH = 1_000;
    private static final int MESSAGE_BYTES = 64;

    /** After so many nothing is interpreted any more. */
    @Param("100")
    public int warmUpBatches;

    @Param("100")
    public int batches;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final ByteBuffer memory = ByteBuffer.allocateDirect(2 * MESSAGE_BYTES);
    private final byte[] array = new byte[MESSAGE_BYTES];
    private final Consumer<ByteBuffer> write = body -> body.putLong(0, 1);
    private final Function<ByteBuffer, Boolean> read = reply -> reply.getLong(0) == 1;
    private WorkerPool pool;

    /** Another thread might look at it. */
    public volatile ByteBuffer view;

    @Setup(Level.Trial)
    public void start() throws IOException {
        ForkSettings settings = ForkSettings.ofThisFork();
        settings.cpus().confineThisProcess();
        pool = WorkerPool.command(settings.cPrograms().worker()).workers(1).start();
    }

    @TearDown(Level.Trial)
    public void stop() {
        pool.close();
    }

    /** A request, or what it is compared with. */
    private interface Once {
        void run() throws Exception;
    }

    @Benchmark
    public void all(Rows rows) throws Exception {
        measure(rows, VIEWS, () -> {
            view = memory.slice(0, MESSAGE_BYTES).order(ByteOrder.nativeOrder());
            view = memory.slice(MESSAGE_BYTES, MESSAGE_BYTES).order(ByteOrder.nativeOrder());
        });
        measure(rows, CALL, () -> pool.call(0, MESSAGE_BYTES, write, read));
        measure(rows, CALL_ARRAY, () -> pool.call(array));
        measure(rows, SUBMIT, () -> pool.submit(0, MESSAGE_BYTES, write, read).get());
    }

    private void measure(Rows rows, String row, Once once) throws Exception {
        for (int i = 0; i < warmUpBatches; i++) {
            batch(once);
        }
        for (int i = 0; i < batches; i++) {
            rows.record(row, batch(once));
        }
    }

    private long batch(Once once) throws Exception {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < BATCH; i++) {
            once.run();
        }
        return (threads.getCurrentThreadAllocatedBytes() - before) / BATCH;
    }
}
