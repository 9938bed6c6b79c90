package io.github.belfry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The package: what is in it, in which order, with which modes, times and owners. */
class TarIT {
    @Test
    void hasWhatTheCommandNeeds() throws Exception {
        try (Run tar = Run.of(List.of("tar", "-tzf", UnpackedTar.TAR.toString()))) {
            List<String> files = tar.output()
                    .lines()
                    .filter(name -> !name.endsWith("/") && !name.contains("/share/man/"))
                    .map(name -> name.replaceFirst("^belfry-[0-9]+\\.[0-9]+\\.[0-9]+[^/]*/", ""))
                    .toList();
            assertThat(files)
                    .containsExactlyInAnyOrder(
                            "LICENSE",
                            "README.md",
                            "bin/belfry",
                            "lib/belfry.jar",
                            "share/bash-completion/completions/belfry");
        }
    }

    @Test
    void saysNothingOfItsBuild() throws Exception {
        String list = "TZ=UTC tar --numeric-owner --full-time -tvzf '" + UnpackedTar.TAR + "'";
        String time = Instant.parse(System.getProperty("belfry.time")).toString().replaceAll("[TZ]", " ").strip();
        try (Run tar = Run.shell(list)) {
            List<String> lines = tar.output().lines().toList();
            assertThat(lines).allSatisfy(line -> assertThat(line)
                    .matches("(drwxr-xr-x|-rwxr-xr-x|-rw-r--r--) 0/0 +[0-9]+ " + time + " .*"));
            assertThat(lines).filteredOn(line -> line.startsWith("-rwx")).singleElement().asString().endsWith("/bin/belfry");
            List<String> names = lines.stream().map(line -> line.substring(line.indexOf(" belfry-"))).toList();
            assertThat(names).isSorted();
        }
    }
}
