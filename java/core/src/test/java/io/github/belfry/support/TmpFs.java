package io.github.belfry.support;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.belfry.WorkerExit;
import java.nio.file.Files;
import java.nio.file.Path;

/** A tmpfs of the test's own; the test is skipped where it may not mount one. */
public record TmpFs(Path path) implements AutoCloseable {
    public static TmpFs mount(Path path, String options) throws Exception {
        Files.createDirectory(path);
        assumeTrue(
                TestPrograms.run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path.toString())
                        .equals(new WorkerExit.Exited(0)),
                "only root may mount");
        return new TmpFs(path);
    }

    @Override
    public void close() throws Exception {
        TestPrograms.run("umount", path.toString());
    }
}
