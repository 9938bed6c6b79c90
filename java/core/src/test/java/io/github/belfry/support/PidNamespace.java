package io.github.belfry.support;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerStartException;
import java.util.ArrayList;
import java.util.List;

/** A pid namespace of the test's own, in which it may choose pids and signal all processes. */
public final class PidNamespace {
    private static final List<String> UNSHARE =
            List.of("unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "--");
    private static final List<String> AS_ROOT = List.of("unshare", "--user", "--map-root-user", "--");

    private PidNamespace() {}

    /** The command that runs another as the first process of a new one; the test is skipped where that is refused. */
    public static String[] command() throws Exception {
        List<String> command = UNSHARE;
        if (!works(command)) {
            command = new ArrayList<>(AS_ROOT);
            command.addAll(UNSHARE);
        }
        assumeTrue(works(command), "neither root nor allowed to make a user namespace: no pid namespace");
        return command.toArray(String[]::new);
    }

    private static boolean works(List<String> command) throws Exception {
        List<String> trial = new ArrayList<>(command);
        trial.add("true");
        try {
            return TestPrograms.run(trial.toArray(String[]::new)).equals(new WorkerExit.Exited(0));
        } catch (WorkerStartException noSuchProgram) {
            return false;
        }
    }
}
