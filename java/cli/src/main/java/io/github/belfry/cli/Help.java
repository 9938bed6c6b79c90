package io.github.belfry.cli;

import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code belfry help stat} is {@code belfry stat --help}. */
@Command(
        name = "help",
        header = "Shows how a command is used.",
        description = {"", "belfry help COMMAND is belfry COMMAND --help.", ""})
final class Help implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "COMMAND",
            completionCandidates = Commands.class,
            description = "One of ${COMPLETION-CANDIDATES}. Default: shows a list of them.")
    private @Nullable String asked;

    @Override
    public Integer call() {
        CommandLine belfry = Objects.requireNonNull(spec).parent().commandLine();
        CommandLine command = asked == null ? belfry : belfry.getSubcommands().get(asked);
        if (command == null) {
            throw new UnmatchedArgumentException(belfry, List.of(asked));
        }
        command.usage(belfry.getOut());
        return CommandLine.ExitCode.OK;
    }

    /** In the order in which they are listed. */
    static final class Commands implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Stream.of(Belfry.class.getAnnotation(Command.class).subcommands())
                    .map(command -> command.getAnnotation(Command.class).name())
                    .iterator();
        }
    }
}
