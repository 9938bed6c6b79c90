package io.github.belfry.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command: measures Java and C in turn, and reports it. */
@Command(
        name = "benchmarks",
        mixinStandardHelpOptions = true,
        versionProvider = Benchmarks.Version.class,
        sortOptions = false,
        description = "Measures Belfry beside the same in C and beside its peers, in turn, and reports it.",
        footer = "Exit status: 0, 1 on a failure with one line on standard error, 2 on wrong usage.")
public final class Benchmarks implements Callable<Integer> {
    private static final String LOG = "jmh.log";

    @Spec
    private CommandSpec spec;

    @Option(names = "--quick", description = "A tenth of everything, in one fork of each row: four minutes.")
    private boolean quick;

    @Option(
            names = "--report",
            paramLabel = "DIR",
            description =
                    "Where report.json, report.md, report.html and report.svg are written to; standard output gets"
                            + " the tables (default: report, beside the jar).")
    private @Nullable Path report;

    @Option(
            names = "--programs",
            paramLabel = "DIR",
            description = "Where the C programs are (default: where mvn package builds them).")
    private @Nullable Path programs;

    @Option(
            names = "--cpus",
            paramLabel = "SENDER,WORKER",
            description = "The two processors to use (default: the first two that are allowed).")
    private @Nullable String cpus;

    @Option(names = "--rounds", paramLabel = "N", description = "Forks of each row.")
    private @Nullable Integer rounds;

    @Option(names = "--percent", paramLabel = "N", description = "Of what a full run measures in each fork.")
    private @Nullable Integer percent;

    @Option(
            names = "--only",
            paramLabel = "SUITE",
            split = ",",
            description =
                    "These suites only: requests, signal, roundtrip, throughput, growth, start, mapping, many, allocation (default: all).")
    private List<String> only = List.of();

    @Option(
            names = "--baseline",
            paramLabel = "FILE",
            description = "The report.json of a kept run: prints what became slower than there by more than the noise.")
    private @Nullable Path baseline;

    public static void main(String[] arguments) {
        System.setProperty("java.awt.headless", "true");
        System.exit(new CommandLine(new Benchmarks())
                .setExecutionExceptionHandler((e, command, result) -> {
                    command.getErr().println("benchmarks: " + reason(e));
                    return 1;
                })
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException, RunnerException {
        Effort effort = effort();
        ForkSettings settings = settings();
        settings.cPrograms().check();
        Svg.checkFonts();
        Report kept = baseline == null ? null : JsonReport.read(baseline);
        Path directory = Files.createDirectories(Objects.requireNonNullElseGet(report, Benchmarks::besideThisJar));
        Runtime.getRuntime().addShutdownHook(new Thread(Benchmarks::endForks));

        Map<String, String> machine = Machine.describe();
        try (PrintStream log = new PrintStream(Files.newOutputStream(directory.resolve(LOG)), true)) {
            Report found = new Report(version(), commandLine(), machine, effort, settings.cpus(), List.of());
            for (Suite suite : chosen(new Bench(effort, settings, log).suites())) {
                found = found.with(Measurement.run(suite, effort.rounds(), settings, System.err));
                write(found, directory); // each time: what fails later must not take it along
            }
            System.out.print(MarkdownReport.write(found));
            if (kept != null) {
                System.out.print("\n" + Comparison.of(kept, found).markdown());
            }
        } catch (RunnerException e) {
            throw new IOException(reason(first(e)) + "; see " + directory.resolve(LOG), e);
        }
        return 0;
    }

    /** What takes nothing but the figures first. */
    private static void write(Report found, Path directory) throws IOException {
        Files.writeString(directory.resolve("report.json"), JsonReport.write(found));
        Files.writeString(directory.resolve("report.md"), MarkdownReport.write(found));
        Files.writeString(directory.resolve("report.html"), HtmlReport.write(found));
        Path picture = directory.resolve("report.svg");
        Files.deleteIfExists(picture); // of a run that measured more
        Optional<String> drawn = Picture.draw(found);
        if (drawn.isPresent()) {
            Files.writeString(picture, drawn.get());
        }
    }

    private List<Suite> chosen(List<Suite> all) {
        List<String> names = all.stream().map(Suite::name).toList();
        for (String name : only) {
            if (!names.contains(name)) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--only: there is no suite '" + name + "', but " + String.join(", ", names));
            }
        }
        return all.stream()
                .filter(suite -> only.isEmpty() || only.contains(suite.name()))
                .toList();
    }

    private Effort effort() {
        Effort base = quick ? Effort.QUICK : Effort.FULL;
        return new Effort(positive("--rounds", rounds, base.rounds()), positive("--percent", percent, base.percent()));
    }

    private ForkSettings settings() throws IOException {
        return new ForkSettings(
                programs == null ? Programs.besideThisJar() : programs.toAbsolutePath(), chosenCpus(), null);
    }

    private Cpus chosenCpus() throws IOException {
        try {
            return cpus == null ? Cpus.firstTwo() : Cpus.parse(cpus);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--cpus: " + e.getMessage(), e);
        }
    }

    private int positive(String option, @Nullable Integer given, int otherwise) {
        if (given != null && given < 1) {
            throw new ParameterException(spec.commandLine(), option + " is " + given + ", it has to be positive");
        }
        return given == null ? otherwise : given;
    }

    private static Path besideThisJar() {
        return Programs.jar().resolveSibling("report");
    }

    private String commandLine() {
        return "java -jar benchmarks/target/benchmarks.jar "
                + String.join(" ", spec.commandLine().getParseResult().originalArgs());
    }

    /** On Ctrl+C, and on a TERM that only this process gets. A fork's worker has PR_SET_PDEATHSIG. */
    private static void endForks() {
        ProcessHandle.current().descendants().forEach(ProcessHandle::destroyForcibly);
    }

    private static String version() {
        return Objects.requireNonNullElse(Benchmarks.class.getPackage().getImplementationVersion(), "unpackaged");
    }

    /** What the benchmark itself has thrown; JMH wraps it, and keeps what its threads threw as suppressed. */
    private static Throwable first(Throwable e) {
        if (e.getCause() != null) {
            return first(e.getCause());
        }
        return e.getSuppressed().length == 0 ? e : first(e.getSuppressed()[0]);
    }

    private static String reason(Throwable e) {
        return Objects.requireNonNullElse(e.getMessage(), e.toString())
                .lines()
                .findFirst()
                .orElse("");
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"benchmarks " + version()};
        }
    }
}
