package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.belfry.CompletedProcess;
import io.github.belfry.ProcessFailedException;
import io.github.belfry.SharedMapping;
import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.WorkerStartException;
import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.OwnCall;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Seed;
import io.github.belfry.support.TestPrograms;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that is run to its end, with its input and its outputs. */
public class WorkerRunTest {
    private static final int LARGE_BYTES = 100_000_000;

    @TempDir
    Path temp;

    private static WorkerProcess.Builder shell(String script, String... arguments) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        command.addAll(List.of(arguments));
        return WorkerProcess.command(command);
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        SplittableRandom random = Seed.random(WorkerRunTest.class);
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) random.nextInt();
        }
        return bytes;
    }

    @Test
    void bothOutputsAndTheExitAreCollected() throws Exception {
        CompletedProcess process = shell("echo out; echo err >&2; exit 3").run();
        assertThat(process.command()).containsExactly("sh", "-c", "echo out; echo err >&2; exit 3", "sh");
        assertThat(process.exit()).isEqualTo(new WorkerExit.Exited(3));
        assertThat(process.succeeded()).isFalse();
        assertThat(process.output()).isEqualTo("out\n");
        assertThat(process.error()).isEqualTo("err\n");
        assertThat(shell("kill -9 $$").run().exit()).isEqualTo(new WorkerExit.Signaled(Signal.KILL, false));
    }

    @Test
    void onlyAFailedProgramFailsItsCheck() throws Exception {
        CompletedProcess good = WorkerProcess.command("true").run();
        assertThat(good.check()).isSameAs(good);
        CompletedProcess bad = shell("echo one >&2; echo two >&2; exit 3").run();
        ProcessFailedException failure = catchThrowableOfType(ProcessFailedException.class, bad::check);
        assertThat(failure.process()).isSameAs(bad);
        assertThat(failure)
                .hasMessage("sh -c echo one >&2; echo two >&2; exit 3 sh: Exited[code=3]; it said: two");
    }

    @Test
    void standardInputIsEmptyUnlessItIsSet() throws Exception {
        assertThat(OtherVm.run(OtherVm.java(StdinMain.class))).isEqualTo("/dev/null\n".repeat(3));
        Path file = Files.writeString(temp.resolve("input"), "from a file");
        assertThat(WorkerProcess.command("cat").stdin(Stdio.file(file)).run().output())
                .isEqualTo("from a file");
        assertThat(WorkerProcess.command("cat").run(new byte[0], null).output()).isEmpty();
    }

    /** In a VM whose own standard input is a pipe. */
    static final class StdinMain {
        public static void main(String[] args) throws Exception {
            WorkerProcess.Builder reader = shell("readlink /proc/self/fd/0");
            System.out.print(reader.run().output());
            System.out.print(reader.run(null, null).output());
            System.out.print(WorkerProcess.pipeline(reader, WorkerProcess.command("cat")).run().output());
        }
    }

    @Test
    void anInputIsWhatTheProgramReads() throws Exception {
        byte[] input = random(100_000);
        CompletedProcess process = WorkerProcess.command("cat").run(input, null);
        assertThat(process.stdout()).isEqualTo(input);
        assertThat(process.stderr()).isEmpty();
    }

    @Test
    void outputsThatAreSetGoWhereTheyAreSetTo() throws Exception {
        Path file = temp.resolve("output");
        CompletedProcess process =
                shell("echo out; echo err >&2").stdout(Stdio.file(file)).run();
        assertThat(process.stdout()).isEmpty();
        assertThat(process.error()).isEqualTo("err\n");
        assertThat(file).hasContent("out\n");
        String inherited = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
        assertThat(shell("out=$(readlink /proc/$$/fd/1); echo $out >&2").stdout(Stdio.INHERIT).run().error())
                .isEqualTo(inherited + "\n");
    }

    @Test
    void anOutputThatIsAPipeIsCollected() throws Exception {
        CompletedProcess process =
                shell("echo out; echo err >&2").stdout(Stdio.PIPE).stderr(Stdio.PIPE).run();
        assertThat(process.output()).isEqualTo("out\n");
        assertThat(process.error()).isEqualTo("err\n");
    }

    @Test
    void standardErrorCanGoWhereStandardOutputGoes() throws Exception {
        WorkerProcess.Builder both =
                shell("echo one; echo two >&2; echo three").stderr(Stdio.STDOUT);
        CompletedProcess collected = both.run();
        assertThat(collected.output()).isEqualTo("one\ntwo\nthree\n");
        assertThat(collected.stderr()).isEmpty();

        Path file = temp.resolve("both");
        assertThat(both.stdout(Stdio.file(file)).run().stdout()).isEmpty();
        assertThat(file).hasContent("one\ntwo\nthree\n");

        try (WorkerProcess worker = both.stdout(Stdio.PIPE).start()) {
            assertThat(TestPrograms.reader(worker).lines()).containsExactly("one", "two", "three");
        }
        Path link = temp.resolve("link");
        shell("err=$(readlink /proc/$$/fd/2); echo $err >$1", link.toString())
                .stdout(Stdio.INHERIT)
                .stderr(Stdio.STDOUT)
                .run();
        assertThat(link)
                .hasContent(Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString());
    }

    @Test
    void anInputBesideAnotherStandardInputIsRefused() {
        byte[] input = {1};
        for (Stdio other : List.of(Stdio.NULL, Stdio.INHERIT, Stdio.PIPE)) {
            WorkerProcess.Builder builder = WorkerProcess.command("cat").stdin(other);
            assertThatThrownBy(() -> builder.run(input, null)).isInstanceOf(IllegalStateException.class);
        }
        WorkerProcess.Builder pipe = WorkerProcess.command("cat").stdin(Stdio.PIPE);
        assertThatThrownBy(pipe::run).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> pipe.run(null, null)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aRunLeavesTheBuilderAsItWas() throws Exception {
        WorkerProcess.Builder cat = WorkerProcess.command("cat");
        assertThat(cat.run().stdout()).isEmpty();
        assertThat(cat.run(new byte[] {1, 2}, null).stdout()).containsExactly(1, 2);
        assertThat(cat.run()).isEqualTo(cat.run());
    }

    /** Both pipes are full in between, whichever side is slower. */
    @Test
    void muchGoesThroughAtOnce() throws Exception {
        byte[] input = new byte[LARGE_BYTES];
        for (int i = 0; i < input.length; i += 100) {
            input[i] = (byte) (i / 100);
        }
        CompletedProcess process = WorkerProcess.command("cat").run(input, null).check();
        assertThat(Arrays.mismatch(process.stdout(), input)).isEqualTo(-1);
    }

    @Test
    void theProgramChoosesTheOrderInWhichItReadsAndWrites() throws Exception {
        byte[] input = random(1_000_000);
        CompletedProcess errorsFirst =
                shell("head -c 1000000 /dev/zero >&2; cat; head -c 1000000 /dev/zero >&2").run(input, null);
        assertThat(errorsFirst.stdout()).isEqualTo(input);
        assertThat(errorsFirst.stderr()).isEqualTo(new byte[2_000_000]);
        CompletedProcess byTurns = WorkerProcess.command("dd", "bs=1000").run(input, null);
        assertThat(byTurns.stdout()).isEqualTo(input);
        CompletedProcess outputFirst = shell("head -c 1000000 /dev/zero; cat >&2").run(input, null);
        assertThat(outputFirst.stdout()).isEqualTo(new byte[1_000_000]);
        assertThat(outputFirst.stderr()).isEqualTo(input);
    }

    @Test
    void aProgramNeedNotReadItsInput() throws Exception {
        byte[] input = new byte[10_000_000];
        assertThat(WorkerProcess.command("true").run(input, null).exit()).isEqualTo(new WorkerExit.Exited(0));
        assertThat(shell("exec <&-; echo done").run(input, null).output()).isEqualTo("done\n");
        assertThat(shell("head -c 5 | wc -c").run(input, null).output().strip()).isEqualTo("5");
    }

    /** Also by a process that the program has left behind: here one that waits for the program's end. */
    @Test
    void outputsAreReadToTheirEnd() throws Exception {
        CompletedProcess process =
                shell("{ while kill -0 $$ 2>&-; do sleep 0.01; done; echo late; } & echo early").run();
        assertThat(process.output()).isEqualTo("early\nlate\n");
    }

    /** And not only for the end of its outputs. */
    @Test
    void theEndOfAProgramThatClosesItsOutputsIsWaitedFor() throws Exception {
        Path go = temp.resolve("go");
        WorkerProcess.Builder program =
                shell("echo out; exec >&- 2>&-; until [ -e $1 ]; do sleep 0.01; done; exit 4", go.toString());
        OwnCall<CompletedProcess> run = new OwnCall<>(program::run);
        Await.until(
                "it waits for the end",
                () -> run.result().isDone() || run.thread().getState() == Thread.State.TIMED_WAITING);
        Files.createFile(go);
        assertThat(run.result().get().output()).isEqualTo("out\n");
        assertThat(run.result().get().exit()).isEqualTo(new WorkerExit.Exited(4));
    }

    @Test
    void aProgramThatIsRunHasNothingMoreThanOneThatIsStarted() throws Exception {
        try (SharedMapping mapping = SharedMapping.anonymous("run", 1)) {
            assertThat(WorkerProcess.command(TestPrograms.path("reveal"))
                            .passMapping(5, mapping)
                            .directory(temp)
                            .run(new byte[0], null)
                            .output())
                    .contains("descriptors=0 1 2 5 \n", "blocked=\n", "directory=" + temp.toRealPath() + "\n");
        }
    }

    @Test
    void nothingIsLeft() throws Exception {
        WorkerProcess.Builder builder = shell("cat; echo err >&2");
        builder.run(new byte[10], null);
        List<String> descriptors = ProcFs.descriptors();
        List<Long> children = ProcFs.children();
        for (int i = 0; i < 20; i++) {
            builder.run(new byte[100_000], null);
            assertThatThrownBy(WorkerProcess.command("/no/such/program")::run)
                    .isInstanceOf(WorkerStartException.class);
        }
        assertThat(ProcFs.descriptorsBeyond(descriptors)).isEmpty();
        assertThat(ProcFs.children()).isEqualTo(children);
    }

    /** Each program waits for all others, of which there are more than carriers. */
    @Test
    void virtualThreadsRunProgramsAtTheSameTime() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "this VM has no virtual threads");
        Method start = Thread.class.getMethod("startVirtualThread", Runnable.class);
        int count = Runtime.getRuntime().availableProcessors() + 2;
        List<CompletableFuture<CompletedProcess>> runs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            CompletableFuture<CompletedProcess> run = new CompletableFuture<>();
            runs.add(run);
            Runnable task = () -> run.completeAsync(
                    () -> {
                        try {
                            return shell(
                                            "echo >>$1; until [ $(wc -l <$1) -ge $2 ]; do sleep 0.01; done; echo ok",
                                            temp.resolve("here").toString(),
                                            String.valueOf(count))
                                    .dieWithParent(false) // or another thread starts it
                                    .run();
                        } catch (Exception e) {
                            throw new AssertionError(e);
                        }
                    },
                    Runnable::run);
            start.invoke(null, task);
        }
        for (CompletableFuture<CompletedProcess> run : runs) {
            assertThat(run.get().output()).isEqualTo("ok\n");
        }
    }
}
