package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Proof;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eight threads write programs and start each at once. A child that another of them makes meanwhile has a copy of the
 * descriptor that the program is written through, until its execve: so long the kernel refuses to run it (ETXTBSY).
 */
@Tag(Proof.TAG)
class FreshProgramTest {
    private static final int THREADS = 8;
    private static final int PROGRAMS = Proof.times(400, 10_000);

    @TempDir
    Path temp;

    @Test
    void aProgramCanBeStartedAsSoonAsItIsWritten() throws Exception {
        byte[] program = Files.readAllBytes(Path.of("/bin/true"));
        List<CompletableFuture<Integer>> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Path file = temp.resolve("program" + i);
            threads.add(CompletableFuture.supplyAsync(() -> writeAndStart(file, program), OwnThread.PER_TASK));
        }
        int started = 0;
        for (CompletableFuture<Integer> thread : threads) {
            started += thread.get();
        }
        assertThat(started).isEqualTo(PROGRAMS);
        Proof.counted("fresh programs", "%,d programs written and started by %d threads: 0 failures", started, THREADS);
    }

    private static int writeAndStart(Path file, byte[] program) {
        try {
            Set<PosixFilePermission> executable = PosixFilePermissions.fromString("rwx------");
            for (int i = 0; i < PROGRAMS / THREADS; i++) {
                Files.deleteIfExists(file);
                Files.createFile(file, PosixFilePermissions.asFileAttribute(executable));
                Files.write(file, program);
                // Alternately by the caller's thread and by the library's.
                WorkerProcess.Builder builder = WorkerProcess.command(file).dieWithParent(i % 2 == 0);
                try (WorkerProcess worker = builder.start()) {
                    assertThat(worker.waitFor()).isEqualTo(new WorkerExit.Exited(0));
                }
            }
            return PROGRAMS / THREADS;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
