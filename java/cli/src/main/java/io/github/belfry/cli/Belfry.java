package io.github.belfry.cli;

import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ScopeType;

/** The {@code belfry} command: hands over to a subcommand, and turns what fails into one line and an exit status. */
@Command(
        name = "belfry",
        description = "Starts native worker processes, signals them and shares memory with them.",
        subcommands = {Demo.class, Filter.class, Stat.class, SignalSend.class, MmapWrite.class, Help.class},
        synopsisSubcommandLabel = "COMMAND",
        separator = " ",
        mixinStandardHelpOptions = true,
        versionProvider = Belfry.Version.class,
        scope = ScopeType.INHERIT,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "  0:done",
            "  1:a failure, with one line on standard error",
            "  2:wrong usage",
            "130:ended by Ctrl+C"
        })
public final class Belfry {
    private Belfry() {}

    /** Ends the VM with the command's exit status. */
    public static void main(String... arguments) {
        System.exit(run(new PrintWriter(System.out, true), new PrintWriter(System.err, true), arguments));
    }

    /** Gives the exit status. */
    static int run(PrintWriter out, PrintWriter err, String... arguments) {
        try {
            checkReadable(arguments);
            int status = commandLine(out, err).execute(arguments);
            return printed(out) ? status : Math.max(status, CommandLine.ExitCode.SOFTWARE);
        } catch (IllegalArgumentException | Error e) {
            return fail(e, err);
        }
    }

    static CommandLine commandLine(PrintWriter out, PrintWriter err) {
        CommandLine belfry = new CommandLine(new Belfry())
                .setOut(out)
                .setErr(err)
                .setExpandAtFiles(false)
                .setSeparator("=") // between an option and its value; Usage shows the space, which is read as well
                .setHelpFactory(Usage::new)
                .setParameterExceptionHandler(Usage::explain)
                .setExecutionExceptionHandler((e, command, parsed) -> fail(e, err));
        // What follows PROGRAM is the program's.
        belfry.getSubcommands().get("signal-send").setStopAtPositional(true);
        belfry.getSubcommands().get("filter").setStopAtPositional(true);
        return belfry;
    }

    /** In the locale C the VM replaces every byte that isn't ASCII, so a text would be written as something else. */
    private static void checkReadable(String... arguments) {
        for (String argument : arguments) {
            if (argument.indexOf('\uFFFD') >= 0) {
                throw new IllegalArgumentException("the argument " + argument + " can't be read in the encoding "
                        + System.getProperty("sun.jnu.encoding") + " of this locale: try LC_ALL=C.UTF-8");
            }
        }
    }

    /** Whether all of the output was taken: a full disk or a closed pipe is no success. If not, says so. */
    static boolean printed(PrintWriter out) {
        if (out.checkError()) {
            System.err.println("belfry: standard output can't be written: it is closed, or its disk is full");
            return false;
        }
        return true;
    }

    /** Whether the VM is on its way out, by Ctrl+C for example: then the hooks have the last word. */
    static boolean isEnding() {
        try {
            Thread probe = new Thread(() -> {});
            Runtime.getRuntime().addShutdownHook(probe);
            Runtime.getRuntime().removeShutdownHook(probe);
            return false;
        } catch (IllegalStateException ending) {
            return true;
        }
    }

    private static int fail(Throwable e, PrintWriter err) {
        if (isEnding()) {
            return CommandLine.ExitCode.SOFTWARE; // the hooks' doing, such as a pool that they have closed
        }
        err.println("belfry: " + Terminal.oneLine(saysWhy(e) ? e.getMessage() : e.toString()));
        return CommandLine.ExitCode.SOFTWARE;
    }

    /** Of the JDK's exceptions of files some have the file as their message, and say why by their type only. */
    private static boolean saysWhy(Throwable e) {
        boolean isFileAlone = e instanceof FileSystemException ofFile && ofFile.getReason() == null;
        return e.getMessage() != null && !isFileAlone && !(e instanceof Error);
    }

    /** Belfry's is in the manifest, which has it from the pom. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Belfry.class.getPackage().getImplementationVersion();
            return new String[] {
                "belfry " + (version == null ? "(not from a jar)" : version),
                "JDK " + Runtime.version() + ", " + System.getProperty("java.home")
            };
        }
    }
}
