package io.github.belfry.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.AutoComplete;
import picocli.CommandLine;

/**
 * Writes the script that completes the command in bash and zsh. The build runs it. Commands and options are picocli's
 * work; that is improved where a program follows, of which picocli knows nothing, and where a command's name is the
 * argument of another one, which it takes for the command.
 */
public final class Completion {
    private static final String ENTRY = """

            # Completes belfry: the command is its first word.
            function _belfry() {
              local options=_picocli_belfry_${COMP_WORDS[1]//-/}
              if (( COMP_CWORD == 1 )) || ! type "$options" >/dev/null 2>&1; then
                options=_picocli_belfry
              fi
              case ${COMP_WORDS[1]} in
              filter) _belfry_program "$options" "%s" "echo upper zlib" ;;
              signal-send) _belfry_program "$options" "%s" "test_signal_recv" ;;
              *) "$options" ;;
              esac
            }

            # Completes a program, one of $3 or of PATH or a file, and its arguments. $1 completes what is before it.
            # $2: the options that have a value.
            function _belfry_program() {
              local i word=${COMP_WORDS[COMP_CWORD]}
              for (( i = 2; i < COMP_CWORD; i++ )); do
                if [[ " $2 " == *" ${COMP_WORDS[i]} "* ]]; then
                  (( ++i ))
                elif [[ ${COMP_WORDS[i]} != -* ]]; then
                  return 0 # files, by default
                fi
              done
              if (( COMP_CWORD < 2 || i > COMP_CWORD )) || [[ $word == -* ]]; then
                "$1"
              elif [[ -z $word ]]; then
                COMPREPLY=( $(compgen -W "$3") )
              elif [[ $word != */* ]]; then
                COMPREPLY=( $(compgen -W "$3" -- "$word") $(compgen -c -- "$word") )
              fi
            }

            complete -F _belfry -o default belfry
            """;

    private Completion() {}

    /** Writes it into the file that is the only argument. */
    public static void main(String... arguments) throws IOException {
        Path file = Path.of(arguments[0]);
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, script());
    }

    private static String script() {
        PrintWriter unused = new PrintWriter(Writer.nullWriter());
        CommandLine belfry = Belfry.commandLine(unused, unused);
        return AutoComplete.bash("belfry", belfry)
                + ENTRY.formatted(optionsWithValue(belfry, "filter"), optionsWithValue(belfry, "signal-send"));
    }

    private static String optionsWithValue(CommandLine belfry, String command) {
        return belfry.getSubcommands().get(command).getCommandSpec().options().stream()
                .filter(option -> option.arity().max() > 0)
                .flatMap(option -> Stream.of(option.names()))
                .collect(Collectors.joining(" "));
    }
}
