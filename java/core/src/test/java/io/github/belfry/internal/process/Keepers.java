package io.github.belfry.internal.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The processes {@code belfry-keeper} that run, as ps shows them. */
public final class Keepers {
    private Keepers() {}

    public static List<Long> ofThisVm() {
        return of(ProcessHandle.current().pid());
    }

    public static List<Long> of(long vm) {
        String title = "belfry-keeper\0" + vm + "\0";
        return ProcessHandle.allProcesses()
                .map(ProcessHandle::pid)
                .filter(pid -> title.equals(title(pid)))
                .toList();
    }

    private static String title(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException ended) {
            return "";
        }
    }
}
