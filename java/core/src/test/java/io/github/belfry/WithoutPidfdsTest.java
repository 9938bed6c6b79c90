package io.github.belfry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.PrintWriter;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** The suites of WorkerProcess once more, in a VM to which the newer system calls are refused. */
class WithoutPidfdsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "38 pidfd_open,pidfd_send_signal,close_range",
                "1 pidfd_open,pidfd_send_signal,close_range",
                "1 pidfd_send_signal"
            })
    void everythingWorks(String refusal) throws Exception {
        String[] errnoAndCalls = refusal.split(" ");
        OtherVm vm =
                OtherVm.java(SuitesMain.class).prepend(TestPrograms.path("refuse"), errnoAndCalls[0], errnoAndCalls[1]);
        for (Class<?> suite : new Class<?>[] {
            WorkerStartTest.class,
            WorkerExitTest.class,
            WorkerSignalTest.class,
            WorkerCloseTest.class,
            ManyWorkersTest.class,
            MasterEndTest.class
        }) {
            vm.argument(suite.getName());
        }
        assertThat(OtherVm.run(vm)).contains(" 0 tests failed ");
    }

    static final class SuitesMain {
        public static void main(String[] args) throws Exception {
            if (Reaper.get().hasPidfds()) {
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
            System.exit(
                    listener.getSummary().getTotalFailureCount() == 0
                                    && listener.getSummary().getTestsSucceededCount() > 40
                            ? 0
                            : 1);
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
