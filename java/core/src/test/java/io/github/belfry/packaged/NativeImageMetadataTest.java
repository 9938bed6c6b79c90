package io.github.belfry.packaged;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.belfry.SharedMapping;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerProcess;
import io.github.belfry.internal.sys.Platform;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.TestPrograms;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What GraalVM is told under META-INF/native-image: by {@code reachability-metadata.json} from JDK 25 on, by the three
 * other files before.
 */
class NativeImageMetadataTest {
    private static final String DIRECTORY = "/META-INF/native-image/io.github.belfry/belfry/";
    private static final Pattern CLASS = Pattern.compile("class (\\S+)");
    private static final Pattern MEMBER = Pattern.compile("(field|method) L(\\S+); (\\S+) (\\S+)");

    @TempDir
    Path temp;

    private static JsonElement file(String name) throws IOException {
        try (InputStream in = WorkerPool.class.getResourceAsStream(DIRECTORY + name)) {
            return JsonParser.parseString(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static Stream<JsonObject> objects(JsonElement array) {
        return array == null
                ? Stream.empty()
                : StreamSupport.stream(((JsonArray) array).spliterator(), false).map(JsonElement::getAsJsonObject);
    }

    /** Of one class: its name, then the names of its members with it before. */
    private static Stream<String> elements(JsonObject entry, String nameKey) {
        String type = entry.get(nameKey).getAsString();
        return Stream.concat(
                Stream.of(type),
                Stream.of("fields", "methods")
                        .flatMap(kind -> objects(entry.get(kind)))
                        .map(member -> type + "." + member.get("name").getAsString()));
    }

    private static Set<String> elements(Stream<JsonObject> entries, String nameKey) {
        return entries.flatMap(entry -> elements(entry, nameKey)).collect(Collectors.toCollection(TreeSet::new));
    }

    private static Stream<JsonObject> reachable() throws IOException {
        return objects(file("reachability-metadata.json").getAsJsonObject().get("reflection"));
    }

    private static boolean isForJni(JsonObject entry) {
        return entry.has("jniAccessible") && entry.get("jniAccessible").getAsBoolean();
    }

    /** Uses all there is. */
    static final class AllMain {
        public static void main(String[] args) throws Exception {
            try (SharedMapping mapping = SharedMapping.anonymous("all", 6);
                    WorkerProcess reader = WorkerProcess.bundled("test_mmap_read", "/proc/self/fd/5")
                            .passMapping(5, mapping)
                            .stdout(Stdio.PIPE)
                            .start();
                    WorkerPool pool = WorkerPool.bundled("upper").workers(1).start()) {
                mapping.buffer().put("mapped".getBytes());
                mapping.flush();
                reader.stdout().readAllBytes();
                reader.waitFor();
                System.out.println(new String(pool.call("called".getBytes())));
                System.out.println(new String(pool.submit("submitted".getBytes()).get()));
            }
        }
    }

    /** What the shim looks up while a program uses all there is. */
    private Set<String> lookups() throws Exception {
        Path file = temp.resolve("lookups");
        String output = OtherVm.run(OtherVm.java(AllMain.class)
                .option("-agentpath:" + TestPrograms.path("jni_lookups.so") + "=" + file));
        assertThat(output).isEqualTo("CALLED\nSUBMITTED\n");
        Set<String> elements = new TreeSet<>();
        for (String line : Files.readAllLines(file)) {
            Matcher type = CLASS.matcher(line);
            Matcher member = MEMBER.matcher(line);
            assertThat(type.matches() || member.matches()).as(line).isTrue();
            elements.add((type.matches() ? type.group(1) : member.group(2) + "." + member.group(3)).replace('/', '.'));
        }
        return elements;
    }

    @Test
    void allThatTheShimLooksUpIsInBothFilesAndNoMore() throws Exception {
        Set<String> lookups = lookups();
        assertThat(lookups)
                .contains(
                        "io.github.belfry.internal.sys.Native",
                        "io.github.belfry.internal.sys.ChildAttributes.umask",
                        "java.lang.Throwable.<init>");
        assertThat(elements(reachable().filter(NativeImageMetadataTest::isForJni), "type"))
                .isEqualTo(lookups);
        assertThat(elements(objects(file("jni-config.json")), "name")).isEqualTo(lookups);
    }

    /** On JDK 17 there are no virtual threads, and nothing to reflect on. */
    @Test
    void allElseThatIsReflectedOnIsInBothFiles() throws Exception {
        Set<String> reflected = Set.of("java.lang.Thread", "java.lang.Thread.isVirtual");
        assertThat(elements(reachable().filter(entry -> !isForJni(entry)), "type"))
                .isEqualTo(reflected);
        assertThat(elements(objects(file("reflect-config.json")), "name")).isEqualTo(reflected);
    }

    @Test
    void theNativesAreResourcesInBothFiles() throws Exception {
        String shim = Platform.resource("libbelfry.so").substring(1);
        List<String> patterns = new ArrayList<>();
        objects(file("reachability-metadata.json").getAsJsonObject().get("resources"))
                .map(entry -> entry.get("glob").getAsString().replace("**", ".*"))
                .forEach(patterns::add);
        objects(file("resource-config.json")
                        .getAsJsonObject()
                        .getAsJsonObject("resources")
                        .get("includes"))
                .map(entry -> entry.get("pattern").getAsString())
                .forEach(patterns::add);
        assertThat(patterns).hasSize(2).allMatch(shim::matches);
    }
}
