package io.github.belfry;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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

    private final List<String> command;
    private final @Nullable BundledWorker bundled;
    private final SortedMap<Integer, SharedMapping> mappings = new TreeMap<>();
    private final List<Long> limits = new ArrayList<>();
    private final List<Resource> limited = new ArrayList<>();

    final Environment environment = new Environment();
    final Stdio[] stdio = {Stdio.INHERIT, Stdio.INHERIT, Stdio.INHERIT};

    @Nullable
    Path directory;

    long heldSignals;
    boolean ownGroup;
    boolean dieWithMaster = true;
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

    void limit(Resource resource, long soft, long hard) {
        if (soft < Resource.UNLIMITED || hard < Resource.UNLIMITED) {
            throw new IllegalArgumentException("a limit of " + resource + " is negative: " + soft + ", " + hard);
        }
        limits.addAll(List.of((long) resource.number, soft, hard));
        limited.add(resource);
    }

    WorkerProcess start() throws IOException {
        Warden warden = Warden.get();
        try (Descriptors descriptors = new Descriptors(program())) {
            for (int fd = 0; fd < stdio.length; fd++) {
                descriptors.addStdio(fd, stdio[fd]);
            }
            for (Map.Entry<Integer, SharedMapping> mapping : mappings.entrySet()) {
                descriptors.addMapping(mapping.getKey(), mapping.getValue());
            }
            Child child = bundled == null
                    ? spawn(warden, descriptors, new Program(candidates(), UNCHANGED))
                    : spawnBundled(warden, descriptors, bundled);
            watch(warden, child);
            return new WorkerProcess(child, closeGrace);
        }
    }

    /** What to run: paths to try, or a descriptor. */
    private record Program(List<String> paths, int fd) {}

    private String program() {
        return command.get(0);
    }

    private List<String> candidates() {
        String program = program();
        if (program.indexOf('/') >= 0) {
            return List.of(program);
        }
        List<String> candidates = new ArrayList<>();
        for (String entry : path().split(":", -1)) {
            candidates.add(entry.isEmpty() ? program : entry + "/" + program);
        }
        return candidates;
    }

    private static String path() {
        return Objects.requireNonNullElse(System.getenv("PATH"), "/bin:/usr/bin");
    }

    private Child spawnBundled(Warden warden, Descriptors descriptors, BundledWorker worker) throws IOException {
        try {
            return spawn(warden, descriptors, new Program(List.of(), worker.memfd()));
        } catch (WorkerStartException e) {
            if (!mayBeRefusal(e)) {
                throw e;
            }
            return spawnFromFile(warden, descriptors, worker, e);
        }
    }

    /** Of a memfd that may not be made, or not be executed. */
    private static boolean mayBeRefusal(WorkerStartException e) {
        boolean aboutMemfd = List.of("memfd_create", "execve").contains(e.step());
        return aboutMemfd && List.of("EACCES", "EPERM", "ENOSYS", "EINVAL").contains(e.errnoName());
    }

    private Child spawnFromFile(
            Warden warden, Descriptors descriptors, BundledWorker worker, WorkerStartException refusal)
            throws IOException {
        for (Path parent : PrivateCopy.parents()) {
            try (PrivateCopy copy = PrivateCopy.create(parent, program(), worker.open())) {
                return spawnOnceClosed(
                        warden, descriptors, new Program(List.of(copy.file().toString()), UNCHANGED));
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
    private Child spawnOnceClosed(Warden warden, Descriptors descriptors, Program program) throws IOException {
        for (int tries = 1; ; tries++) {
            try {
                return spawn(warden, descriptors, program);
            } catch (WorkerStartException e) {
                if (!e.errnoName().equals("ETXTBSY") || tries == BUSY_TRIES) {
                    throw e;
                }
                pause();
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(BUSY_PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Child spawn(Warden warden, Descriptors descriptors, Program program) throws WorkerStartException {
        byte[] paths = CStrings.joinText(program.paths());
        byte[] arguments = CStrings.joinText(command);
        byte[] variables = environment.encode();
        byte[] directoryBytes = directory == null ? null : CStrings.utf8(directory.toString());
        int[] moves = descriptors.moves();
        long[] triples = limits.stream().mapToLong(Long::longValue).toArray();
        int[] result = {-1, 0};
        byte[] step = new byte[32];
        boolean withPidfd = warden.hasPidfds();
        IntSupplier spawn = () -> Native.spawn(
                paths,
                program.fd(),
                arguments,
                variables,
                directoryBytes,
                moves,
                triples,
                cpus,
                heldSignals,
                umask,
                nice != null,
                nice == null ? 0 : nice,
                uid,
                gid,
                ownGroup,
                dieWithMaster,
                withPidfd,
                result,
                step);

        int pid = dieWithMaster ? warden.inWardenThread(spawn) : spawn.getAsInt();
        if (pid < 0) {
            String name = new String(step, StandardCharsets.UTF_8).trim();
            throw WorkerStartException.of(program(), name, describe(name, result[1], program, moves), -pid);
        }
        return new Child(program(), pid, result[0], ownGroup, descriptors.takePipes());
    }

    /** The failed call with its argument. */
    private String describe(String step, int index, Program program, int[] moves) {
        return switch (step) {
            case "execve" -> describeProgram(index, program);
            case "chdir" -> "chdir " + directory;
            case "setrlimit" ->
                "setrlimit " + limited.get(index) + " (soft " + limits.get(3 * index + 1) + ", hard "
                        + limits.get(3 * index + 2) + ")";
            case "dup2" -> "dup2 to descriptor " + moves[2 * index + 1];
            case "sched_setaffinity" -> "sched_setaffinity " + BitSet.valueOf(Objects.requireNonNull(cpus));
            case "setpriority" -> "setpriority " + nice;
            case "setgroups", "setresgid", "setresuid" -> step + " (user " + uid + ", group " + gid + ")";
            default -> step;
        };
    }

    private String describeProgram(int index, Program program) {
        if (program.paths().isEmpty()) {
            return "execve (its memfd)";
        }
        String path = program.paths().get(index);
        Path file = directory == null ? Path.of(path) : directory.resolve(path);
        if (!Files.exists(file)) {
            return program.paths().size() > 1 ? "execve " + path + " and the rest of PATH=" + path() : "execve " + file;
        }
        int bytes = CStrings.joinText(command).length + environment.encode().length;
        return "execve " + file + " (" + (command.size() - 1) + " arguments, " + bytes + " bytes with the environment"
                + (isScript(file) ? "; a script whose interpreter may be missing" : "") + ")";
    }

    private static boolean isScript(Path file) {
        try (var in = Files.newInputStream(file)) {
            return in.read() == '#' && in.read() == '!';
        } catch (IOException e) {
            return false;
        }
    }

    /** On failure the child is ended and reaped. */
    private static void watch(Warden warden, Child child) throws WorkerStartException {
        try {
            warden.watch(child);
        } catch (WorkerStartException | RuntimeException | Error e) {
            child.signalToEnd(Signal.KILL);
            Native.awaitPid(child.pid());
            child.reap(warden);
            child.pipes().close();
            throw e;
        }
    }
}
