package io.github.belfry.support;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.commons.io.IOUtils;

/** A second VM with this one's class path, for what can't be tried in this one. */
public final class OtherVm {
    /** Of the VM, and not of the library's log. */
    private static final Pattern VM_WARNING = Pattern.compile("(?m)^WARNING(?!: .* goes on after )");

    private final List<String> prefix = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private final List<String> arguments = new ArrayList<>();
    private final String main;

    private OtherVm(String main) {
        this.main = main;
    }

    public static OtherVm java(Class<?> main) {
        OtherVm vm = new OtherVm(main.getName());
        // Without the files in /tmp/hsperfdata: in a pid namespace two VMs have the same number, and warn of that.
        vm.options.addAll(List.of(
                "-Xcheck:jni",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED"));
        vm.options.add("-Djava.util.logging.config.class=" + OnlyFailures.class.getName());
        vm.options.add("-Dbelfry.test.programs=" + System.getProperty("belfry.test.programs"));
        return vm;
    }

    /** A command that runs the VM: a filter of system calls, a limit. */
    public OtherVm prepend(String... command) {
        prefix.addAll(List.of(command));
        return this;
    }

    public OtherVm option(String option) {
        options.add(option);
        return this;
    }

    public OtherVm argument(String argument) {
        arguments.add(argument);
        return this;
    }

    public ProcessBuilder builder() {
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
        command.addAll(arguments);
        return new ProcessBuilder(command).redirectErrorStream(true);
    }

    /** So many lines of a VM's output, each the number of a process. */
    public static List<Long> readPids(BufferedReader output, int count) throws IOException {
        List<Long> pids = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pids.add(Long.valueOf(output.readLine()));
        }
        return pids;
    }

    /** Its output; an exit status other than 0, or a warning of -Xcheck:jni, is an error. */
    public static String run(OtherVm vm) throws IOException, InterruptedException {
        Process process = vm.builder().start();
        process.getOutputStream().close();
        String output;
        // Closed here: the thread that waits for the process would do it a moment after waitFor.
        try (InputStream from = process.getInputStream()) {
            output = IOUtils.toString(from, StandardCharsets.UTF_8);
        }
        int status = process.waitFor();
        if (status != 0 || VM_WARNING.matcher(output).find()) {
            throw new AssertionError("exit status " + status + ":\n" + output);
        }
        return output;
    }
}
