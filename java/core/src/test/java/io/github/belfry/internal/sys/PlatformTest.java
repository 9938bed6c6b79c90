package io.github.belfry.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;

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
}
