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
import org.jspecify.annotations.Nullable;

/** Carries out one start: opens what the child is to have, spawns it, and has it watched. */
public final class Spawner {
    private static final long BUSY_NANOS = 1_000_000_000;
    private static final long BUSY_PAUSE_MILLIS = 5;
    private static final int STEP_BYTES = 32;
    private static final int NO_FD = -1;

    /** The step in which a child registers; belfry_spawn.h has the name. */
    private static final String REGISTRATION = "keeper";

    /** So many keepers may end under one start. */
    private static final int KEEPERS = 3;

    private static final byte[] DEFAULT_PATH = CStrings.utf8("/bin:/usr/bin");

    private final Launch launch;
    private final byte[] arguments;
    private final Descriptors descriptors;
    private final Reaper reaper;

    private Spawner(Launch launch, Descriptors descriptors, Reaper reaper) {
        this.launch = launch;
        this.reaper = reaper;
        List<byte[]> command = new ArrayList<>();
        for (String argument : launch.command()) {
            command.add(CStrings.utf8(argument));
        }
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
        try (Descriptors descriptors = new Descriptors(launch, given);
                Spawned spawned = new Spawner(launch, descriptors, reaper).spawn()) {
            descriptors.closeChildEnds();
            Child child = new Child(
                    launch.program(),
                    spawned.pid(),
                    spawned.pidfd(),
                    launch.attributes().ownGroup(),
                    descriptors.takePipes(),
                    spawned::ended);
            if (launch.groupEndsWithLeader()) {
                child.killGroupAtEnd();
            }
            spawned.list(child, reaper);
            child.watch(reaper);
            return child;
        } finally {
            Reaper.release();
        }
    }

    /** The pid of a process that the caller, which holds the reaper, has to reap. Blocks as {@code start} does. */
    static int startUnwatched(Reaper reaper, Launch launch, Descriptors.Given... given) throws IOException {
        try (Descriptors descriptors = new Descriptors(launch, given);
                Spawned spawned = new Spawner(launch, descriptors, reaper).spawn()) {
            Native.close(spawned.pidfd());
            return spawned.pid();
        }
    }

    /** What to run: paths to try, or a descriptor. */
    private record Program(List<byte[]> paths, int fd) {}

    /** A child, and what ends it with the VM. */
    private record Spawned(int pid, int pidfd, @Nullable Keeper keeper, boolean byWarden) implements AutoCloseable {
        void list(Child child, Reaper reaper) {
            if (keeper != null) {
                keeper.list(child, reaper);
            }
        }

        void ended(Child child) {
            if (keeper != null) {
                Keeper.forget(child);
            }
            if (byWarden) {
                Warden.childEnded();
            }
        }

        /** The start is over. */
        @Override
        public void close() {
            if (keeper != null) {
                keeper.leave();
            }
        }
    }

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
        // A child may have set its own PR_SET_PDEATHSIG, so what the warden has forked is always counted.
        boolean inWarden = Warden.isCurrentThread();
        boolean dies = launch.attributes().dieWithParent();
        Spawned kept = dies && !inWarden ? spawnKept(program) : null;
        if (kept != null) {
            return kept;
        }
        Attempt attempt = new Attempt(program, null);
        boolean byWarden = dies || inWarden;
        if (byWarden) {
            onceClosed(() -> Warden.start(attempt));
        } else {
            onceClosed(attempt::getAsInt);
        }
        return attempt.result(byWarden);
    }

    /** Null: there is no keeper that it could register with. */
    private @Nullable Spawned spawnKept(Program program) throws WorkerStartException {
        for (int tries = 0; tries < KEEPERS; tries++) {
            Keeper keeper = Keeper.enter(reaper);
            if (keeper == null) {
                return null;
            }
            boolean started = false;
            try {
                Attempt attempt = new Attempt(program, keeper);
                started = onceClosed(attempt::getAsInt) > 0;
                if (started || !attempt.step().equals(REGISTRATION)) {
                    return attempt.result(false);
                }
                if (!attempt.sawKeeperEnded()) {
                    return null;
                }
                keeper.seenEnded(reaper);
            } finally {
                if (!started) {
                    keeper.leave();
                }
            }
        }
        return null;
    }

    /** One call of the native. */
    private final class Attempt implements IntSupplier {
        private final Program program;
        private final @Nullable Keeper keeper;
        private final int[] moves = descriptors.moves();
        private final int[] result = {-1, 0};
        private final byte[] step = new byte[STEP_BYTES];
        private int pid;

        Attempt(Program program, @Nullable Keeper keeper) {
            this.program = program;
            this.keeper = keeper;
        }

        @Override
        public int getAsInt() {
            Arrays.fill(step, (byte) 0);
            pid = Native.spawn(
                    CStrings.join(program.paths()),
                    program.fd(),
                    arguments,
                    launch.environment(),
                    moves,
                    launch.attributes(),
                    keeper == null ? NO_FD : keeper.socket(),
                    keeper == null ? NO_FD : keeper.bell(),
                    result,
                    step);
            return pid;
        }

        String step() {
            return new String(step, StandardCharsets.UTF_8).trim();
        }

        boolean sawKeeperEnded() {
            return pid == -Errno.EPIPE || pid == -Errno.ECONNRESET;
        }

        Spawned result(boolean byWarden) throws WorkerStartException {
            if (pid < 0) {
                String tried = new FailedStep(
                                launch, program.paths(), moves, arguments.length, step(), result[1], -pid)
                        .describe();
                throw StartFailure.of(launch.program(), step(), tried, -pid);
            }
            return new Spawned(pid, result[0], keeper, byWarden);
        }
    }

    private interface Try {
        /** The pid or -errno. */
        int spawn() throws WorkerStartException;
    }

    /**
     * Another thread's fork may hold a copy of the descriptor with which the program was written, until its exec:
     * ETXTBSY. Any other writer is waited for just as long.
     */
    private static int onceClosed(Try attempt) throws WorkerStartException {
        long startNanos = System.nanoTime();
        int pid = attempt.spawn();
        while (pid == -Errno.ETXTBSY && System.nanoTime() - startNanos < BUSY_NANOS) {
            Uninterruptible.sleepMillis(BUSY_PAUSE_MILLIS);
            pid = attempt.spawn();
        }
        return pid;
    }
}
