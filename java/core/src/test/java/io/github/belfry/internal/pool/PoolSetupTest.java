package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.belfry.ResourceLimit;
import io.github.belfry.SharedMapping;
import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerProcess;
import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.process.Child;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.support.Await;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Requests;
import io.github.belfry.support.TestPrograms;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a pool's worker is born with: {@code reveal} says it, and is no worker, so the start fails. */
class PoolSetupTest {
    @TempDir
    private Path directory;

    private Path output;

    @BeforeEach
    void chooseOutput() {
        output = directory.resolve("output");
    }

    private Map<String, String> reveal(Consumer<WorkerProcess.Builder> more) throws Exception {
        WorkerStartException e = catchThrowableOfType(
                WorkerStartException.class,
                () -> WorkerPool.command(TestPrograms.path("reveal"))
                        .name("reveals")
                        .workers(1)
                        .process(builder -> builder.stdout(Stdio.file(output)))
                        .process(more)
                        .start()
                        .close());
        assertThat(e.exit()).contains(new WorkerExit.Exited(0));
        return Files.readAllLines(output).stream()
                .map(line -> line.split("=", 2))
                .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1].trim(), (a, b) -> a + "\n" + b));
    }

    @Test
    void itHasTheRingsTheDoorbellTheLifelineAndNothingElse() throws Exception {
        Map<String, String> born = reveal(builder -> {});
        assertThat(born.get("descriptors")).isEqualTo("0 1 2 3 4 5 6");
        assertThat(born.get("environment").lines()).contains("BELFRY_VERSION=" + Layout.VERSION);
        assertThat(born.get("blocked")).isEqualTo("10");
        assertThat(born.get("ignored")).isEqualTo(ProcFs.ignoredHere(Signal.HUP, Signal.INT));
        assertThat(born.get("own_group")).isEqualTo("1");
        assertThat(born.get("death_signal")).isEqualTo(Child.canHavePidfd() ? "0" : "9");
    }

    @Test
    void itsDescriptorsAreWhatTheyShouldBe() throws Exception {
        String list = "for fd in 0 3 4 5 6; do readlink /proc/self/fd/$fd; done > $0";
        assertThat(catchThrowableOfType(
                        WorkerStartException.class,
                        () -> WorkerPool.command("sh", "-c", list, output.toString())
                                .name("p")
                                .workers(1)
                                .start()
                                .close()))
                .isNotNull();
        List<String> files = Files.readAllLines(output);
        assertThat(files.subList(0, 4))
                .containsExactly(
                        "/dev/null",
                        "/memfd:belfry-requests-p-0 (deleted)",
                        "/memfd:belfry-replies-p-0 (deleted)",
                        "anon_inode:[eventfd]");
        assertThat(files.get(4)).startsWith("pipe:");
    }

    @Test
    void theProcessOptionSetsTheRest() throws Exception {
        Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
        Map<String, String> born = reveal(builder -> builder.directory(elsewhere)
                .environment("COLOUR", "green")
                .umask(027)
                .nice(7)
                .cpus(0)
                .limit(ResourceLimit.CORE, 0, 0));
        assertThat(born)
                .containsEntry("directory", elsewhere.toRealPath().toString())
                .containsEntry("umask", "27")
                .containsEntry("nice", "7")
                .containsEntry("cpus", "0")
                .containsEntry("limit_core", "0 0");
        assertThat(born.get("environment").lines()).contains("COLOUR=green", "BELFRY_VERSION=" + Layout.VERSION);
    }

    /** It serves and ends as any other: rings and lifeline need no permission of the user. */
    @Test
    void aWorkerMayRunAsAnotherUser() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can start it as another user");
        try (WorkerPool pool = WorkerPool.bundled("echo")
                .workers(1)
                .process(worker -> worker.user(65534, 65533))
                .start()) {
            Path status = Path.of("/proc/" + Requests.onlyPid(pool) + "/status");
            assertThat(Files.readAllLines(status))
                    .contains("Uid:\t65534\t65534\t65534\t65534", "Gid:\t65533\t65533\t65533\t65533");
            assertThat(Requests.ask(pool, "x")).isEqualTo("x");
        }
    }

    @Test
    void theProcessOptionCannotTakeAwayWhatAPoolNeeds() throws Exception {
        Map<String, String> own = Map.of("ONLY", "this", "BELFRY_POOL", "mine", "BELFRY_WORKER", "7");
        Map<String, String> born = reveal(
                builder -> builder.stdin(Stdio.file(output)).processGroup(false).environment(own));
        assertThat(born.get("own_group")).isEqualTo("1");
        assertThat(born.get("environment").lines())
                .containsExactlyInAnyOrder(
                        "ONLY=this", "BELFRY_VERSION=" + Layout.VERSION, "BELFRY_POOL=reveals", "BELFRY_WORKER=0");
    }

    @Test
    void itIsToldItsPoolAndItsIndexAtEachStart() throws Exception {
        String script = "echo $BELFRY_POOL $BELFRY_WORKER >> $0; exec \"$1\"";
        try (WorkerPool pool = Requests.script(script, output)
                .name("eight bells")
                .workers(2)
                .process(worker -> worker.environment("BELFRY_WORKER", "the user's"))
                .maxAttempts(1)
                .start()) {
            assertThat(Files.readAllLines(output)).containsExactlyInAnyOrder("eight bells 0", "eight bells 1");
            Requests.failure(WorkerDiedException.class, Requests.send(pool, "note-die " + directory.resolve("notes")));
            Await.until("the next one is started", () -> Files.readAllLines(output).size() == 3);
            assertThat(Files.readAllLines(output).get(2)).isIn("eight bells 0", "eight bells 1");
        }
    }

    @Test
    void aMappingCanHaveDescriptorsFromSevenOn() throws Exception {
        try (SharedMapping mapping = SharedMapping.anonymous("table", 4096)) {
            for (int fd = 3; fd <= 6; fd++) {
                int taken = fd;
                assertThatIllegalArgumentException()
                        .isThrownBy(() ->
                                WorkerPool.command("true").process(builder -> builder.passMapping(taken, mapping)))
                        .withMessageContaining(Integer.toString(fd));
            }
            assertThat(reveal(builder -> builder.passMapping(7, mapping)).get("descriptors"))
                    .isEqualTo("0 1 2 3 4 5 6 7");
        }
    }

    @Test
    void theLastEightKibibytesOfItsStandardErrorAreKept() throws Exception {
        try (WorkerPool pool = Requests.crash().maxAttempts(1).start()) {
            for (int i = 0; i < 9; i++) {
                Requests.ask(pool, "stderr " + "x".repeat(999));
            }
            Requests.ask(pool, "stderr the end");
            WorkerDiedException e = Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 1"));
            assertThat(e.stderrTail()).hasSize(8192).endsWith("x\nthe end\n");
            assertThat(e).hasMessageEndingWith("attempt 1 of 1; it said: the end");
        }
    }

    /** The grandchild holds the pipe of the worker's standard error, which so never comes to its end. */
    @Test
    void aGrandchildThatLeavesTheGroupDelaysNeitherRestartNorClose() throws Exception {
        String script = "setsid sh -c 'sleep 600 > $0.out & echo $! >> $0' $0; exec \"$1\"";
        WorkerPool pool =
                Requests.script(script, output).workers(1).maxAttempts(1).start();
        Requests.failure(WorkerDiedException.class, Requests.send(pool, "note-die " + directory.resolve("notes")));
        assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
        pool.close();
        List<String> grandchildren = Files.readAllLines(output);
        assertThat(grandchildren).hasSize(2);
        for (String grandchild : grandchildren) {
            Requests.signal(Long.parseLong(grandchild), Signal.KILL);
        }
    }
}
