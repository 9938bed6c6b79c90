package io.github.belfry.cli;

import io.github.belfry.SharedMapping;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a text into a file through a shared mapping: what test_mmap_read then reads. */
@Command(
        name = "mmap-write",
        header = "Writes a text into a file through shared memory.",
        description = {"", "Every program that maps FILE sees TEXT (in UTF-8) at once, as the same memory.", ""})
final class MmapWrite implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE",
            defaultValue = "hello.txt",
            description = "Made if missing, otherwise replaced. Default: ${DEFAULT-VALUE}.")
    private Path file = Path.of("");

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "TEXT",
            defaultValue = "www.vimer.cn",
            description = "At least one character. Default: an example of 12.")
    private String text = "";

    @Override
    public Integer call() throws IOException {
        CommandLine command = Objects.requireNonNull(spec).commandLine();
        if (text.isEmpty()) {
            throw new ParameterException(command, "TEXT is empty: a mapping has at least one byte");
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (SharedMapping mapping = SharedMapping.create(file, bytes.length)) {
            mapping.buffer().put(bytes);
            mapping.flush();
        }
        command.getOut().println(file + ": " + bytes.length + " bytes");
        return 0;
    }
}
