package io.github.belfry.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ErrnoTest {
    @Test
    void namesAreTheKernelHeaders() throws Exception {
        Map<Integer, String> names = new TreeMap<>();
        for (String header : new String[] {"errno-base.h", "errno.h"}) {
            Matcher define = Pattern.compile("#define\\s+(E\\w+)\\s+([0-9]+)")
                    .matcher(Files.readString(Path.of("/usr/include/asm-generic", header)));
            while (define.find()) {
                names.put(Integer.valueOf(define.group(2)), define.group(1));
            }
        }
        assertThat(names).hasSizeGreaterThan(130);
        names.forEach((number, name) ->
                assertThat(Errno.name(number)).isEqualTo(name.equals("ENOTSUPP") ? "EOPNOTSUPP" : name));
    }

    @Test
    void anErrorSaysWhatWasTriedAndTheSystemsReason() {
        assertThatThrownBy(() -> Errno.check(-28, "mmap hello.txt (12 bytes)"))
                .isInstanceOf(IOException.class)
                .hasMessage("mmap hello.txt (12 bytes): ENOSPC, No space left on device");
        assertThat(Errno.name(41)).isEqualTo("errno 41");
        assertThat(Errno.name(999)).isEqualTo("errno 999");
    }

    @Test
    void anErrorOfAFileHasTheTypeThatJavaHasForIt() {
        Map<Integer, Class<? extends FileSystemException>> types = Map.of(
                Errno.ENOENT, NoSuchFileException.class,
                Errno.EACCES, AccessDeniedException.class,
                Errno.EEXIST, FileAlreadyExistsException.class,
                28, FileSystemException.class);
        types.forEach((errno, type) -> {
            FileSystemException e = Errno.ofFile(errno, "hello.txt", "mmap (12 bytes)");
            assertThat(e).isExactlyInstanceOf(type);
            assertThat(e.getFile()).isEqualTo("hello.txt");
            assertThat(e).hasMessage("hello.txt: mmap (12 bytes): " + Errno.describe(errno));
        });
    }
}
