package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code belfry stat} without a PID. Other tests' masters are in the list as well. */
@Tag("once")
class MastersIT {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void eachProcessThatHasPoolsIsListed() throws Exception {
        try (Run filter = Run.of(BelfryJar.command("filter", "-w", "2", "upper"))) {
            filter.type("ring\n");
            filter.awaitLines(1, "RING");
            Here table = Here.run("stat");
            assertThat(table.status()).isZero();
            List<String> lines = table.out().lines().toList();
            assertThat(lines.get(0)).matches(" *pid  workers  pools +command");
            assertThat(lines).filteredOn(line -> line.matches(" *" + filter.pid() + "  .*"))
                    .singleElement()
                    .asString()
                    .matches(" *[0-9]+ +2 +upper +java -jar belfry\\.jar filter -w 2 upper");

            JsonObject master = masters(Here.run("stat", "--json")).get(filter.pid());
            assertThat(master.get("workers").getAsInt()).isEqualTo(2);
            assertThat(master.getAsJsonArray("command"))
                    .map(JsonElement::getAsString)
                    .endsWith("-jar", System.getProperty("belfry.jar"), "filter", "-w", "2", "upper");
            JsonObject pool = master.getAsJsonArray("pools").get(0).getAsJsonObject();
            assertThat(pool.toString()).isEqualTo("{\"pool\":\"upper\",\"breakerOpen\":false,\"workers\":2}");
        }
    }

    /** It has inherited its rings, and closes them when it gets ready. */
    @Test
    void aWorkerThatStartsIsNotListed() throws Exception {
        Path fifo = directory.resolve("fifo");
        String worker = "mkfifo " + fifo + "; echo up >&2; : <" + fifo + "; exec " + BelfryJar.worker("upper");
        try (Run filter = Run.of(BelfryJar.command("filter", "-w", "1", "sh", "-c", worker))) {
            filter.awaitLines(1, "up");
            List<Long> processes =
                    filter.processes().stream().map(ProcessHandle::pid).toList();
            Map<Long, JsonObject> masters = masters(Here.run("stat", "--json"));
            assertThat(processes).filteredOn(masters::containsKey).containsExactly(filter.pid());
            Files.newOutputStream(fifo).close();
            filter.type("ring\n");
            filter.awaitLines(1, "RING");
        }
    }

    private static Map<Long, JsonObject> masters(Here list) {
        assertThat(list.status()).isZero();
        assertThat(list.out()).endsWith("]}\n").matches("[^\n]*\n");
        JsonObject document = JsonParser.parseString(list.out()).getAsJsonObject();
        return StreamSupport.stream(document.getAsJsonArray("masters").spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .collect(Collectors.toMap(master -> master.get("pid").getAsLong(), Function.identity()));
    }

    /** As the user nobody. */
    @Test
    void anothersProcessesAreNotListed() throws Exception {
        List<String> asNobody = new ArrayList<>(List.of("setpriv", "--reuid=65534", "--clear-groups"));
        List<String> readable = new ArrayList<>(asNobody);
        readable.addAll(List.of("test", "-r", System.getProperty("belfry.jar")));
        try (Run may = Run.of(readable)) {
            assumeTrue(may.status() == 0, "only root may be another user, who has to be able to read the jar");
        }
        asNobody.addAll(BelfryJar.command("stat"));
        try (Run filter = Run.of(BelfryJar.command("filter", "-w", "1", "upper"))) {
            filter.type("ring\n");
            filter.awaitLines(1, "RING");
            try (Run stat = Run.of(asNobody)) {
                assertThat(stat.output()).isEqualTo("belfry: no process that you may look at has a pool\n");
                assertThat(stat.status()).isZero();
            }
        }
    }

    @Test
    void aLineIsAsLongAsTheTerminalIsWide() throws Exception {
        try (Run filter = Run.of(BelfryJar.command("filter", "-w", "1", "upper", "x".repeat(100)))) {
            filter.type("ring\n");
            filter.awaitLines(1, "RING");
            try (Run terminal = Run.inTerminal("sh -c \"stty cols 60; exec " + BelfryJar.shell("stat") + "\"")) {
                assertThat(terminal.output().lines())
                        .allSatisfy(line -> assertThat(line.strip()).hasSizeLessThanOrEqualTo(60))
                        .anyMatch(line -> line.matches(" *" + filter.pid() + "  +1  .*"));
            }
        }
    }
}
