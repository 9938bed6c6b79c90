package io.github.belfry;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** What a {@link WorkerProcess.Builder} has collected, and the start itself. */
final class Launch {
    private static final int UNCHANGED = -1;
    private static final int HIGHEST_DESCRIPTOR = 1 << 30;
    private static final int BUSY_TRIES = 50;
    private static final long BUSY_PAUSE_MILLIS = 10;
    private static final int STEP_BYTES = 32;
    private static final byte[] DEFAULT_PATH = CStrings.utf8("/bin:/usr/bin");

    private final List<String> command;
    private final @Nullable BundledWorker bundled;
    private final SortedMap<Integer, SharedMapping> mappings = new TreeMap<>();
    private final byte[] arguments;
    private long[] limits = {};
    private final List<ResourceLimit> limited = new ArrayList<>();

    final Environment environment = new Environment();
    final Stdio[] stdio = {Stdio.INHERIT, Stdio.INHERIT, Stdio.INHERIT};

    @Nullable
    Path directory;

    long blockedSignals;
    boolean ownGroup;
    boolean groupDiesWithLeader;
    boolean dieWithParent = true;
    byte @Nullable [] cpus;
    int umask = UNCHANGED;

    @Nullable
    Integer nice;

    int uid = UNCHANGED;
    int gid = UNCHANGED;
    Duration closeGrace = Duration.ofSeconds(5);

    Launch(List<String> command, @Nullable BundledWorker bundled) {
        this.command = List.copyOf(command);
        this.bundled = bundled;
        if (this.command.isEmpty() || this.command.get(0).isEmpty()) {
            throw new IllegalArgumentException("the command is empty");
        }
        this.command.forEach(argument -> CStrings.withoutNul(argument, "the command"));
        this.arguments = CStrings.joinText(this.command);
    }

    /** The same as a worker of a pool, whatever becomes of the builder. */
    Launch forPool() {
        Launch launch = copy();
        launch.stdio[0] = Stdio.NULL;
        launch.ownGroup = true;
        launch.groupDiesWithLeader = true;
        launch.blockedSignals |= 1L << (Signal.USR1.number() - 1);
        launch.environment.put("BELFRY_VERSION", Integer.toString(Layout.VERSION));
        return launch;
    }

    private Launch copy() {
        Launch copy = new Launch(command, bundled);
        copy.mappings.putAll(mappings);
        copy.limits = limits.clone();
        copy.limited.addAll(limited);
        copy.environment.copyFrom(environment);
        System.arraycopy(stdio, 0, copy.stdio, 0, stdio.length);
        copy.directory = directory;
        copy.blockedSignals = blockedSignals;
        copy.ownGroup = ownGroup;
        copy.groupDiesWithLeader = groupDiesWithLeader;
        copy.dieWithParent = dieWithParent;
        copy.cpus = cpus;
        copy.umask = umask;
        copy.nice = nice;
        copy.uid = uid;
        copy.gid = gid;
        copy.closeGrace = closeGrace;
        return copy;
    }

    static List<String> commandOf(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(program);
        command.addAll(List.of(arguments));
        return command;
    }

    static int inRange(int value, int low, int high, String what) {
        if (value < low || value > high) {
            throw new IllegalArgumentException(what + " is " + value + ", not in " + low + " to " + high);
        }
        return value;
    }

    static byte[] cpuMask(int... cpus) {
        if (cpus.length == 0) {
            throw new IllegalArgumentException("no processor is given");
        }
        BitSet mask = new BitSet();
        for (int cpu : cpus) {
            mask.set(inRange(cpu, 0, 1 << 16, "a processor"));
        }
        return mask.toByteArray();
    }

    void passMapping(int childFd, SharedMapping mapping) {
        inRange(childFd, 3, HIGHEST_DESCRIPTOR, "the descriptor of a mapping");
        Objects.requireNonNull(mapping);
        if (mappings.putIfAbsent(childFd, mapping) != null) {
            throw new IllegalArgumentException("descriptor " + childFd + " is already a mapping");
        }
    }

    void limit(ResourceLimit resource, long soft, long hard) {
        if (soft < ResourceLimit.UNLIMITED || hard < ResourceLimit.UNLIMITED) {
            throw new IllegalArgumentException("a limit of " + resource + " is negative: " + soft + ", " + hard);
        }
        limits = Arrays.copyOf(limits, limits.length + 3);
        limits[limits.length - 3] = resource.number;
        limits[limits.length - 2] = soft;
        limits[limits.length - 1] = hard;
        limited.add(resource);
    }

    /** Throws IllegalArgumentException when a mapping is to have one of them. */
    void checkFree(int fromFd, int toFd) {
        for (int fd : mappings.keySet()) {
            if (fd >= fromFd && fd <= toFd) {
                throw new IllegalArgumentException("descriptors " + fromFd + " to " + toFd
                        + " of a pool's worker are taken: a mapping can't have " + fd);
            }
        }
    }

    /**
     * Starts it.
     *
     * @param given descriptors that become its numbers 3, 4, ...; they stay the caller's
     */
    WorkerProcess start(int... given) throws IOException {
        Reaper reaper = Reaper.get();
        try (Descriptors descriptors = new Descriptors(program(), stdio.length + given.length + mappings.size())) {
            for (int fd = 0; fd < stdio.length; fd++) {
                descriptors.addStdio(fd, stdio[fd]);
            }
            for (int i = 0; i < given.length; i++) {
                descriptors.addGiven(stdio.length + i, given[i]);
            }
            for (Map.Entry<Integer, SharedMapping> mapping : mappings.entrySet()) {
                descriptors.addMapping(mapping.getKey(), mapping.getValue());
            }
            Spawned spawned = bundled == null
                    ? spawn(reaper, descriptors, new Program(candidates(), UNCHANGED))
                    : spawnBundled(reaper, descriptors, bundled);
            descriptors.closeChildEnds();
            Child child = new Child(program(), spawned.pid(), spawned.pidfd(), ownGroup, descriptors.takePipes());
            if (groupDiesWithLeader) {
                child.killGroupAtEnd();
            }
            watch(reaper, child);
            return new WorkerProcess(child, closeGrace);
        }
    }

    /** What to run: paths to try, or a descriptor. */
    private record Program(List<byte[]> paths, int fd) {}

    private record Spawned(int pid, int pidfd) {}

    String program() {
        return command.get(0);
    }

    private List<byte[]> candidates() {
        byte[] program = CStrings.utf8(program());
        if (program().indexOf('/') >= 0) {
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

    private static byte[] path() {
        return Environment.own("PATH").orElse(DEFAULT_PATH);
    }

    private Spawned spawnBundled(Reaper reaper, Descriptors descriptors, BundledWorker worker) throws IOException {
        try {
            return spawn(reaper, descriptors, new Program(List.of(), worker.memfd()));
        } catch (WorkerStartException e) {
            if (!mayBeRefusal(e)) {
                throw e;
            }
            return spawnFromFile(reaper, descriptors, worker, e);
        }
    }

    /** Of a memfd that may not be made, not be sealed, or not be executed. */
    private static boolean mayBeRefusal(WorkerStartException e) {
        boolean aboutMemfd =
                List.of("memfd_create", BundledWorker.SEALING, "execve").contains(e.step());
        return aboutMemfd && List.of("EACCES", "EPERM", "ENOSYS", "EINVAL").contains(e.errnoName());
    }

    private Spawned spawnFromFile(
            Reaper reaper, Descriptors descriptors, BundledWorker worker, WorkerStartException refusal)
            throws IOException {
        for (Path parent : PrivateCopy.parents()) {
            try (NamelessCopy copy = NamelessCopy.create(parent, program(), worker.open())) {
                return spawnOnceClosed(reaper, descriptors, copy.file());
            } catch (IOException e) {
                refusal.addSuppressed(e);
            }
        }
        for (Path parent : PrivateCopy.parents()) {
            try (PrivateCopy copy = PrivateCopy.create(parent, program(), worker.open())) {
                return spawnOnceClosed(reaper, descriptors, copy.file());
            } catch (IOException e) {
                refusal.addSuppressed(e);
            }
        }
        throw refusal;
    }

    /**
     * Somebody else's fork may still hold our descriptor of the file that we have just written and closed, until it
     * comes to its exec: ETXTBSY.
     */
    private Spawned spawnOnceClosed(Reaper reaper, Descriptors descriptors, Path file) throws IOException {
        Program program = new Program(List.of(CStrings.path(file)), UNCHANGED);
        for (int tries = 1; ; tries++) {
            try {
                return spawn(reaper, descriptors, program);
            } catch (WorkerStartException e) {
                if (!e.errnoName().equals("ETXTBSY") || tries == BUSY_TRIES) {
                    throw e;
                }
            }
            Uninterruptible.sleepMillis(BUSY_PAUSE_MILLIS);
        }
    }

    private Spawned spawn(Reaper reaper, Descriptors descriptors, Program program) throws WorkerStartException {
        byte[] paths = CStrings.join(program.paths());
        byte[] variables = environment.encode();
        byte[] directoryBytes = directory == null ? null : CStrings.path(directory);
        int[] moves = descriptors.moves();
        int[] result = {-1, 0};
        byte[] step = new byte[STEP_BYTES];
        boolean withPidfd = reaper.hasPidfds();
        IntSupplier spawn = () -> Native.spawn(
                paths,
                program.fd(),
                arguments,
                variables,
                directoryBytes,
                moves,
                limits,
                cpus,
                blockedSignals,
                umask,
                nice != null,
                nice == null ? 0 : nice,
                uid,
                gid,
                ownGroup,
                dieWithParent,
                withPidfd,
                result,
                step);

        int pid = dieWithParent ? Warden.get().start(spawn) : spawn.getAsInt();
        if (pid < 0) {
            String name = new String(step, StandardCharsets.UTF_8).trim();
            throw WorkerStartException.of(program(), name, describe(name, result[1], program, moves, -pid), -pid);
        }
        return new Spawned(pid, result[0]);
    }

    /** The failed call with its argument. */
    private String describe(String step, int index, Program program, int[] moves, int errno) {
        return switch (step) {
            case "execve" -> describeProgram(index, program, errno);
            case "chdir" -> "chdir " + directory;
            case "setrlimit" ->
                "setrlimit " + limited.get(index) + " (soft " + limits[3 * index + 1] + ", hard "
                        + limits[3 * index + 2] + ")";
            case "fcntl", "dup2" -> step + " for descriptor " + moves[2 * index + 1];
            case "sched_setaffinity" -> "sched_setaffinity " + BitSet.valueOf(Objects.requireNonNull(cpus));
            case "setpriority" -> "setpriority " + nice;
            case "setgroups", "setresgid", "setresuid" -> step + " (user " + uid + ", group " + gid + ")";
            default -> step;
        };
    }

    private String describeProgram(int index, Program program, int errno) {
        if (program.paths().isEmpty()) {
            return "execve (its memfd)";
        }
        String path = new String(program.paths().get(index), StandardCharsets.UTF_8);
        if (program.paths().size() > 1 && errno == Errno.ENOENT) {
            return "execve " + path + " and the rest of PATH=" + new String(path(), StandardCharsets.UTF_8);
        }
        String tried = "execve " + path + (path.startsWith("/") || directory == null ? "" : " in " + directory);
        return switch (errno) {
            case Errno.E2BIG ->
                tried + " (" + (command.size() - 1) + " arguments, " + (arguments.length + environment.encode().length)
                        + " bytes with the environment)";
            case Errno.ENOENT -> tried + (isScript(path) ? " (a script: its interpreter is missing)" : "");
            case Errno.ENOEXEC -> tried + " (no program, and no #! line)";
            default -> tried;
        };
    }

    private boolean isScript(String path) {
        try (var in = Files.newInputStream(directory == null ? Path.of(path) : directory.resolve(path))) {
            return in.read() == '#' && in.read() == '!';
        } catch (IOException | InvalidPathException e) {
            return false;
        }
    }

    /** On failure the child is ended and reaped. */
    private static void watch(Reaper reaper, Child child) throws WorkerStartException {
        try {
            reaper.watch(child);
        } catch (WorkerStartException | RuntimeException | Error e) {
            child.signalToEnd(Signal.KILL);
            Native.awaitPid(child.pid());
            child.reap(reaper);
            child.pipes().close();
            throw e;
        }
    }
}
