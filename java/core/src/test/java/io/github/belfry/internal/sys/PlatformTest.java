package io.github.belfry.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformTest {
    @ParameterizedTest
    @CsvSource({
        "Linux, amd64, linux-x86_64",
        "Linux, x86_64, linux-x86_64",
        "Linux, aarch64, linux-aarch64",
        "Linux, arm64, linux-aarch64",
        "Linux, riscv64, linux-riscv64",
        "Mac OS X, aarch64, mac_os_x-aarch64",
    })
    void namesTheDirectoryOfTheNatives(String osName, String osArch, String name) {
        assertThat(Platform.name(osName, osArch)).isEqualTo(name);
    }

    private static final String DIRECTORY = "/META-INF/native/linux-x86_64/";

    private static String resource(String file, boolean musl, String... inJar) {
        return Platform.resource("linux-x86_64", file, Set.of(inJar)::contains, () -> musl);
    }

    @Test
    void theFileOfTheLibcIsTakenWhereThereAreTwo() {
        String[] both = {DIRECTORY + "belfry-host", DIRECTORY + "musl/belfry-host"};
        assertThat(resource("belfry-host", false, both)).isEqualTo(both[0]);
        assertThat(resource("belfry-host", true, both)).isEqualTo(both[1]);
    }

    /** It is static, or the jar was built on a machine with this libc. */
    @Test
    void theOnlyFileIsForEveryLibc() {
        assertThat(resource("echo", true, DIRECTORY + "echo")).isEqualTo(DIRECTORY + "echo");
        assertThat(resource("none", true)).isEqualTo(DIRECTORY + "none");
    }

    @Test
    void theLibcIsAskedForOnlyWhereItMatters() {
        BooleanSupplier fails = () -> {
            throw new AssertionError("asked");
        };
        assertThat(Platform.resource("linux-x86_64", "echo", (DIRECTORY + "echo")::equals, fails))
                .isEqualTo(DIRECTORY + "echo");
    }

    @ParameterizedTest
    @CsvSource({
        "/usr/lib/x86_64-linux-gnu/libc.so.6, false", // Debian 12
        "/usr/lib/x86_64-linux-gnu/libc-2.31.so, false", // Debian 11
        "/lib/ld-musl-x86_64.so.1, true", // Alpine
        "/usr/lib/aarch64-linux-musl/libc.so, true", // Debian's musl
        "/usr/lib/jvm/java-17/lib/libnet.so, false",
    })
    void theLibcIsReadFromTheMappedFiles(String file, boolean musl) {
        List<String> maps = List.of(
                "55d0c8a00000-55d0c8a01000 r--p 00000000 fe:00 1234       /usr/bin/java",
                "7f3c1c000000-7f3c1c021000 rw-p 00000000 00:00 0 ",
                "7f3c2a000000-7f3c2a028000 r--p 00000000 fe:00 5678       " + file,
                "7ffd5a9f0000-7ffd5aa11000 rw-p 00000000 00:00 0          [stack]");
        assertThat(Platform.isMusl(maps)).isEqualTo(musl);
    }

    /** As with gcompat, or a program that loads another libc's files as data. */
    @Test
    void whereGlibcIsMappedItIsTheLibc() {
        assertThat(Platform.isMusl(List.of("0-1 r--p 0 0:0 1 /lib/libc.so.6", "1-2 r--p 0 0:0 1 /opt/lib/libc.so")))
                .isFalse();
    }

    @Test
    void thisVmRunsOnGlibcOrMuslAndHasNatives() {
        assertThat(Platform.missing()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "mac_os_x-aarch64, '', Belfry runs on Linux only, in a Linux container",
        "linux-i386, linux-x86_64, only, use a 64-bit VM",
        "linux-riscv64, linux-x86_64, natives for linux-x86_64 and linux-aarch64 only, platform is linux-riscv64",
        "linux-aarch64, linux-x86_64, 'built for linux-x86_64, not for linux-aarch64', mvn -Prelease package",
        "linux-x86_64, '', built for no platform, mvn package",
    })
    void whatIsMissingIsSaidWithWhatToDo(String platform, String built, String reason, String advice) {
        assertThat(Platform.missing(platform, built.isEmpty() ? List.of() : List.of(built)))
                .contains(reason)
                .contains(advice);
    }
}
