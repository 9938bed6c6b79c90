package io.github.belfry.internal.process;

import io.github.belfry.WorkerStartException;
import io.github.belfry.internal.sys.CStrings;
import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.NamelessCopy;
import io.github.belfry.internal.sys.Native;
import io.github.belfry.internal.sys.PrivateCopy;
import io.github.belfry.internal.sys.Uninterruptible;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntSupplier;

/** Carries out one start: opens what the child is to have, spawns it, and has it watched. */
public final class Spawner {
    private static final long BUSY_NANOS = 1_000_000_000;
    private static final long BUSY_PAUSE_MILLIS = 5;
    private static final int STEP_BYTES = 32;
    private static final int NO_FD = -1;
    private static final byte[] DEFAULT_PATH = CStrings.utf8("/bin:/usr/bin");

    private final Launch launch;
    private final byte[] arguments;
    private final Descriptors descriptors;

    private Spawner(Launch launch, Descriptors descriptors) {
        this.launch = launch;
        List<byte[]> command = new ArrayList<>();
        launch.command().forEach(argument -> command.add(CStrings.utf8(argument)));
        if (launch.file() != null) {
            command.set(0, launch.file());
        }
        this.arguments = CStrings.join(command);
        this.descriptors = descriptors;
    }

    /**
     * Blocks, not interruptibly, until the program runs.
     *
     * @param given descriptors that the child gets besides the plan's; they stay the caller's
     */
    public static Child start(Launch launch, Descriptors.Given... given) throws IOException {
        Reaper reaper = Reaper.hold();
        try (Descriptors descriptors = new Descriptors(launch, given)) {
            Spawned spawned = new Spawner(launch, descriptors).spawn();
            descriptors.closeChildEnds();
            Child child = new Child(
                    launch.program(),
                    spawned.pid(),
                    spawned.pidfd(),
                    launch.attributes().ownGroup(),
                    descriptors.takePipes(),
                    spawned.byWarden() ? Warden::childEnded : () -> {});
            if (launch.groupEndsWithLeader()) {
                child.killGroupAtEnd();
            }
            child.watch(reaper);
            return child;
        } finally {
            Reaper.release();
        }
    }

    /** What to run: paths to try, or a descriptor. */
    private record Program(List<byte[]> paths, int fd) {}

    private record Spawned(int pid, int pidfd, boolean byWarden) {}

    private Spawned spawn() throws IOException {
        BundledWorker bundled = launch.bundled();
        return bundled == null ? spawn(new Program(candidates(), NO_FD)) : spawnBundled(bundled);
    }

    private List<byte[]> candidates() {
        byte[] file = launch.file();
        if (file != null) {
            return List.of(file);
        }
        byte[] program = CStrings.utf8(launch.program());
        if (launch.program().indexOf('/') >= 0) {
            return List.of(program);
        }
        List<byte[]> candidates = new ArrayList<>();
        // One character for each byte, whatever they mean.
        for (String entry : new String(path(), StandardCharsets.ISO_8859_1).split(":", -1)) {
            ByteArrayOutputStream candidate = new ByteArrayOutputStream();
            candidate.writeBytes((entry.isEmpty() ? "" : entry + "/").getBytes(StandardCharsets.ISO_8859_1));
            candidate.writeBytes(program);
            candidates.add(candidate.toByteArray());
        }
        return candidates;
    }

    /** What is searched for a program without a slash. */
    static byte[] path() {
        return Environment.own("PATH").orElse(DEFAULT_PATH);
    }

    private Spawned spawnBundled(BundledWorker worker) throws IOException {
        try {
            return spawn(new Program(List.of(), worker.memfd()));
        } catch (WorkerStartException e) {
            if (!mayBeRefusal(e)) {
                throw e;
            }
            return spawnFromFile(worker, e);
        }
    }

    /** Of a memfd that may not be made, not be sealed, or not be executed. */
    private static boolean mayBeRefusal(WorkerStartException e) {
        boolean aboutMemfd =
                List.of("memfd_create", BundledWorker.SEALING, "execve").contains(e.step());
        return aboutMemfd && List.of("EACCES", "EPERM", "ENOSYS", "EINVAL").contains(e.errnoName());
    }

    private Spawned spawnFromFile(BundledWorker worker, WorkerStartException refusal) throws IOException {
        for (Path parent : PrivateCopy.parents()) {
            try (NamelessCopy copy = NamelessCopy.create(parent, launch.program(), worker.open())) {
                return spawn(new Program(List.of(CStrings.path(copy.file())), NO_FD));
            } catch (IOException e) {
                refusal.addSuppressed(e);
            }
        }
        for (Path parent : PrivateCopy.parents()) {
            try (PrivateCopy copy = PrivateCopy.create(parent, launch.program(), worker.open())) {
                return spawn(new Program(List.of(CStrings.path(copy.file())), NO_FD));
            } catch (IOException e) {
                refusal.addSuppressed(e);
            }
        }
        throw refusal;
    }

    private Spawned spawn(Program program) throws WorkerStartException {
        byte[] paths = CStrings.join(program.paths());
        int[] moves = descriptors.moves();
        int[] result = {-1, 0};
        byte[] step = new byte[STEP_BYTES];
        IntSupplier spawn = () -> Native.spawn(
                paths, program.fd(), arguments, launch.environment(), moves, launch.attributes(), result, step);

        // A child may have set its own PR_SET_PDEATHSIG, so what the warden has forked is always counted.
        boolean byWarden = launch.attributes().dieWithParent() || Warden.isCurrentThread();
        int pid = onceClosed(() -> {
            Arrays.fill(step, (byte) 0);
            return byWarden ? Warden.start(spawn) : spawn.getAsInt();
        });
        if (pid < 0) {
            String name = new String(step, StandardCharsets.UTF_8).trim();
            String tried = new FailedStep(launch, program.paths(), moves, arguments.length, name, result[1], -pid)
                    .describe();
            throw StartFailure.of(launch.program(), name, tried, -pid);
        }
        return new Spawned(pid, result[0], byWarden);
    }

    private interface Attempt {
        /** The pid or -errno. */
        int spawn() throws WorkerStartException;
    }

    /**
     * Another thread's fork may hold a copy of the descriptor with which the program was written, until its exec:
     * ETXTBSY. Any other writer is waited for just as long.
     */
    private static int onceClosed(Attempt attempt) throws WorkerStartException {
        long startNanos = System.nanoTime();
        int pid = attempt.spawn();
        while (pid == -Errno.ETXTBSY && System.nanoTime() - startNanos < BUSY_NANOS) {
            Uninterruptible.sleepMillis(BUSY_PAUSE_MILLIS);
            pid = attempt.spawn();
        }
        return pid;
    }
}
