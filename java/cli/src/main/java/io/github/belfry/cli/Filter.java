package io.github.belfry.cli;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerPool;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Gives each line of the input to a worker of a pool, and writes the replies in the order of the lines. */
@Command(
        name = "filter",
        header = "Gives each line to a worker, and writes the replies in the order of the lines.",
        customSynopsis = "belfry filter [OPTIONS] WORKER [ARGUMENT...] < in > out",
        description = {
            "",
            "A line is bytes, in any encoding, up to a newline. The worker gets it without the newline, which is"
                    + " written after the reply; a last line without one stays so. An empty line is an empty request.",
            "",
            "Stops at the first line that fails, because a worker answers it with a code, dies of it again and again,"
                    + " or takes too long: what came before is written, nothing after it, and the line is named on"
                    + " standard error. So that one slow line can't fill the memory, at most 1,024 lines are under way,"
                    + " and as many bytes as the rings of all workers have.",
            ""
        })
final class Filter implements Callable<Integer> {
    private static final int MAX_NAME_BYTES = 200;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = {"-w", "--workers"},
            paramLabel = "N",
            description = "Workers. Default: as many as there are processors.")
    private @Nullable Integer workers;

    @Option(
            names = "--ring-bytes",
            paramLabel = "SIZE",
            defaultValue = "1M",
            converter = RingBytes.class,
            description = "Memory for what waits for one worker, from 64K to 256M, rounded up to a power of two. A"
                    + " line and its reply may have 64 bytes less. Default: ${DEFAULT-VALUE}.")
    private int ringBytes;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            defaultValue = "30",
            converter = Seconds.class,
            description = "How long a worker may take for a line. Default: ${DEFAULT-VALUE}.")
    private Duration timeout = Duration.ZERO;

    @Parameters(
            paramLabel = "WORKER",
            arity = "1..*",
            description = "A program that is written with belfry/worker.h, and its arguments. Without a slash it is"
                    + " first one of those that are part of this command (echo, upper...), then one in PATH."
                    + " What it writes to standard error is written to this one's.")
    private List<String> program = List.of();

    @Override
    public Integer call() throws Exception {
        Usage.pointOutOptions(Objects.requireNonNull(spec), "WORKER", program);
        WorkerPool.Builder builder = builder();
        InputStream in = standardInput();
        OutputStream out = new FileOutputStream(FileDescriptor.out);
        WorkerPool pool = builder.start();
        try (Progress progress = new Progress()) {
            new Pipeline(pool, in, out, progress).run();
        }
        // Not after a failure: what else is under way isn't worth waiting for, and the pool ends with the VM.
        pool.close();
        return 0;
    }

    private WorkerPool.Builder builder() {
        try {
            WorkerPool.Builder builder = worker().name(name())
                    .ringBytes(ringBytes)
                    .executionTimeout(timeout)
                    .listener(new WorkersErrors())
                    // What a worker prints would get between the replies.
                    .process(process -> process.stdout(Stdio.NULL));
            return workers == null ? builder : builder.workers(workers);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(Objects.requireNonNull(spec).commandLine(), e.getMessage(), e);
        }
    }

    private WorkerPool.Builder worker() {
        String first = program.get(0);
        if (first.indexOf('/') < 0) {
            try {
                return WorkerPool.bundled(
                        first, program.subList(1, program.size()).toArray(String[]::new));
            } catch (IllegalArgumentException notBundled) {
                // So it is one in PATH.
            }
        }
        return WorkerPool.command(program.toArray(String[]::new));
    }

    /** What {@code belfry stat} shows. */
    private String name() {
        String path = program.get(0);
        String name = path.substring(path.lastIndexOf('/') + 1);
        boolean usable = !name.isEmpty() && name.getBytes(StandardCharsets.UTF_8).length <= MAX_NAME_BYTES;
        return usable ? name : "filter";
    }

    /**
     * Where the shell has closed it ({@code <&-}), descriptor 0 is the first file that the VM opened for itself, which
     * would be read as the input.
     */
    private static InputStream standardInput() throws IOException {
        Path modules = Path.of(System.getProperty("java.home"), "lib", "modules");
        Path input = Path.of("/proc/self/fd/0");
        if (!Files.exists(input) || Files.exists(modules) && Files.isSameFile(input, modules)) {
            throw new IOException("standard input is closed");
        }
        return new FileInputStream(FileDescriptor.in);
    }
}
