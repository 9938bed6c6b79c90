package io.github.belfry.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** How a command is used, and what is said when it isn't used so. */
final class Usage extends CommandLine.Help {
    Usage(CommandSpec command, ColorScheme colors) {
        super(command, colors);
    }

    /** {@code --workers N}, though {@code --workers=N} is the same. */
    @Override
    public IParamLabelRenderer parameterLabelRenderer() {
        IParamLabelRenderer renderer = super.parameterLabelRenderer();
        return new IParamLabelRenderer() {
            @Override
            public Ansi.Text renderParameterLabel(ArgSpec argument, Ansi ansi, List<Ansi.IStyle> styles) {
                Ansi.Text label = renderer.renderParameterLabel(argument, ansi, styles);
                boolean separated = argument.isOption() && label.plainString().startsWith(renderer.separator());
                return separated ? ansi.new Text(" ").concat(label.substring(1)) : label;
            }

            @Override
            public String separator() {
                return " ";
            }
        };
    }

    /** A line that says what is wrong, then what was probably meant, or else how it is used. Gives the exit status. */
    static int explain(ParameterException wrong, String... arguments) {
        CommandLine command = wrong.getCommandLine();
        PrintWriter err = command.getErr();
        String message = wrong.getMessage();
        List<String> meant = List.of();
        if (wrong instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            String unknown = unmatched.getUnmatched().get(0);
            if (unmatched.isUnknownOption()) {
                meant = Nearest.of(nameOf(unknown), optionNames(command.getCommandSpec()));
            } else if (!command.getSubcommands().isEmpty()) {
                message = "Unknown command: '" + unknown + "'";
                meant = Nearest.of(unknown, command.getSubcommands().keySet()).stream()
                        .map(name -> command.getCommandName() + " " + name)
                        .toList();
            }
        }
        err.println(Terminal.oneLine(message));
        if (!meant.isEmpty()) {
            err.println("Did you mean: " + String.join(" or ", meant) + "?");
        } else if (command.getParent() == null) {
            command.usage(err);
        } else {
            err.print(command.getHelp().fullSynopsis());
            err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
        }
        return CommandLine.ExitCode.USAGE;
    }

    /**
     * Points out what looks like an option of this command but comes after the program that it starts, and so is the
     * program's. Not after a {@code --}, which says that it is meant so.
     *
     * @param label the program's in the help
     */
    static void pointOutOptions(CommandSpec command, String label, List<String> program) {
        List<String> typed = command.commandLine().getParseResult().originalArgs();
        int before = typed.size() - program.size() - 1;
        if (program.isEmpty() || before >= 0 && typed.get(before).equals("--")) {
            return;
        }
        Set<String> ours = command.options().stream()
                .filter(option -> option.arity().max() > 0)
                .flatMap(option -> Stream.of(option.names()))
                .collect(Collectors.toSet());
        List<String> misplaced = program.stream()
                .skip(1)
                .map(argument -> nameOf(argument).replaceFirst("^(-[^-])[0-9]+$", "$1"))
                .filter(ours::contains)
                .distinct()
                .toList();
        if (!misplaced.isEmpty()) {
            command.commandLine()
                    .getErr()
                    .println("belfry: options of " + command.name() + " come before " + label + ": "
                            + Terminal.oneLine(program.get(0)) + " gets " + String.join(", ", misplaced));
        }
    }

    /** Without a value that is attached to it. */
    private static String nameOf(String option) {
        return option.replaceFirst("(?s)=.*", "");
    }

    private static List<String> optionNames(CommandSpec command) {
        return command.options().stream()
                .flatMap(option -> Stream.of(option.names()))
                .toList();
    }
}
