package io.github.belfry.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.commons.io.FileUtils;
import org.apache.commons.io.IOUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The jar as a user gets it: alone, on the class path and as a module. */
class PackagedIT {
    private static final Path JAR = Path.of(System.getProperty("belfry.test.jar"));
    private static final Path README = Path.of(System.getProperty("belfry.test.readme"));
    private static final Path PROCESSES = README.resolveSibling("docs/guide/processes.md");

    private static final String WARNINGS_ARE_ERRORS = "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror";

    private static final String APP_OUTPUT = "mapped\nExited[code=0]\nCALLED\nSUBMITTED\n";

    @TempDir
    Path temp;

    private static String run(Path directory, List<String> command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = IOUtils.toString(process.getInputStream(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    private static String tool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    @Test
    void theNativesAreInTheJar() throws Exception {
        try (ZipFile jar = new ZipFile(JAR.toFile())) {
            String directory = "META-INF/native/linux-"
                    + (System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch"));
            assertThat(jar.stream().map(entry -> entry.getName()).toList())
                    .contains(
                            directory + "/libbelfry.so",
                            directory + "/test_signal_recv",
                            directory + "/test_mmap_read",
                            directory + "/echo",
                            directory + "/upper",
                            directory + "/belfry-host",
                            directory + "/belfry-keeper",
                            "module-info.class",
                            "META-INF/NOTICE")
                    .doesNotContain(directory + "/crash");
        }
    }

    /** The jar of the profile release. */
    @Test
    @EnabledIfSystemProperty(named = "belfry.test.release", matches = "true")
    void theNativesOfEveryPlatformAreLessThanAMegabyte() throws Exception {
        try (ZipFile jar = new ZipFile(JAR.toFile())) {
            List<String> entries = jar.stream().map(ZipEntry::getName).toList();
            for (String platform : List.of("linux-x86_64", "linux-aarch64")) {
                assertThat(entries)
                        .filteredOn(entry -> entry.startsWith("META-INF/native/" + platform) && !entry.endsWith("/"))
                        .extracting(entry -> entry.replace("META-INF/native/" + platform + "/", ""))
                        .containsExactlyInAnyOrder(
                                "libbelfry.so",
                                "belfry-host",
                                "musl/belfry-host",
                                "belfry-keeper",
                                "echo",
                                "upper",
                                "zlib",
                                "test_mmap_read",
                                "test_signal_recv");
            }
        }
        assertThat(JAR).satisfies(jar -> assertThat(Files.size(jar)).isLessThan(1_000_000));
    }

    /** All that CMake installs, in one order and of one time, so that each build gives the same bytes. */
    @Test
    void theHeadersAreAnArtifactBesideTheJar() throws Exception {
        Path zip = JAR.resolveSibling(JAR.getFileName().toString().replace(".jar", ".inczip"));
        Path installed = Path.of(System.getProperty("belfry.test.headers"));
        LocalDateTime time =
                OffsetDateTime.parse(System.getProperty("belfry.test.time")).toLocalDateTime();
        try (ZipFile headers = new ZipFile(zip.toFile());
                Stream<Path> files = Files.walk(installed)) {
            assertThat(headers.stream().map(ZipEntry::getName).toList())
                    .isEqualTo(files.filter(file -> !file.equals(installed))
                            .map(file -> installed.relativize(file) + (Files.isDirectory(file) ? "/" : ""))
                            .sorted()
                            .toList())
                    .contains("belfry/version.h", "belfry/worker.h", "belfry/layout.h");
            for (ZipEntry entry : headers.stream().toList()) {
                assertThat(entry.getTimeLocal()).as(entry.getName()).isEqualTo(time);
                if (!entry.isDirectory()) {
                    assertThat(headers.getInputStream(entry))
                            .hasBinaryContent(Files.readAllBytes(installed.resolve(entry.getName())));
                }
            }
        }
    }

    /** Started by the two tests below, in a VM of its own. */
    static final class Main {
        public static void main(String[] args) throws Exception {
            try (WorkerProcess worker = WorkerProcess.bundled("test_signal_recv")
                    .blockSignals(Signal.USR1, Signal.INT)
                    .stdout(Stdio.PIPE)
                    .start()) {
                worker.signal(Signal.USR1);
                worker.signal(Signal.INT);
                worker.stdout().transferTo(System.out);
                WorkerExit exit = worker.waitFor();
                System.out.println(exit + " " + WorkerProcess.class.getModule());
            }
        }
    }

    private Path mainAlone() throws Exception {
        Path source = Path.of(
                Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        Path file = Path.of(Main.class.getName().replace('.', '/') + ".class");
        Path classes = temp.resolve("classes");
        FileUtils.copyFile(source.resolve(file).toFile(), classes.resolve(file).toFile());
        return classes;
    }

    @Test
    void itWorksOnTheClassPathWithoutAWarning() throws Exception {
        String output = run(
                temp,
                List.of(
                        tool("java"),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        JAR + ":" + mainAlone(),
                        Main.class.getName()));
        assertThat(output).isEqualTo("hello world\nget signal\nExited[code=0] unnamed module " + unnamed(output));
    }

    private static String unnamed(String output) {
        return output.substring(output.indexOf("unnamed module ") + "unnamed module ".length());
    }

    @Test
    void itWorksAsAModuleWithoutAWarning() throws Exception {
        String output = run(
                temp,
                List.of(
                        tool("java"),
                        "--enable-native-access=io.github.belfry",
                        "-p",
                        JAR.toString(),
                        "--add-modules",
                        "io.github.belfry",
                        "-cp",
                        mainAlone().toString(),
                        Main.class.getName()));
        assertThat(output).isEqualTo("hello world\nget signal\nExited[code=0] module io.github.belfry\n");
    }

    /** An application that uses all kinds of things there are; compiled with all warnings as errors. */
    private void compileApp(String... options) throws Exception {
        Files.writeString(temp.resolve("Main.java"), """
                package app;

                import io.github.belfry.SharedMapping;
                import io.github.belfry.Stdio;
                import io.github.belfry.WorkerPool;
                import io.github.belfry.WorkerProcess;

                class Main {
                    public static void main(String[] args) throws Exception {
                        try (SharedMapping mapping = SharedMapping.anonymous("app", 6)) {
                            mapping.buffer().put("mapped".getBytes());
                            try (WorkerProcess reader = WorkerProcess.bundled("test_mmap_read", "/proc/self/fd/5")
                                    .environment("NOT_SET", null)
                                    .passMapping(5, mapping)
                                    .stdout(Stdio.PIPE)
                                    .start()) {
                                reader.stdout().transferTo(System.out);
                                System.out.println(reader.waitFor());
                            }
                        }
                        try (WorkerPool pool = WorkerPool.bundled("upper").workers(2).start()) {
                            System.out.println(new String(pool.call("called".getBytes())));
                            pool.submit("submitted".getBytes())
                                    .thenAccept(reply -> System.out.println(new String(reply)))
                                    .join();
                        }
                    }
                }
                """);
        List<String> javac = new ArrayList<>(List.of(tool("javac"), "-Xlint:all", "-Werror", "-d", "app"));
        javac.addAll(List.of(options));
        javac.add("Main.java");
        run(temp, javac);
    }

    private void compileModule() throws Exception {
        Files.writeString(temp.resolve("module-info.java"), "module app { requires io.github.belfry; }");
        compileApp("-p", JAR + "", "module-info.java");
    }

    /** The jar alone: javac and java need not even the annotations of its API. */
    @Test
    void anApplicationOnTheClassPathNeedsNothingElse() throws Exception {
        compileApp("-cp", JAR + "");
        assertThat(run(
                        temp,
                        List.of(
                                tool("java"),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                JAR + ":app",
                                "app.Main")))
                .isEqualTo(APP_OUTPUT);
    }

    @Test
    void aModuleThatRequiresItNeedsNothingElse() throws Exception {
        compileModule();
        assertThat(run(
                        temp,
                        List.of(
                                tool("java"),
                                "--enable-native-access=io.github.belfry",
                                "-p",
                                JAR + ":app",
                                "-m",
                                "app/app.Main")))
                .isEqualTo(APP_OUTPUT);
    }

    /** An image of the modules that it needs, with an option for its VM. */
    @Test
    void itIsLinkedIntoAnImage() throws Exception {
        compileModule();
        run(
                temp,
                List.of(
                        tool("jlink"),
                        "--module-path",
                        JAR + ":app",
                        "--add-modules",
                        "app",
                        // The space, because jlink takes what begins with -- for an option of its own.
                        "--add-options= --enable-native-access=io.github.belfry",
                        "--launcher",
                        "app=app/app.Main",
                        "--output",
                        "image"));
        assertThat(run(temp, List.of("image/bin/java", "--list-modules")).replaceAll("@.*", ""))
                .isEqualTo("app\nio.github.belfry\njava.base\n");
        assertThat(run(temp, List.of("image/bin/app"))).isEqualTo(APP_OUTPUT);
    }

    /** The README's quick start, built against the installed SDK and run as it is printed. */
    @Test
    void theQuickStartWorksAsPrinted() throws Exception {
        Path prefix = temp.resolve("belfry");
        run(temp, List.of("cmake", "--install", System.getProperty("belfry.test.c.build"), "--prefix", prefix + ""));
        Files.writeString(temp.resolve("shout.c"), block(README, "c", "belfry_worker_run"));
        Files.writeString(temp.resolve("CMakeLists.txt"), block(README, "cmake", "find_package"));
        run(temp, List.of("cmake", "-S", ".", "-B", "build", "-DCMAKE_PREFIX_PATH=" + prefix, WARNINGS_ARE_ERRORS));
        run(temp, List.of("cmake", "--build", "build"));
        assertThat(runMaster("Master", block(README, "java", "WorkerPool"))).isEqualTo("HELLO\nWORLD\n");
    }

    /** So does the program of docs/guide/processes.md. */
    @Test
    void aProgramWithoutAPoolWorksAsPrinted() throws Exception {
        Files.writeString(temp.resolve("worker.c"), block(PROCESSES, "c", "sigwait"));
        run(temp, List.of("cc", "-Wall", "-Wextra", "-Werror", "-o", "worker", "worker.c"));
        assertThat(runMaster("Ringer", block(PROCESSES, "java", "SharedMapping")))
                .isEqualTo("hello from Java\nExited[code=0]\n");
    }

    private String runMaster(String name, String source) throws Exception {
        Files.writeString(temp.resolve(name + ".java"), source);
        run(temp, List.of(tool("javac"), "-cp", JAR.toString(), name + ".java"));
        return run(temp, List.of(tool("java"), "--enable-native-access=ALL-UNNAMED", "-cp", JAR + ":" + temp, name));
    }

    /** The document's block in this language that has this text in it. */
    private static String block(Path document, String language, String text) throws IOException {
        return Pattern.compile("(?ms)^```" + language + "\\n(.*?)^```")
                .matcher(Files.readString(document))
                .results()
                .map(block -> block.group(1))
                .filter(block -> block.contains(text))
                .findFirst()
                .orElseThrow();
    }
}
