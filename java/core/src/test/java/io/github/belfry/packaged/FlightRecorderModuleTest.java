package io.github.belfry.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.belfry.Signal;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.Recorded;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The library in VMs with the module {@code jdk.jfr} and without, on the class path and as a module. */
class FlightRecorderModuleTest {
    private static final String WITHOUT = "--limit-modules=java.logging,jdk.management";
    private static final String MODULE = "io.github.belfry";

    private static OtherVm asModule(OtherVm vm) throws Exception {
        Path classes = Path.of(
                WorkerPool.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        return vm.option("--module-path=" + classes)
                .option("--add-modules=" + MODULE)
                .option("--enable-native-access=" + MODULE);
    }

    /** Calls, submits, and has a worker die. */
    static final class PoolMain {
        public static void main(String[] args) throws Exception {
            System.out.println("jdk.jfr " + ModuleLayer.boot().findModule("jdk.jfr").isPresent());
            System.out.println("module " + WorkerPool.class.getModule().getName());
            try (WorkerPool pool = WorkerPool.bundled("upper").workers(1).start()) {
                System.out.println(new String(pool.call("called".getBytes())));
                pool.signalAll(Signal.KILL);
                Await.until("its death is counted", () -> pool.stats().total().deaths() == 1);
                System.out.println(new String(pool.submit("submitted".getBytes()).get()));
            }
        }
    }

    @Test
    void onTheClassPathItWorksWithoutTheRecorder() throws Exception {
        assertThat(OtherVm.run(OtherVm.java(PoolMain.class).option(WITHOUT)))
                .isEqualTo("jdk.jfr false\nmodule null\nCALLED\nSUBMITTED\n");
    }

    @Test
    void asAModuleItWorksWithoutTheRecorder() throws Exception {
        OtherVm vm = asModule(OtherVm.java(PoolMain.class)).option(WITHOUT + "," + MODULE);
        assertThat(OtherVm.run(vm)).isEqualTo("jdk.jfr false\nmodule " + MODULE + "\nCALLED\nSUBMITTED\n");
    }

    /** Whatever was started first. */
    static final class RecordingMain {
        public static void main(String[] args) throws Exception {
            try (WorkerPool pool = WorkerPool.bundled("upper").workers(1).start();
                    Recorded recorded = Recorded.requestsFrom(Duration.ZERO)) {
                pool.call("called".getBytes());
                pool.submit("submitted".getBytes()).get();
                pool.close();
                for (String name : List.of("belfry.Request", "belfry.WorkerEnd")) {
                    System.out.println(name + " " + recorded.events(name).size());
                }
                System.out.println("module " + WorkerPool.class.getModule().getName());
            }
        }
    }

    @Test
    void asAModuleItIsRecorded() throws Exception {
        assertThat(OtherVm.run(asModule(OtherVm.java(RecordingMain.class))))
                .isEqualTo("belfry.Request 2\nbelfry.WorkerEnd 1\nmodule " + MODULE + "\n");
    }

    /** What the calling thread allocates for a call whose reply it polls for, and for a submit: the least of many. */
    static final class AllocationMain {
        private static final int TIMES = 200;
        private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private static final Consumer<ByteBuffer> WRITE = body -> body.putLong(0, 1);
        private static final Function<ByteBuffer, Boolean> READ = reply -> reply.getLong(0) == 1;

        public static void main(String[] args) throws Exception {
            WorkerPool.Builder builder = WorkerPool.bundled("echo").workers(1);
            try (WorkerPool polled = builder.spin(Duration.ofSeconds(30)).start();
                    WorkerPool pool = builder.spin(Duration.ZERO).start()) {
                measure(polled, pool);
                if (args.length > 0) {
                    try (Recorded recorded = Recorded.requestsFrom(Duration.ofDays(1))) {
                        call(polled);
                        submit(pool);
                    }
                    measure(polled, pool);
                }
            }
        }

        private static void measure(WorkerPool polled, WorkerPool pool) {
            long call = Long.MAX_VALUE;
            long submit = Long.MAX_VALUE;
            for (int i = 0; i < TIMES; i++) {
                call = Math.min(call, call(polled));
                submit = Math.min(submit, submit(pool));
            }
            System.out.println(call + " " + submit);
        }

        private static long call(WorkerPool pool) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            pool.call(0, Long.BYTES, WRITE, READ);
            return THREADS.getCurrentThreadAllocatedBytes() - before;
        }

        private static long submit(WorkerPool pool) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            CompletableFuture<Boolean> future = pool.submit(0, Long.BYTES, WRITE, READ);
            while (!future.isDone()) {
                Thread.yield();
            }
            return THREADS.getCurrentThreadAllocatedBytes() - before;
        }
    }

    /** Neither before the first recording nor after the last. */
    @Test
    void whileNothingIsRecordedItAllocatesNothing() throws Exception {
        String without = OtherVm.run(OtherVm.java(AllocationMain.class).option(WITHOUT));
        assertThat(without).matches("\\d+ \\d+\n");
        assertThat(OtherVm.run(OtherVm.java(AllocationMain.class).argument("record")))
                .isEqualTo(without + without);
    }
}
