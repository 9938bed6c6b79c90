package io.github.belfry.internal.process;

import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.sys.Native;
import io.github.belfry.internal.sys.Platform;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A worker program inside our jar. It runs from a memfd sealed against every change, so nothing executable is written
 * to a disk: no ETXTBSY, no trouble with noexec. The memfd is made at the first start and kept, one for each program,
 * until the reaper ends.
 */
final class BundledWorker {
    /** The step of a start that has failed. */
    static final String SEALING = "fcntl F_ADD_SEALS";

    private static final Map<String, Integer> MEMFDS = new ConcurrentHashMap<>();

    private final String name;
    private final String resource;

    /** Throws IllegalArgumentException when the jar has no such worker. */
    BundledWorker(String name) {
        this.name = name;
        this.resource = Platform.resource(name);
        if (!name.matches("[A-Za-z0-9_-]+") || BundledWorker.class.getResource(resource) == null) {
            String platform = Platform.missing();
            throw new IllegalArgumentException("no bundled worker '" + name + "': this jar has no " + resource
                    + (platform.isEmpty() ? "" : ": " + platform));
        }
    }

    /** The memfd that holds it; for a thread that holds the reaper. */
    int memfd() throws WorkerStartException {
        Integer known = MEMFDS.get(name);
        if (known != null) {
            return known;
        }
        synchronized (MEMFDS) {
            known = MEMFDS.get(name);
            if (known == null) {
                known = createMemfd();
                MEMFDS.put(name, known);
            }
            return known;
        }
    }

    /** For the end of the reaper. */
    static void closeMemfds() {
        synchronized (MEMFDS) {
            MEMFDS.values().forEach(Native::close);
            MEMFDS.clear();
        }
    }

    private int createMemfd() throws WorkerStartException {
        byte[] program = read();
        int fd = check(Native.memfdCreate(name.getBytes(StandardCharsets.UTF_8), true), "memfd_create");
        try {
            int written = check(Native.write(fd, program), "write");
            if (written != program.length) {
                throw new WorkerStartException(
                        "cannot start " + name + ": wrote " + written + " of " + program.length + " bytes",
                        "write",
                        "");
            }
            check(Native.sealAll(fd), SEALING);
            return fd;
        } catch (WorkerStartException | RuntimeException | Error e) {
            Native.close(fd);
            throw e;
        }
    }

    private int check(int result, String call) throws WorkerStartException {
        return StartFailure.check(result, name, call, call + " (its memfd)");
    }

    private byte[] read() throws WorkerStartException {
        try (InputStream in = open()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new WorkerStartException("cannot start " + name + ": " + resource + ": " + e, "read", "");
        }
    }

    InputStream open() throws IOException {
        return Platform.open(resource);
    }
}
