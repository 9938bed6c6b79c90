package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code belfry stat} looks at the pool of a {@code belfry filter} that has answered 1,000 lines and waits. */
@Tag("once")
class StatIT {
    private static final int LINES = 1000;
    private static final String CTRL_C = "\u0003";

    @TempDir
    private Path directory = Path.of("");

    @Test
    void aTableHasALineForEachWorkerAndATotal() throws Exception {
        try (Run filter = filter("upper");
                Run stat = Run.of(stat(filter))) {
            List<String> lines = stat.output().lines().toList();
            assertThat(lines).hasSize(4);
            assertThat(lines.get(0))
                    .matches("pool +worker +pid +answered +per second +faults +deaths +in flight +busy % +wakes"
                            + " +signals +rescues");
            List<Long> workers = ProcessHandle.of(filter.pid())
                    .orElseThrow()
                    .children()
                    .map(ProcessHandle::pid)
                    .toList();
            assertThat(List.of(pid(lines.get(1)), pid(lines.get(2)))).containsExactlyInAnyOrderElementsOf(workers);
            assertThat(lines.get(3)).matches("upper +total +1,000 +0 +0 +0 +0 +0\\.0 .*");
            assertThat(stat.status()).isZero();
        }
    }

    private static long pid(String line) {
        assertThat(line).startsWith("upper ");
        return Long.parseLong(line.split(" +")[2]);
    }

    @Test
    void aSampleInJsonIsALine() throws Exception {
        try (Run filter = filter("upper");
                Run stat = Run.of(stat(filter, "--json", "--count", "2"))) {
            List<JsonObject> samples = stat.output()
                    .lines()
                    .map(line -> JsonParser.parseString(line).getAsJsonObject())
                    .toList();
            assertThat(samples).hasSize(2);
            JsonObject sample = samples.get(1);
            assertThat(sample.get("pid").getAsLong()).isEqualTo(filter.pid());
            assertThat(sample.getAsJsonArray("pools")).hasSize(1);
            JsonObject pool = sample.getAsJsonArray("pools").get(0).getAsJsonObject();
            assertThat(pool.get("pool").getAsString()).isEqualTo("upper");
            assertThat(pool.get("breakerOpen").getAsBoolean()).isFalse();
            assertThat(sum(pool, "answered")).isEqualTo(LINES);
            JsonObject total = pool.getAsJsonObject("total");
            assertThat(total.keySet())
                    .containsExactly(
                            "answered",
                            "answeredPerSecond",
                            "faults",
                            "deaths",
                            "inFlight",
                            "busyNanos",
                            "busyPercent",
                            "wakes",
                            "signals",
                            "rescues",
                            "withdrawn",
                            "timedOut",
                            "queued");
            assertThat(total.get("answered").getAsLong()).isEqualTo(LINES);
            assertThat(total.get("answeredPerSecond").getAsDouble()).isZero();
        }
    }

    private static long sum(JsonObject pool, String counter) {
        return StreamSupport.stream(pool.getAsJsonArray("workers").spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .mapToLong(worker -> worker.get(counter).getAsLong())
                .sum();
    }

    @Test
    void faultsAndDeathsAreCounted() throws Exception {
        try (Run filter = Run.of(BelfryJar.command("filter", "-w", "1", BelfryJar.CRASH))) {
            filter.type("crash-once again\n");
            filter.awaitLines(1, "again");
            try (Run stat = Run.of(stat(filter, "--json"))) {
                JsonObject worker = JsonParser.parseString(stat.output())
                        .getAsJsonObject()
                        .getAsJsonArray("pools")
                        .get(0)
                        .getAsJsonObject()
                        .getAsJsonArray("workers")
                        .get(0)
                        .getAsJsonObject();
                assertThat(worker.get("deaths").getAsLong()).isEqualTo(1);
                assertThat(worker.get("answered").getAsLong()).isEqualTo(1);
            }
        }
    }

    /** The worker gets ready once, and never again: the file is gone. */
    @Test
    void anOpenBreakerIsShown() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        String script = "rm " + file + " || exit 9; exec " + BelfryJar.CRASH;
        try (Run filter = Run.of(BelfryJar.command("filter", "-w", "1", "sh", "-c", script))) {
            filter.type("ring\n");
            filter.awaitLines(1, "ring");
            ProcessHandle.of(filter.pid()).orElseThrow().children().forEach(ProcessHandle::destroyForcibly);
            filter.awaitLines(5, "rm");
            try (Run stat = Run.of(stat(filter, "--count", "30"))) {
                assertThat(stat.output()).contains("sh: its workers keep dying, requests are refused\n");
            }
        }
    }

    @Test
    void aNameMayHaveAnyCharacter() throws Exception {
        String name = "a \"b\\c\"\n\033[2J-1";
        Path program = Files.copy(Path.of(BelfryJar.worker("upper")), directory.resolve(name));
        try (Run filter = filter(program.toString());
                Run json = Run.of(stat(filter, "--json"));
                Run table = Run.of(stat(filter))) {
            assertThat(JsonParser.parseString(json.output())
                            .getAsJsonObject()
                            .getAsJsonArray("pools")
                            .get(0)
                            .getAsJsonObject()
                            .get("pool")
                            .getAsString())
                    .isEqualTo(name);
            assertThat(table.output()).contains("a \"b\\c\"??[2J-1 ").doesNotContain("\033");
        }
    }

    @Test
    void onATerminalItGoesOnInTheSamePlaceUntilTheProcessEnds() throws Exception {
        try (Run filter = filter("upper");
                Run terminal = Run.inTerminal(BelfryJar.shell(arguments(filter)))) {
            terminal.awaitLines(3, "total");
            filter.endInput();
            assertThat(terminal.status()).isZero();
            assertThat(terminal.output())
                    .contains("\033[4Apool")
                    .containsPattern("belfry: process " + filter.pid() + " has (ended|closed its pools)");
        }
    }

    @Test
    void ctrlCEndsItAndNotTheProcess() throws Exception {
        try (Run filter = filter("upper");
                Run terminal = Run.inTerminal(BelfryJar.shell(arguments(filter)))) {
            terminal.awaitLines(2, "total");
            terminal.type(CTRL_C);
            assertThat(terminal.status()).isEqualTo(130);
            assertThat(terminal.output()).doesNotContain("belfry:");
            filter.type("still there\n");
            filter.awaitLines(1, "STILL THERE");
        }
    }

    @Test
    void aKilledProcessEndsItWith0() throws Exception {
        try (Run filter = filter("upper");
                Run stat = Run.of(stat(filter, "--count", "1000000"))) {
            stat.awaitLines(2, "total");
            filter.signal("KILL");
            assertThat(stat.output().lines()).last().isEqualTo("belfry: process " + filter.pid() + " has ended");
            assertThat(stat.status()).isZero();
        }
    }

    @Test
    void aProcessThatIsGoneIsAFailure() throws Exception {
        long gone;
        try (Run ended = Run.shell("true")) {
            assertThat(ended.status()).isZero();
            gone = ended.pid();
        }
        expectFailure(gone, "there is no process " + gone);
    }

    @Test
    void aProcessWithoutAPoolIsAFailure() throws Exception {
        long self = ProcessHandle.current().pid();
        expectFailure(self, "process " + self + " has no pool");
    }

    private static void expectFailure(long pid, String reason) throws Exception {
        try (Run stat = Run.of(BelfryJar.command("stat", String.valueOf(pid)))) {
            assertThat(stat.output()).isEqualTo("belfry: " + reason + "\n");
            assertThat(stat.status()).isEqualTo(1);
        }
    }

    /** With two workers, all lines answered, and the input still open. */
    private static Run filter(String worker) throws Exception {
        Run filter = Run.of(BelfryJar.command("filter", "-w", "2", worker));
        filter.type("ring\n".repeat(LINES));
        filter.awaitLines(LINES, "RING");
        return filter;
    }

    private static List<String> stat(Run filter, String... more) {
        return BelfryJar.command(arguments(filter, more));
    }

    private static String[] arguments(Run filter, String... more) {
        String[] arguments = new String[more.length + 4];
        arguments[0] = "stat";
        System.arraycopy(more, 0, arguments, 1, more.length);
        arguments[more.length + 1] = "--interval";
        arguments[more.length + 2] = "0.1";
        arguments[more.length + 3] = String.valueOf(filter.pid());
        return arguments;
    }
}
