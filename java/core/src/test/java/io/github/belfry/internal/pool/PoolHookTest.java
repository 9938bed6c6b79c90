package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.PoolUnavailableException;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.Requests;
import org.junit.jupiter.api.Test;

/** A request that the application's own shutdown hook sends, with the pool's hook and without. */
class PoolHookTest {
    static final class LastRequests {
        public static void main(String[] args) throws Exception {
            WorkerPool pool =
                    Requests.crash().shutdownHook(Boolean.parseBoolean(args[0])).start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                // The hooks run at the same time: with the pool's own, a request is refused at some moment.
                try {
                    for (int i = 0; i < 1000 || Boolean.parseBoolean(args[0]); i++) {
                        pool.call(Requests.bytes("attempt"));
                    }
                    System.out.println("all answered");
                } catch (PoolUnavailableException e) {
                    System.out.println("refused");
                }
                pool.close();
            }));
        }
    }

    private static String run(boolean hook) throws Exception {
        return OtherVm.run(OtherVm.java(LastRequests.class).argument(Boolean.toString(hook)));
    }

    @Test
    void withoutThePoolsHookTheyAreAnswered() throws Exception {
        assertThat(run(false)).contains("all answered");
    }

    @Test
    void withThePoolsHookTheyAreRefused() throws Exception {
        assertThat(run(true)).contains("refused");
    }
}
