package io.github.belfry.internal.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.TestPrograms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class BundledWorkerTest {
    @TempDir
    Path temp;

    private static WorkerProcess greeted(WorkerProcess.Builder builder) throws IOException {
        return TestPrograms.started(builder, "hello world");
    }

    @Test
    void itRunsFromSealedMemory() throws Exception {
        try (WorkerProcess worker = greeted(WorkerProcess.bundled("test_signal_recv"))) {
            Path process = Path.of("/proc", String.valueOf(worker.pid()));
            assertThat(Files.readSymbolicLink(process.resolve("exe"))).hasToString("/memfd:test_signal_recv (deleted)");
        }
    }

    @Test
    void psShowsItsName() throws Exception {
        try (WorkerProcess worker = greeted(WorkerProcess.bundled("test_signal_recv"))) {
            Path process = Path.of("/proc", String.valueOf(worker.pid()));
            assertThat(Files.readString(process.resolve("cmdline"))).isEqualTo("test_signal_recv\0");
            assertThat(Files.readString(process.resolve("comm"))).isEqualTo("test_signal_rec\n");
        }
    }

    @Test
    void itIsToldItsArguments() throws Exception {
        Path file = Files.writeString(temp.resolve("content"), "from a file");
        try (WorkerProcess worker = WorkerProcess.bundled("test_mmap_read", file.toString())
                .stdout(Stdio.PIPE)
                .start()) {
            assertThat(worker.stdout().readAllBytes()).asString().isEqualTo("from a file\n");
        }
    }

    @Test
    void whereMemfdsAreRefusedItRunsFromAFileWithoutAName() throws Exception {
        for (String errno : new String[] {"1", "38"}) {
            for (String call : new String[] {"memfd_create", "F_ADD_SEALS", "execveat"}) {
                assertThat(fromFile(errno, call).lines())
                        .hasSize(3)
                        .allMatch(line -> line.matches("from " + temp + "/belfry-[0-9a-f-]{36}-test_signal_recv.*"));
            }
        }
    }

    @Test
    void whereThatIsImpossibleItRunsFromAPrivateFileThatIsGoneAfterwards() throws Exception {
        assertThat(fromFile("1", "memfd_create,getdents64").lines())
                .hasSize(3)
                .allMatch(line -> line.matches("from " + temp + "/belfry-[0-9]+/test_signal_recv.*"));
    }

    private String fromFile(String errno, String calls) throws Exception {
        String output = OtherVm.run(OtherVm.java(FromFileMain.class)
                .prepend(TestPrograms.path("refuse"), errno, calls)
                .option("-Dbelfry.copy.directory=" + temp));
        assertThat(temp).isEmptyDirectory();
        return output;
    }

    static final class FromFileMain {
        public static void main(String[] args) throws Exception {
            for (int i = 0; i < 3; i++) {
                try (WorkerProcess worker = greeted(WorkerProcess.bundled("test_signal_recv"))) {
                    System.out.println("from " + Files.readSymbolicLink(Path.of("/proc/" + worker.pid() + "/exe")));
                }
            }
        }
    }
}
