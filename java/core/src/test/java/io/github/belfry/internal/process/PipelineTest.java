package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.belfry.CompletedProcess;
import io.github.belfry.ProcessTimeoutException;
import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.WorkerStartException;
import io.github.belfry.support.Await;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.TestPrograms;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs of which each writes what the next one reads. */
public class PipelineTest {
    @TempDir
    Path temp;

    /** The library's own descriptors are open from its first use on. */
    @BeforeAll
    static void useTheLibrary() throws Exception {
        TestPrograms.run("true");
    }

    private static WorkerProcess.Builder shell(String script) {
        return WorkerProcess.command("sh", "-c", script);
    }

    private static WorkerProcess.Builder cat() {
        return WorkerProcess.command("cat");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void whatOneWritesTheNextOneReads() throws Exception {
        CompletedProcess process = WorkerProcess.pipeline(
                        WorkerProcess.command("sort"), WorkerProcess.command("uniq"), WorkerProcess.command("tac"))
                .run(bytes("b\na\nb\nc\n"), null);
        assertThat(process.output()).isEqualTo("c\nb\na\n");
        assertThat(process.succeeded()).isTrue();
        assertThat(process.command()).containsExactly("tac");
        assertThat(WorkerProcess.pipeline(shell("echo alone")).run().output()).isEqualTo("alone\n");
    }

    @Test
    void muchGoesThroughAtOnce() throws Exception {
        byte[] input = new byte[20_000_000];
        Arrays.fill(input, 1_000_000, 2_000_000, (byte) 7);
        CompletedProcess process = WorkerProcess.pipeline(cat(), cat(), cat()).run(input, null);
        assertThat(Arrays.mismatch(process.stdout(), input)).isEqualTo(-1);
    }

    @Test
    void theLastStageThatFailedIsTheResults() throws Exception {
        CompletedProcess middle =
                WorkerProcess.pipeline(shell("exit 2"), shell("exit 3"), cat()).run();
        assertThat(middle.exit()).isEqualTo(new WorkerExit.Exited(3));
        assertThat(middle.command()).containsExactly("sh", "-c", "exit 3");
        assertThatThrownBy(middle::check).hasMessage("sh -c exit 3: Exited[code=3]");
        CompletedProcess last =
                WorkerProcess.pipeline(shell("exit 2"), shell("cat; exit 4")).run();
        assertThat(last.exit()).isEqualTo(new WorkerExit.Exited(4));
    }

    /** SIGPIPE has its default disposition, or it would go on for ever. */
    @Test
    void aStageWhoseReaderHasEnoughEndsAndHasNotFailed() throws Exception {
        CompletedProcess process =
                WorkerProcess.pipeline(WorkerProcess.command("yes"), WorkerProcess.command("head", "-n", "1"))
                        .run();
        assertThat(process.output()).isEqualTo("y\n");
        assertThat(process.exit()).isEqualTo(new WorkerExit.Exited(0));
        assertThat(process.command()).startsWith("head");
        assertThat(WorkerProcess.pipeline(shell("exit 3"), shell("kill -PIPE $$")).run().exit())
                .isEqualTo(new WorkerExit.Signaled(Signal.PIPE, false));
    }

    @Test
    void theStandardErrorsOfAllAreCollected() throws Exception {
        CompletedProcess process = WorkerProcess.pipeline(
                        shell("echo one >&2"), shell("cat; echo two >&2"), shell("cat; echo three >&2"))
                .run();
        assertThat(process.error()).isEqualTo("one\ntwo\nthree\n");
    }

    @Test
    void eachStandardErrorGoesWhereItIsSetTo() throws Exception {
        Path file = temp.resolve("errors");
        CompletedProcess process = WorkerProcess.pipeline(
                        shell("echo one >&2").stderr(Stdio.STDOUT),
                        shell("cat; echo two >&2").stderr(Stdio.file(file)),
                        shell("cat; echo three >&2"))
                .run();
        assertThat(process.output()).isEqualTo("one\n");
        assertThat(file).hasContent("two\n");
        assertThat(process.error()).isEqualTo("three\n");
    }

    @Test
    void theOuterStreamsAreAsTheyAreSet() throws Exception {
        Path input = Files.writeString(temp.resolve("input"), "b\na\n");
        Path output = temp.resolve("output");
        CompletedProcess process = WorkerProcess.pipeline(
                        WorkerProcess.command("sort").stdin(Stdio.file(input)), cat().stdout(Stdio.file(output)))
                .run();
        assertThat(process.stdout()).isEmpty();
        assertThat(output).hasContent("a\nb\n");
        assertThat(WorkerProcess.pipeline(shell("readlink /proc/self/fd/0"), cat()).run().output())
                .isEqualTo("/dev/null\n");
    }

    @Test
    void aStreamBetweenTwoStagesCannotBeSet() {
        assertThatThrownBy(WorkerProcess::pipeline).isInstanceOf(IllegalArgumentException.class);
        for (Stdio stdio : List.of(Stdio.PIPE, Stdio.NULL, Stdio.INHERIT)) {
            WorkerProcess.Builder output = cat().stdout(stdio);
            WorkerProcess.Builder input = cat().stdin(stdio);
            assertThatThrownBy(() -> WorkerProcess.pipeline(output, cat()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("stage 1 of a pipeline, cat,");
            assertThatThrownBy(() -> WorkerProcess.pipeline(cat(), input))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("stage 2");
        }
        assertThatThrownBy(() -> WorkerProcess.pipeline(cat(), null)).isInstanceOf(NullPointerException.class);
        WorkerProcess.Pipeline pipe = WorkerProcess.pipeline(cat().stdin(Stdio.PIPE), cat());
        assertThatThrownBy(pipe::run).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> pipe.run(new byte[1], null)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aLaterChangeOfABuilderChangesNoPipeline() throws Exception {
        WorkerProcess.Builder first = shell("echo $NAME").environment("NAME", "before");
        WorkerProcess.Pipeline pipeline = WorkerProcess.pipeline(first, cat());
        first.environment("NAME", "after").stdout(Stdio.NULL);
        assertThat(pipeline.run().output()).isEqualTo("before\n");
        assertThat(pipeline.run(bytes("input"), null).output())
                .as("nor does a run")
                .isEqualTo("before\n");
    }

    @Test
    void startedStagesAreTheCallers() throws Exception {
        List<WorkerProcess> workers = WorkerProcess.pipeline(
                        cat().stdin(Stdio.PIPE), WorkerProcess.command("sort").stdout(Stdio.PIPE))
                .start();
        assertThat(workers).hasSize(2);
        try (WorkerProcess first = workers.get(0);
                WorkerProcess last = workers.get(1)) {
            try (OutputStream input = first.stdin()) {
                input.write(bytes("b\na\n"));
            }
            assertThat(TestPrograms.reader(last).lines()).containsExactly("a", "b");
            assertThat(first.waitFor().succeeded()).isTrue();
            assertThat(last.waitFor().succeeded()).isTrue();
        }
    }

    @Test
    void aStageHasNoDescriptorOfTheOthers() throws Exception {
        WorkerProcess.Builder reveal = WorkerProcess.command(TestPrograms.path("reveal"));
        assertThat(WorkerProcess.pipeline(cat(), reveal, cat()).run(new byte[1], null).output())
                .contains("descriptors=0 1 2 \n");
    }

    @Test
    void aStageThatCannotBeStartedEndsThoseBeforeIt() throws Exception {
        List<String> descriptors = ProcFs.descriptors();
        List<Long> children = ProcFs.children();
        WorkerProcess.Pipeline pipeline = WorkerProcess.pipeline(
                WorkerProcess.command("sleep", "600"), cat(), WorkerProcess.command("/no/such/program"));
        assertThatThrownBy(pipeline::start)
                .isInstanceOf(WorkerStartException.class)
                .hasMessageContaining("/no/such/program");
        assertThatThrownBy(pipeline::run).isInstanceOf(WorkerStartException.class);
        assertThat(ProcFs.children()).isEqualTo(children);
        assertThat(ProcFs.descriptorsBeyond(descriptors)).isEmpty();
    }

    @Test
    void atATimeoutAllAreEnded() throws Exception {
        List<String> descriptors = ProcFs.descriptors();
        List<Long> children = ProcFs.children();
        WorkerProcess.Builder deaf = shell("trap '' TERM; while :; do sleep 0.01; done");
        WorkerProcess.Pipeline pipeline = WorkerProcess.pipeline(
                deaf.closeGrace(Duration.ofMillis(50)), cat(), shell("echo early; exec cat"));
        ProcessTimeoutException late = catchThrowableOfType(
                ProcessTimeoutException.class, () -> pipeline.run(new byte[1_000_000], Duration.ofSeconds(2)));
        assertThat(late.process().output()).isEqualTo("early\n");
        assertThat(late.process().exit()).isEqualTo(new WorkerExit.Signaled(Signal.TERM, false));
        assertThat(ProcFs.children()).isEqualTo(children);
        Await.until("the descriptors are closed", () -> ProcFs.descriptorsBeyond(descriptors).isEmpty());
    }
}
