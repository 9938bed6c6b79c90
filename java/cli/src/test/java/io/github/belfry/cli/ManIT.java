package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The man pages, where the build was told to make them. */
class ManIT {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void thereIsOneForEachCommandWithItsOptions() throws Exception {
        Path pages = UnpackedTar.into(directory).resolve("share/man/man1");
        assumeTrue(Files.isDirectory(pages), "only mvn -Pman makes man pages");
        PrintWriter unused = new PrintWriter(Writer.nullWriter());
        CommandLine belfry = Belfry.commandLine(unused, unused);
        Map<String, CommandLine> commands = new HashMap<>(Map.of("belfry.1", belfry));
        belfry.getSubcommands().forEach((name, command) -> commands.put("belfry-" + name + ".1", command));
        try (Stream<Path> files = Files.list(pages)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(commands.keySet());
        }
        for (Map.Entry<String, CommandLine> command : commands.entrySet()) {
            String text = format(pages.resolve(command.getKey()));
            assertThat(text).doesNotContain("belfry (not from a jar)", "|@", "::");
            command.getValue().getCommandSpec().options().forEach(option -> assertThat(text)
                    .contains(option.names()));
        }
    }

    /** As man(1) does, but warnings are errors. */
    private static String format(Path page) throws Exception {
        try (Run has = Run.shell("command -v groff")) {
            assumeTrue(has.status() == 0, "this machine has no groff");
        }
        try (Run groff = Run.of(List.of("groff", "-ww", "-man", "-Tascii", "-P-cbou", page.toString()))) {
            String text = groff.output();
            assertThat(text).doesNotContain("warning", page.toString());
            return text;
        }
    }
}
