package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.SharedMapping;
import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerProcess;
import io.github.belfry.support.Await;
import io.github.belfry.support.Leftovers;
import io.github.belfry.support.Requests;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one worker of a pool has that the others don't, and what none can have. */
class PoolEachWorkerTest {
    private static String environment(long pid, String name) throws Exception {
        return Files.readString(Path.of("/proc/" + pid + "/environ"))
                .lines()
                .flatMap(all -> List.of(all.split("\0")).stream())
                .filter(entry -> entry.startsWith(name + "="))
                .findFirst()
                .orElse("");
    }

    private static List<String> models(WorkerPool pool) throws Exception {
        List<String> models = new ArrayList<>();
        for (long pid : pool.pids()) {
            models.add(environment(pid, "MODEL"));
        }
        return models;
    }

    @Test
    void eachIndexIsAskedOnceAndARestartedWorkerHasTheSame() throws Exception {
        List<Integer> asked = new ArrayList<>();
        WorkerPool.Builder builder = Requests.crash()
                .workers(3)
                .process(worker -> worker.environment("MODEL", "all").environment("COMMON", "yes"))
                .processEach((worker, index) -> {
                    asked.add(index);
                    worker.environment("MODEL", "number " + index);
                })
                .processEach((worker, index) -> worker.environment("SECOND", "too"));
        assertThat(asked).isEmpty();
        try (WorkerPool pool = builder.start()) {
            assertThat(asked).containsExactly(0, 1, 2);
            List<String> expected = List.of("MODEL=number 0", "MODEL=number 1", "MODEL=number 2");
            assertThat(models(pool)).isEqualTo(expected);
            long second = pool.pids().get(1);
            assertThat(environment(second, "COMMON")).isEqualTo("COMMON=yes");
            assertThat(environment(second, "SECOND")).isEqualTo("SECOND=too");
            Requests.signal(second, Signal.KILL);
            Await.until(
                    "another one runs",
                    () -> pool.pids().size() == 3 && !pool.pids().contains(second));
            Await.until("as it was", () -> models(pool).equals(expected));
            assertThat(asked).hasSize(3);
        }
        try (WorkerPool again = builder.workers(2).start()) {
            assertThat(asked).containsExactly(0, 1, 2, 0, 1);
            assertThat(models(again)).containsExactly("MODEL=number 0", "MODEL=number 1");
        }
    }

    @Test
    void onlySomeMayOutliveTheMaster() throws Exception {
        try (WorkerPool pool = Requests.crash()
                .workers(2)
                .processEach((worker, index) -> worker.dieWithParent(index == 0))
                .start()) {
            assertThat(Requests.ask(pool, "attempt")).isEqualTo("1");
        }
    }

    @Test
    void whatItThrowsStartThrowsAndNothingIsLeft() throws Exception {
        Leftovers before = Leftovers.before(Requests.crash());
        IllegalStateException mine = new IllegalStateException("mine");
        WorkerPool.Builder builder = Requests.crash().workers(2).processEach((worker, index) -> {
            if (index == 1) {
                throw mine;
            }
        });
        assertThatThrownBy(builder::start).isSameAs(mine);
        try (SharedMapping mapping = SharedMapping.anonymous("table", 4096)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Requests.crash()
                            .processEach((worker, index) -> worker.passMapping(6, mapping))
                            .start());
        }
        assertThatNullPointerException().isThrownBy(() -> Requests.crash().processEach(null));
        before.awaitAgain();
    }

    @ParameterizedTest
    @ValueSource(strings = {"stdin", "stdout", "stderr"})
    void aPipeIsRefusedWhenThePoolIsBuilt(String stream) throws Exception {
        BiFunction<WorkerProcess.Builder, Stdio, WorkerProcess.Builder> set = switch (stream) {
            case "stdin" -> WorkerProcess.Builder::stdin;
            case "stdout" -> WorkerProcess.Builder::stdout;
            default -> WorkerProcess.Builder::stderr;
        };
        WorkerPool.Builder builder = Requests.crash();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.process(worker -> set.apply(worker, Stdio.PIPE)))
                .withMessageContaining(stream)
                .withMessageContaining("Stdio.PIPE");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Requests.crash()
                        .processEach((worker, index) -> set.apply(worker, Stdio.PIPE))
                        .start())
                .withMessageContaining(stream);
        builder.process(worker -> set.apply(set.apply(worker, Stdio.PIPE), Stdio.NULL));
        try (WorkerPool pool = builder.start()) {
            assertThat(Requests.ask(pool, "attempt")).isEqualTo("1");
        }
    }

    @Test
    void whatWasRefusedIsNotSet() throws Exception {
        WorkerPool.Builder builder = Requests.crash();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.process(
                        worker -> worker.environment("MODEL", "x").stdout(Stdio.PIPE)));
        try (WorkerPool pool = builder.start()) {
            assertThat(models(pool)).containsExactly("");
        }
    }
}
