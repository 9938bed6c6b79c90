package io.github.belfry.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two applications in one VM, as in a server: each has the library in a class loader of its own. */
class ClassLoadersIT {
    @TempDir
    Path temp;

    @ParameterizedTest
    @MethodSource("io.github.belfry.consumers.Jdks#homes")
    void bothHavePoolsAtOnce(Path jdk) throws Exception {
        Files.writeString(temp.resolve("Application.java"), """
                import io.github.belfry.WorkerPool;

                public class Application implements java.util.function.UnaryOperator<String>, AutoCloseable {
                    private final WorkerPool pool;

                    public Application() throws java.io.IOException {
                        pool = WorkerPool.bundled("upper").workers(1).start();
                    }

                    @Override
                    public String apply(String text) {
                        return new String(pool.call(text.getBytes()));
                    }

                    @Override
                    public void close() {
                        pool.close();
                    }
                }
                """);
        Files.writeString(temp.resolve("Server.java"), """
                import java.net.*;
                import java.nio.file.Path;
                import java.util.function.UnaryOperator;

                class Server {
                    public static void main(String[] paths) throws Exception {
                        URL[] urls = {Path.of(paths[0]).toUri().toURL(), Path.of("application").toUri().toURL()};
                        try (URLClassLoader loader = new URLClassLoader(urls);
                                URLClassLoader other = new URLClassLoader(urls);
                                AutoCloseable one = deploy(loader);
                                AutoCloseable two = deploy(other)) {
                            System.out.println(one.getClass() == two.getClass());
                            System.out.println(call(one, "one") + call(two, "two") + call(one, "three"));
                        }
                    }

                    static AutoCloseable deploy(ClassLoader loader) throws Exception {
                        return (AutoCloseable) loader.loadClass("Application").getConstructor().newInstance();
                    }

                    @SuppressWarnings("unchecked")
                    static String call(Object application, String text) {
                        return ((UnaryOperator<String>) application).apply(text);
                    }
                }
                """);
        compile(jdk, "Application.java", "-d", "application", "-cp", Project.JAR + "");
        compile(jdk, "Server.java", "-d", "server");
        assertThat(Project.run(
                        temp,
                        List.of(
                                jdk + "/bin/java",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                "server",
                                "Server",
                                Project.JAR + "")))
                .isEqualTo("false\nONETWOTHREE\n");
    }

    private void compile(Path jdk, String source, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(jdk + "/bin/javac", "-Xlint:all", "-Werror"));
        command.addAll(List.of(options));
        command.add(source);
        Project.run(temp, command);
    }
}
