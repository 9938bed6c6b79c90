package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.Await;
import io.github.belfry.support.OwnCall;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.TestPrograms;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes through the pipes of a worker, and the threads that wait there. */
public class WorkerPipeTest {
    /** More than a pipe holds. */
    private static final int MUCH = 3 << 20;

    private static WorkerProcess.Builder piped(String... command) {
        return WorkerProcess.command(command).stdin(Stdio.PIPE).stdout(Stdio.PIPE);
    }

    /** A thread that does something that blocks in a pipe. */
    private static final class Blocked<T> {
        final CompletableFuture<T> result;
        final Thread thread;

        Blocked(Callable<T> task) throws Exception {
            OwnCall<T> call = new OwnCall<>(task);
            result = call.result();
            thread = call.thread();
            Await.until("it is parked", this::isParked);
        }

        boolean isParked() {
            return thread.getState() == Thread.State.WAITING
                    && Arrays.stream(thread.getStackTrace())
                            .anyMatch(frame -> frame.getMethodName().equals("awaitReady"));
        }

        T get() throws Exception {
            return result.get(30, TimeUnit.SECONDS);
        }

        /** What it throws. */
        Throwable failure() {
            try {
                return new AssertionError("no failure but " + get());
            } catch (ExecutionException e) {
                return e.getCause();
            } catch (Exception e) {
                return e;
            }
        }
    }

    private static CompletableFuture<Void> inOwnThread(Callable<?> task) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        task.call();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                },
                OwnThread.PER_TASK);
    }

    @Test
    void pipesCarryWhatIsWritten() throws Exception {
        try (WorkerProcess worker = WorkerProcess.command("sh", "-c", "cat; echo problem >&2")
                .stdin(Stdio.PIPE)
                .stdout(Stdio.PIPE)
                .stderr(Stdio.PIPE)
                .start()) {
            worker.stdin().write("hello".getBytes());
            worker.stdin().close();
            assertThat(worker.stdout().readAllBytes()).asString().isEqualTo("hello");
            assertThat(worker.stderr().readAllBytes()).asString().isEqualTo("problem\n");
            assertThat(worker.stdout().read()).isEqualTo(-1);
            assertThat(worker.stdout().available()).isZero();
        }
    }

    @Test
    void muchGoesThroughBothWaysUnchanged() throws Exception {
        byte[] sent = new byte[MUCH];
        new Random(1).nextBytes(sent);
        try (WorkerProcess worker = piped("cat").start()) {
            CompletableFuture<Void> writer = inOwnThread(() -> {
                try (OutputStream to = worker.stdin()) {
                    to.write(sent, 0, MUCH / 3);
                    to.write(sent[MUCH / 3]);
                    to.write(sent, MUCH / 3 + 1, MUCH - MUCH / 3 - 1);
                }
                return null;
            });
            assertThat(worker.stdout().readAllBytes()).isEqualTo(sent);
            writer.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void aReadGivesWhatIsThere() throws Exception {
        try (WorkerProcess worker =
                piped("sh", "-c", "echo one; read line; echo two").start()) {
            byte[] bytes = new byte[1 << 20];
            assertThat(worker.stdout().read(bytes)).isEqualTo(4);
            worker.stdin().write('\n');
            assertThat(worker.stdout().read(bytes, 1, 2)).isEqualTo(2);
            assertThat(bytes).startsWith('o', 't', 'w', '\n');
            assertThat(worker.stdout().read(bytes)).isEqualTo(2);
            assertThat(worker.stdout().read(bytes)).isEqualTo(-1);
            assertThat(worker.stdout().read(bytes, 0, 0)).isZero();
            assertThatThrownBy(() -> worker.stdout().read(bytes, 1, bytes.length))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    /** Each write of up to 4 KiB is one piece, see pipe(7), and each byte is read once. */
    @Test
    void manyThreadsMayUseAStream() throws Exception {
        int threads = 4;
        int lines = 500;
        int length = 1000;
        try (WorkerProcess worker = piped("cat").start()) {
            List<CompletableFuture<Void>> writers = IntStream.range(0, threads)
                    .mapToObj(i -> inOwnThread(() -> {
                        byte[] line = ((char) ('a' + i) + "").repeat(length).getBytes();
                        line[length - 1] = '\n';
                        for (int sent = 0; sent < lines; sent++) {
                            worker.stdin().write(line);
                        }
                        return null;
                    }))
                    .toList();
            int[][] counts = new int[threads][256];
            List<CompletableFuture<Void>> readers = Arrays.stream(counts)
                    .map(count -> inOwnThread(() -> {
                        InputStream from = worker.stdout();
                        for (int b = from.read(); b >= 0; b = from.read()) {
                            count[b]++;
                        }
                        return null;
                    }))
                    .toList();
            for (CompletableFuture<Void> writer : writers) {
                writer.get(30, TimeUnit.SECONDS);
            }
            worker.stdin().close();
            for (CompletableFuture<Void> reader : readers) {
                reader.get(30, TimeUnit.SECONDS);
            }
            assertThat(IntStream.of('a', 'b', 'c', 'd', '\n')
                            .map(b -> Arrays.stream(counts)
                                    .mapToInt(count -> count[b])
                                    .sum()))
                    .containsExactly(
                            lines * (length - 1),
                            lines * (length - 1),
                            lines * (length - 1),
                            lines * (length - 1),
                            threads * lines);
        }
    }

    @Test
    void linesOfManyThreadsStayWhole() throws Exception {
        try (WorkerProcess worker = piped("sort", "-u").start()) {
            List<CompletableFuture<Void>> writers = new ArrayList<>();
            for (String letter : List.of("a", "b", "c")) {
                writers.add(inOwnThread(() -> {
                    for (int sent = 0; sent < 300; sent++) {
                        worker.stdin().write((letter.repeat(4095) + "\n").getBytes());
                    }
                    return null;
                }));
            }
            for (CompletableFuture<Void> writer : writers) {
                writer.get(30, TimeUnit.SECONDS);
            }
            worker.stdin().close();
            assertThat(TestPrograms.reader(worker).lines())
                    .containsExactly("a".repeat(4095), "b".repeat(4095), "c".repeat(4095));
        }
    }

    @Test
    void aBlockedReadIsNotInterruptible() throws Exception {
        try (WorkerProcess worker = piped("cat").start()) {
            Blocked<Boolean> reader = new Blocked<>(
                    () -> worker.stdout().read() == 'x' && Thread.currentThread().isInterrupted());
            reader.thread.interrupt();
            Await.until("it is parked again", () -> !reader.thread.isInterrupted() && reader.isParked());
            worker.stdin().write('x');
            assertThat(reader.get()).as("it has read, and is interrupted").isTrue();
        }
    }

    @Test
    void aWriteToAWorkerThatHasEndedIsAnError() throws Exception {
        try (WorkerProcess worker = piped("true").start()) {
            worker.waitFor();
            assertThatThrownBy(() -> worker.stdin().write(1))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("EPIPE, Broken pipe");
        }
    }

    @Test
    void aWriteToAWorkerThatHasClosedItsInputIsAnErrorToo() throws Exception {
        try (WorkerProcess worker =
                piped("sh", "-c", "exec <&-; echo closed; exec sleep 600").start()) {
            assertThat(TestPrograms.reader(worker).readLine()).isEqualTo("closed");
            assertThatThrownBy(() -> worker.stdin().write(1))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("EPIPE, Broken pipe");
        }
    }

    @Test
    void aBlockedWriteFailsWhenTheWorkerEnds() throws Exception {
        try (WorkerProcess worker = piped("sleep", "600").start()) {
            Blocked<Object> writer = new Blocked<>(() -> {
                worker.stdin().write(new byte[MUCH]);
                return "written";
            });
            worker.signal(Signal.KILL);
            assertThat(writer.failure()).isInstanceOf(IOException.class).hasMessageContaining("EPIPE, Broken pipe");
        }
    }

    @Test
    void closingAStreamReleasesThoseWhoUseIt() throws Exception {
        try (WorkerProcess worker = piped("sleep", "600").start()) {
            Blocked<Object> writer = new Blocked<>(() -> {
                worker.stdin().write(new byte[MUCH]);
                return "written";
            });
            List<Blocked<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                readers.add(new Blocked<>(() -> worker.stdout().read()));
            }
            long pipes = ProcFs.count("pipe:");
            worker.stdin().close();
            worker.stdout().close();
            assertThat(writer.failure()).isInstanceOf(IOException.class).hasMessage("the pipe is closed");
            for (Blocked<Integer> reader : readers) {
                assertThat(reader.failure()).isInstanceOf(IOException.class).hasMessage("the pipe is closed");
            }
            assertThat(ProcFs.count("pipe:")).isEqualTo(pipes - 2);
            assertThatThrownBy(() -> worker.stdout().read()).isInstanceOf(IOException.class);
            assertThat(worker.isAlive()).isTrue();
        }
    }

    @Test
    void closeReleasesAReaderOfAPipeThatAGrandchildHolds() throws Exception {
        WorkerProcess worker = WorkerProcess.command("sh", "-c", "sleep 600 2>/dev/null & echo $! >&2")
                .stdout(Stdio.PIPE)
                .stderr(Stdio.PIPE)
                .start();
        long grandchild = Long.parseLong(TestPrograms.firstLine(worker.stderr()));
        try {
            Blocked<Integer> reader = new Blocked<>(() -> worker.stdout().read());
            assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Exited(0));
            assertThat(reader.result).isNotDone();
            worker.close();
            assertThat(reader.failure()).isInstanceOf(IOException.class).hasMessage("the pipe is closed");
            assertThat(ProcFs.isRunning(grandchild)).isTrue();
        } finally {
            ProcessHandle.of(grandchild).orElseThrow().destroyForcibly();
        }
    }

    /** Also one that comes after the end of the leader, when the pipe is registered for its last writer only. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aReaderGetsWhatAGrandchildWritesAndThenTheEnd(boolean waitsAtTheEnd, @TempDir Path temp) throws Exception {
        Path fifo = TestPrograms.makeFifo(temp.resolve("fifo"));
        List<String> before = ProcFs.descriptors();
        WorkerProcess worker =
                piped("sh", "-c", "(cat fifo) & read line").directory(temp).start();
        if (!waitsAtTheEnd) {
            endByItsInput(worker);
        }
        Blocked<byte[]> reader = new Blocked<>(() -> worker.stdout().readNBytes(4));
        if (waitsAtTheEnd) {
            endByItsInput(worker);
        }
        Blocked<byte[]> next;
        try (OutputStream to = Files.newOutputStream(fifo)) {
            to.write("one\n".getBytes());
            assertThat(reader.get()).asString().isEqualTo("one\n");
            next = new Blocked<>(() -> worker.stdout().readAllBytes());
            to.write("two\n".getBytes());
        }
        assertThat(next.get()).asString().isEqualTo("two\n");
        assertThat(ProcFs.descriptorsBeyond(before)).isEmpty();
    }

    private static void endByItsInput(WorkerProcess worker) throws Exception {
        worker.stdin().close();
        worker.waitFor();
    }

    /** Not only when the end has been read. */
    @Test
    void anEndedWorkersPipeIsClosedWithTheReadOfItsLastByte() throws Exception {
        TestPrograms.run("true");
        List<String> before = ProcFs.descriptors();
        WorkerProcess worker =
                WorkerProcess.command("echo", "last").stdout(Stdio.PIPE).start();
        worker.waitFor();
        assertThat(worker.stdout().readNBytes(4)).asString().isEqualTo("last");
        assertThat(ProcFs.descriptorsBeyond(before)).hasSize(1);
        assertThat(worker.stdout().read()).isEqualTo('\n');
        assertThat(ProcFs.descriptorsBeyond(before)).isEmpty();
        assertThat(worker.stdout().read()).isEqualTo(-1);
    }
}
