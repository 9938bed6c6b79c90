package io.github.belfry.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CStringsTest {
    @TempDir
    Path temp;

    private static String bytes(Path path) {
        return new String(CStrings.path(path), StandardCharsets.UTF_8);
    }

    @Test
    void aPathIsAbsoluteAndHasNoSlashAtItsEnd() {
        assertThat(bytes(Path.of("file"))).isEqualTo(System.getProperty("user.dir") + "/file");
        assertThat(bytes(Path.of(""))).isEqualTo(System.getProperty("user.dir"));
        assertThat(bytes(Path.of("/"))).isEqualTo("/");
        assertThat(bytes(temp)).isEqualTo(temp.toString());
        assertThat(bytes(Path.of(temp + "/"))).isEqualTo(temp.toString());
    }

    @Test
    void charactersThatMeanSomethingInAUriAreThemselves() {
        assertThat(bytes(Path.of("/a b/%41?#c+~\"/\\x"))).isEqualTo("/a b/%41?#c+~\"/\\x");
    }
}
