package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.belfry.internal.pool.PoolDeathTest;
import io.github.belfry.internal.pool.PoolReadyTest;
import io.github.belfry.internal.pool.PoolReplyTest;
import io.github.belfry.internal.pool.PoolStopTest;
import io.github.belfry.internal.process.Child;
import io.github.belfry.internal.process.MasterEndTest;
import io.github.belfry.internal.process.WorkerCloseTest;
import io.github.belfry.internal.process.WorkerExitTest;
import io.github.belfry.internal.process.WorkerFilterTest;
import io.github.belfry.internal.process.WorkerGroupTest;
import io.github.belfry.internal.process.WorkerPipeTest;
import io.github.belfry.internal.process.WorkerSignalTest;
import io.github.belfry.internal.process.WorkerStartFailureTest;
import io.github.belfry.internal.process.WorkerStartTest;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.Proof;
import io.github.belfry.support.TestPrograms;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** The suites of WorkerProcess and WorkerPool once more, in a VM to which the newer system calls are refused. */
@Tag(Proof.TAG)
class WithoutPidfdsTest {
    private static final String OLD_KERNEL = "38 pidfd_open,pidfd_send_signal,close_range";
    private static final String STRICT_CONTAINER = "1 pidfd_open,pidfd_send_signal,close_range";
    private static final String ONLY_THE_SIGNAL = "1 pidfd_send_signal";
    private static final List<Class<?>> PROCESS_SUITES = List.of(
            WorkerStartTest.class,
            WorkerStartFailureTest.class,
            WorkerExitTest.class,
            WorkerSignalTest.class,
            WorkerCloseTest.class,
            WorkerGroupTest.class,
            WorkerPipeTest.class,
            WorkerFilterTest.class,
            ManyWorkersTest.class,
            MasterEndTest.class);

    @Test
    void theSuitesPassWithoutPidfds() throws Exception {
        int tests = 0;
        if (Proof.isWhole()) {
            List<Class<?>> suites = new ArrayList<>(PROCESS_SUITES);
            suites.addAll(poolSuites());
            tests += run(OLD_KERNEL, suites);
            tests += run(STRICT_CONTAINER, suites);
            tests += run(ONLY_THE_SIGNAL, PROCESS_SUITES);
        } else {
            tests += run(OLD_KERNEL, List.of(WorkerSignalTest.class, PoolReadyTest.class));
            tests += run(STRICT_CONTAINER, List.of(WorkerCloseTest.class, PoolReplyTest.class));
            tests += run(ONLY_THE_SIGNAL, List.of(WorkerSignalTest.class));
        }
        Proof.counted(
                "without pidfds and close_range",
                "%d tests of processes and pools as with them, in 3 ways of refusal, 0 failed",
                tests);
    }

    /** By their name, so that a new one takes part. */
    private static List<Class<?>> poolSuites() throws Exception {
        Path directory = Path.of(PoolDeathTest.class.getResource("PoolDeathTest.class").toURI())
                .getParent();
        List<Class<?>> suites = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                if (name.matches("Pool[A-Za-z]*Test\\.class")) {
                    suites.add(Class.forName(PoolDeathTest.class.getPackageName() + "." + name.replace(".class", "")));
                }
            }
        }
        assertThat(suites).contains(PoolDeathTest.class, PoolStopTest.class);
        return suites;
    }

    /** How many tests have succeeded; none may fail. */
    private static int run(String refusal, List<Class<?>> suites) throws Exception {
        String[] errnoAndCalls = refusal.split(" ");
        OtherVm vm =
                OtherVm.java(SuitesMain.class).prepend(TestPrograms.path("refuse"), errnoAndCalls[0], errnoAndCalls[1]);
        suites.forEach(suite -> vm.argument(suite.getName()));
        String output = OtherVm.run(vm);
        assertThat(output).contains(" 0 tests failed ", " 0 containers failed ");
        Matcher succeeded = Pattern.compile("([0-9]+) tests successful").matcher(output);
        assertThat(succeeded.find()).isTrue();
        int tests = Integer.parseInt(succeeded.group(1));
        assertThat(tests).isGreaterThanOrEqualTo(4 * suites.size());
        return tests;
    }

    static final class SuitesMain {
        public static void main(String[] args) throws Exception {
            if (Child.canHavePidfd()) {
                throw new AssertionError("the filter has no effect");
            }
            LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                    .selectors(Arrays.stream(args)
                            .map(SuitesMain::load)
                            .map(type -> selectClass(type))
                            .toList())
                    .build();
            SummaryGeneratingListener listener = new SummaryGeneratingListener();
            LauncherFactory.create().execute(request, listener);
            listener.getSummary().printFailuresTo(new PrintWriter(System.out, true), 30);
            listener.getSummary().printTo(new PrintWriter(System.out, true));
            System.exit(listener.getSummary().getTotalFailureCount() == 0 ? 0 : 1);
        }

        private static Class<?> load(String name) {
            try {
                return Class.forName(name);
            } catch (ClassNotFoundException e) {
                throw new IllegalArgumentException(e);
            }
        }
    }
}
