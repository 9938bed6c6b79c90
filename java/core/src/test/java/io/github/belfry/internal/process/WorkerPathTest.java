package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerProcess;
import io.github.belfry.WorkerStartException;
import io.github.belfry.support.Requests;
import io.github.belfry.support.TestPrograms;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that is given as a path. */
class WorkerPathTest {
    @TempDir
    private Path directory;

    private static Path relative(Path path) {
        return Path.of("").toAbsolutePath().relativize(path);
    }

    @Test
    void itIsRelativeToTheDirectoryOfTheVmWhateverItsOwnIs() throws Exception {
        Path program = relative(Path.of(TestPrograms.path("reveal")));
        Path output = directory.resolve("output");
        assertThat(TestPrograms.exitOf(WorkerProcess.command(program, "first", "with space")
                        .directory(directory)
                        .stdout(Stdio.file(output))))
                .isEqualTo(new WorkerExit.Exited(0));
        assertThat(Files.readAllLines(output))
                .contains("directory=" + directory.toRealPath())
                .anyMatch(line -> line.contains("with space"));
    }

    @Test
    void itIsNeverLookedForInPath() {
        WorkerStartException e = catchThrowableOfType(
                WorkerStartException.class,
                () -> WorkerProcess.command(Path.of("true")).start());
        assertThat(e.errnoName()).isEqualTo("ENOENT");
        assertThat(e).hasMessageContaining(Path.of("true").toAbsolutePath().toString());
    }

    /** As a listing of a directory gives it: its string has lost bytes. */
    @Test
    void itsNameNeedNotBeText() throws Exception {
        assertThat(TestPrograms.run("sh", "-c", "cp /bin/true \"$0/$(printf 'x\\377')\"", directory.toString()))
                .isEqualTo(new WorkerExit.Exited(0));
        List<Path> files;
        try (Stream<Path> listed = Files.list(directory)) {
            files = listed.toList();
        }
        assertThat(files).hasSize(1);
        assertThat(TestPrograms.exitOf(WorkerProcess.command(files.get(0)))).isEqualTo(new WorkerExit.Exited(0));
    }

    @Test
    void whatIsNoPathOfAProgramIsRefused() throws Exception {
        assertThatIllegalArgumentException().isThrownBy(() -> WorkerProcess.command(Path.of("")));
        assertThatIllegalArgumentException().isThrownBy(() -> WorkerProcess.command(Path.of("/bin/true"), "a\0b"));
        assertThatNullPointerException().isThrownBy(() -> WorkerProcess.command((Path) null));
        URI zip = URI.create("jar:" + directory.resolve("a.zip").toUri());
        try (FileSystem other = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> WorkerProcess.command(other.getPath("program")))
                    .withMessageContaining("file system");
        }
    }

    @Test
    void aPoolTakesAPathOrAListAsWell() throws Exception {
        Path program = relative(Path.of(TestPrograms.path("pool_worker")));
        Path log = directory.resolve("log");
        try (WorkerPool pool =
                WorkerPool.command(program, log.toString()).workers(1).start()) {
            assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
        }
        try (WorkerPool pool = WorkerPool.command(
                        List.of(program.toAbsolutePath().toString(), log.toString()))
                .workers(1)
                .start()) {
            assertThat(Requests.ask(pool, "x")).isEqualTo("type 0 attempt 1 size 1");
        }
        assertThat(log).hasContent("init\nfini\ninit\nfini\n");
    }
}
