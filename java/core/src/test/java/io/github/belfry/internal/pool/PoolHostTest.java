package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStartException;
import io.github.belfry.support.Requests;
import io.github.belfry.support.TestPrograms;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A shared object as a worker: {@code belfry-host} loads it. */
class PoolHostTest {
    @Test
    void itsModuleServes() throws Exception {
        try (WorkerPool pool = WorkerPool.bundled("belfry-host", TestPrograms.path("module_whole.so"))
                .workers(2)
                .start()) {
            assertThat(pool.call(Requests.bytes("x"))).isEqualTo(Requests.bytes("x"));
            byte[] reply = pool.call(1, 0, request -> {}, Requests::copy);
            assertThat(reply).isEmpty();
            assertThat(pool.stats().total().answered()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @CsvSource({"missing.so, No such file", "module_other.so, belfry_module", "reveal, cannot dynamically load"})
    void whatCannotBeLoadedFailsTheStartWithItsLine(String file, String reason) {
        String path = TestPrograms.path(file);
        WorkerStartException e = catchThrowableOfType(
                WorkerStartException.class,
                () -> WorkerPool.bundled("belfry-host", path).workers(1).start().close());
        assertThat(e.step()).isEqualTo("ready");
        assertThat(e.exit()).contains(new WorkerExit.Exited(2));
        assertThat(e.stderrTail().lines()).hasSize(1);
        assertThat(e.stderrTail()).contains(path, reason);
        assertThat(e).hasMessageContaining(e.stderrTail().strip());
    }
}
