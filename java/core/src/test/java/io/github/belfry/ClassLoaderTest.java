package io.github.belfry;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * An application in a server has the library in a class loader of its own. When it has been there and is gone, the class
 * loader is collected, its natives are unloaded, and no thread or descriptor of it is left.
 */
class ClassLoaderTest {
    private static final int LOADERS = 5;

    @Test
    void fiveClassLoadersThatHaveUsedTheLibraryAreCollected() throws Exception {
        String output = OtherVm.run(OtherVm.java(ServerMain.class));
        List<String> collected =
                output.lines().filter(line -> line.startsWith("collected")).toList();
        assertThat(collected).hasSize(LOADERS);
        assertThat(collected.stream().distinct())
                .as("descriptors that are left")
                .hasSize(1);
    }

    /** Its threads go on, and have all used each application. */
    static final class ServerMain {
        private static final long PAUSE_MILLIS = 100;

        public static void main(String[] args) throws Exception {
            ThreadPoolExecutor threads = (ThreadPoolExecutor) Executors.newFixedThreadPool(2);
            threads.prestartAllCoreThreads(); // before JDK 24 a thread keeps the application that has it made
            try {
                for (int i = 0; i < LOADERS; i++) {
                    awaitEnd(new WeakReference<>(use(threads)));
                    System.out.println("collected, descriptors left: " + ProcFs.descriptors());
                }
            } finally {
                threads.shutdown();
            }
        }

        private static void awaitEnd(WeakReference<ClassLoader> loader) throws Exception {
            Await.until("the class loader is collected", () -> {
                System.gc();
                Thread.sleep(PAUSE_MILLIS); // a collection uses all processors
                return loader.get() == null;
            });
            Await.until(
                    "its natives are unloaded",
                    () -> ProcFs.maps().stream().noneMatch(line -> line.contains("libbelfry.so")));
            Await.until(
                    () -> "its threads have ended: " + threadNames().toList(),
                    () -> threadNames().noneMatch(name -> name.matches("(belfry-|Cleaner-).*")));
            // The VM has opened some for itself.
            Await.until(
                    "its descriptors are closed",
                    () -> ProcFs.descriptors().stream()
                            .noneMatch(target -> target.matches("anon_inode:.*|/memfd:.*|.*belfry.*")));
        }

        private static Stream<String> threadNames() {
            return Thread.getAllStackTraces().keySet().stream().map(Thread::getName);
        }

        private static ClassLoader use(ExecutorService threads) throws Exception {
            List<URL> urls = new ArrayList<>();
            for (String entry : System.getProperty("java.class.path").split(":")) {
                urls.add(Path.of(entry).toUri().toURL());
            }
            try (URLClassLoader loader =
                    new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
                Class<?> type = loader.loadClass(Application.class.getName());
                assertThat(type).isNotEqualTo(Application.class);
                Method use = type.getDeclaredMethod("use", ExecutorService.class);
                use.setAccessible(true);
                use.invoke(null, threads);
                return loader;
            }
        }
    }

    /** Uses all there is, and leaves a mapping, a pipe and an ended process unclosed. */
    static final class Application {
        static void use(ExecutorService threads) throws Exception {
            useProcesses();
            useMappings();
            usePools(threads);
            useRecords();
        }

        private static void usePools(ExecutorService threads) throws Exception {
            try (WorkerPool pool = WorkerPool.bundled("echo").workers(2).start();
                    WorkerPool other = WorkerPool.bundled("upper")
                            .workers(1)
                            .shutdownHook(false)
                            .process(process -> process.dieWithParent(false))
                            .start()) {
                List<CompletableFuture<byte[]>> replies = new ArrayList<>();
                for (int i = 0; i < 100; i++) {
                    replies.add(pool.submit(new byte[10]));
                    check(pool.call(new byte[20]).length == 20);
                    check(threads.submit(() -> other.call(new byte[30])).get().length == 30);
                }
                pool.signalAll(Signal.KILL); // which is logged
                check(!pool.stats().total().toString().isEmpty());
                for (CompletableFuture<byte[]> reply : replies) {
                    check(reply.get().length == 10);
                }
            }
        }

        /** As an application compares and prints them. */
        private static void useRecords() {
            check(new WorkerExit.Exited(1).equals(new WorkerExit.Exited(1)));
            check(new WorkerExit.Lost().equals(new WorkerExit.Lost()));
            WorkerInfo worker = new WorkerInfo("pool", 0, 1, 1);
            check(worker.equals(new WorkerInfo("pool", 0, 1, 1)) && worker.hashCode() != 0);
            PoolStats stats = new PoolStats("pool", List.of(), false);
            check(stats.equals(new PoolStats("pool", List.of(), false)) && stats.hashCode() != 0);
            check(stats.total().equals(stats.total()) && stats.total().hashCode() != 0);
            WorkerExit killed = new WorkerExit.Signaled(Signal.KILL, false);
            check(killed.equals(new WorkerExit.Signaled(Signal.KILL, false)) && killed.hashCode() != 0);
            check(killed.toString().equals("Signaled[signal=SIGKILL, coreDumped=false]"));
        }

        private static void useProcesses() throws Exception {
            try (WorkerProcess closed = WorkerProcess.command("cat")
                    .stdin(Stdio.PIPE)
                    .stdout(Stdio.PIPE)
                    .dieWithParent(false)
                    .start()) {
                closed.stdin().write(1);
                check(closed.stdout().read() == 1);
            }
            WorkerProcess unclosed =
                    WorkerProcess.command("echo", "unread").stdout(Stdio.PIPE).start();
            CompletedProcess run = WorkerProcess.command("cat").run(new byte[] {1}, Duration.ofDays(1));
            check(run.check().equals(WorkerProcess.command("cat").run(new byte[] {1}, null)));
            check(run.hashCode() != 0 && !run.toString().isEmpty());
            try {
                WorkerProcess.pipeline(WorkerProcess.command("yes"), WorkerProcess.command("sleep", "600"))
                        .run(new byte[1], Duration.ofMillis(1));
                check(false);
            } catch (ProcessTimeoutException expected) {
                check(expected.process().stdout().length == 0);
            }
            WorkerExit exit = unclosed.onExit().get();
            check(exit.equals(new WorkerExit.Exited(0)) && exit.hashCode() == 0);
            try {
                WorkerProcess.command("/no/such/program").start();
                check(false);
            } catch (WorkerStartException expected) {
                check(expected.step().equals("execve"));
            }
        }

        private static void useMappings() throws Exception {
            Path file = Files.createTempFile("belfry", ".mapping");
            SharedMapping closed = SharedMapping.create(file, 8192);
            ByteBuffer outlivesIt = closed.buffer().put(0, (byte) 1);
            closed.flush();
            closed.close();
            check(outlivesIt.get(0) == 0);
            SharedMapping unclosed = SharedMapping.open(file, SharedMapping.Access.READ_WRITE);
            check(unclosed.buffer().get(0) == 1);
            Files.delete(file);
        }

        private static void check(boolean holds) {
            if (!holds) {
                throw new AssertionError();
            }
        }
    }
}
