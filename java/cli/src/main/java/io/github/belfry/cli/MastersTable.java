package io.github.belfry.cli;

import io.github.belfry.PoolStats;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The list of masters as people read it: a line for each. */
final class MastersTable {
    private static final int MAX_POOLS = 40;

    /** Options of java(1) whose value is the next argument. */
    private static final Set<String> WITH_VALUE = Set.of(
            "-cp",
            "-classpath",
            "--class-path",
            "-p",
            "--module-path",
            "--upgrade-module-path",
            "--add-modules",
            "--limit-modules",
            "--add-reads",
            "--add-exports",
            "--add-opens",
            "--patch-module",
            "--enable-native-access",
            "--source");

    private MastersTable() {}

    /** @param columns where a line is cut off */
    static List<String> lines(List<Masters.Entry> masters, int columns) {
        List<String[]> rows = new ArrayList<>();
        rows.add(new String[] {"pid", "workers", "pools", "command"});
        for (Masters.Entry master : masters) {
            rows.add(new String[] {
                String.valueOf(master.pid()),
                String.valueOf(master.workers()),
                pools(master.pools()),
                Terminal.harmless(String.join(" ", withoutVmOptions(master.command())))
            });
        }
        String format = "%" + width(rows, 0) + "s  %" + width(rows, 1) + "s  %-" + width(rows, 2) + "s  %s";
        return rows.stream()
                .map(row -> format.formatted((Object[]) row))
                .map(line -> line.length() <= columns ? line : line.substring(0, columns))
                .toList();
    }

    private static int width(List<String[]> rows, int column) {
        return rows.stream().mapToInt(row -> row[column].length()).max().orElse(1);
    }

    private static String pools(List<PoolStats> pools) {
        String names = pools.stream().map(pool -> StatTable.name(pool.pool())).collect(Collectors.joining(", "));
        return names.length() <= MAX_POOLS ? names : names.substring(0, MAX_POOLS - 1) + "~";
    }

    /** What tells one VM from another comes after its options, which can be long. */
    private static List<String> withoutVmOptions(List<String> command) {
        String program = fileName(command.get(0));
        if (!program.equals("java")) {
            return command;
        }
        int next = 1;
        while (next < command.size() && command.get(next).matches("[-@].*")) {
            String option = command.get(next);
            if (option.equals("-jar") && next + 1 < command.size()) {
                List<String> jar = new ArrayList<>(List.of(program, "-jar", fileName(command.get(next + 1))));
                jar.addAll(command.subList(next + 2, command.size()));
                return jar;
            }
            next += WITH_VALUE.contains(option) ? 2 : 1;
        }
        List<String> main = new ArrayList<>(List.of(program));
        main.addAll(command.subList(Math.min(next, command.size()), command.size()));
        return main;
    }

    private static String fileName(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
