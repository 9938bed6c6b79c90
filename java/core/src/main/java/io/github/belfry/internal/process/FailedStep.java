package io.github.belfry.internal.process;

import io.github.belfry.internal.sys.ChildAttributes;
import io.github.belfry.internal.sys.Errno;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;

/**
 * The step at which a child has failed, for the message: the system call with its argument, and more of the reason than
 * errno says.
 *
 * @param paths that were tried for the program; none when it ran from a descriptor
 * @param moves of descriptors, as {@link Descriptors#moves} has them
 * @param argumentBytes of the program and its arguments
 * @param call its name
 * @param index of the path, descriptor or limit
 */
record FailedStep(
        Launch launch, List<byte[]> paths, int[] moves, int argumentBytes, String call, int index, int errno) {

    String describe() {
        ChildAttributes attributes = launch.attributes();
        return switch (call) {
            case "execve" -> describeExec();
            case "open" -> "open /proc/self/oom_score_adj";
            case "write" -> "write " + attributes.oomScoreAdjust() + " to /proc/self/oom_score_adj";
            case "chdir" -> "chdir " + launch.directory();
            case "setrlimit" -> "setrlimit " + launch.limits().get(index);
            case "fcntl", "dup2" -> call + " for descriptor " + moves[2 * index + 1];
            case "sched_setaffinity" ->
                "sched_setaffinity " + BitSet.valueOf(Objects.requireNonNull(attributes.cpus()));
            case "setpriority" -> "setpriority " + attributes.nice();
            case "setgroups", "setresgid", "setresuid" ->
                call + " (user " + attributes.uid() + ", group " + attributes.gid() + ")";
            default -> call;
        };
    }

    private String describeExec() {
        if (paths.isEmpty()) {
            return "execve (its memfd)";
        }
        if (errno == Errno.ENOENT) {
            return describeMissing();
        }
        String tried = execve(paths.get(index));
        return switch (errno) {
            case Errno.E2BIG ->
                tried + " (" + (launch.command().size() - 1) + " arguments, "
                        + (argumentBytes + launch.environment().length) + " bytes with the environment)";
            case Errno.ENOEXEC -> tried + " (no program, and no #! line)";
            default -> tried;
        };
    }

    /** Of the program, or of what it names as its interpreter. */
    private String describeMissing() {
        for (byte[] path : paths) {
            String interpreter = Interpreter.missing(path, launch.attributes().directory());
            if (interpreter != null) {
                return execve(path) + " (its interpreter is missing: " + interpreter + ")";
            }
        }
        String tried = execve(paths.get(index));
        return paths.size() == 1
                ? tried
                : tried + " and the rest of PATH=" + new String(Spawner.path(), StandardCharsets.UTF_8);
    }

    private String execve(byte[] path) {
        String text = new String(path, StandardCharsets.UTF_8);
        boolean isRelative = !text.startsWith("/") && launch.directory() != null;
        return "execve " + text + (isRelative ? " in " + launch.directory() : "");
    }
}
