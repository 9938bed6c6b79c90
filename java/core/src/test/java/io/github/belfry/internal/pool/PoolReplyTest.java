package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.WorkerFaultException;
import io.github.belfry.WorkerPool;
import io.github.belfry.support.Requests;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a worker replies, and what the caller gets. */
public class PoolReplyTest {
    private static WorkerPool crash;
    private static WorkerPool pool;

    @BeforeAll
    static void start() throws IOException {
        crash = Requests.crash().ringBytes(64 * 1024).start();
        pool = Requests.poolWorker().ringBytes(64 * 1024).start();
    }

    @AfterAll
    static void close() {
        crash.close();
        pool.close();
    }

    @Test
    void aCodeIsAFaultWithTheReplyAsItsDetail() throws Exception {
        WorkerFaultException e =
                Requests.failure(WorkerFaultException.class, Requests.send(crash, "fault 77 out of paper"));
        assertThat(e.code()).isEqualTo(77);
        assertThat(e.detail()).isEqualTo(Requests.bytes("out of paper"));
        WorkerFaultException negative = Requests.failure(WorkerFaultException.class, Requests.send(crash, "fault -1 "));
        assertThat(negative.code()).isEqualTo(-1);
        assertThat(negative.detail()).isEmpty();
        assertThatThrownBy(() -> crash.call(Requests.bytes("fault 3 x")))
                .isInstanceOfSatisfying(WorkerFaultException.class, thrown -> {
                    assertThat(thrown.code()).isEqualTo(3);
                    assertThat(thrown.detail()).isEqualTo(Requests.bytes("x"));
                });
        assertThat(crash.stats().total().deaths()).isZero();
    }

    @Test
    void aFaultDoesNotRunRead() throws Exception {
        byte[] request = Requests.bytes("fault 5 x");
        Requests.failure(
                WorkerFaultException.class, crash.submit(0, request.length, buffer -> buffer.put(request), reply -> {
                    throw new AssertionError("read");
                }));
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "claim", "claim with bytes in it"})
    void noReplyAndAClaimWithoutACommitAreEmptyReplies(String request) throws Exception {
        assertThat(Requests.ask(crash, request)).isEmpty();
    }

    @Test
    void aRequestMayBeEmpty() throws Exception {
        assertThat(crash.submit(new byte[0]).get(30, TimeUnit.SECONDS)).isEmpty();
        assertThat(Requests.ask(pool, "")).isEqualTo("type 0 attempt 1 size 0");
    }

    @Test
    void theWorkerIsToldTheType() throws Exception {
        for (int type : new int[] {0, 1, Integer.MAX_VALUE, -1}) {
            assertThat(Requests.result(pool.submit(type, 3, buffer -> {}, Requests::copy)))
                    .isEqualTo("type " + Integer.toUnsignedString(type) + " attempt 1 size 3");
        }
    }

    /** At every position in the ring. */
    @Test
    void theLargestRequestAndReplyKeepEveryByte() throws Exception {
        byte[] large = new byte[crash.maxRequestBytes()];
        for (int i = 0; i < large.length; i++) {
            large[i] = (byte) (i * 31 ^ i >> 8);
        }
        for (int i = 0; i < 40; i++) {
            assertThat(crash.submit(large).get(30, TimeUnit.SECONDS)).isEqualTo(large);
            assertThat(crash.call(large)).isEqualTo(large);
            Requests.ask(crash, "x".repeat(i * 37));
        }
    }

    @Test
    void aReplyMayBeAsLargeAsARequest() throws Exception {
        int max = pool.maxRequestBytes();
        byte[] reply = Requests.send(pool, "big " + max).get(30, TimeUnit.SECONDS);
        assertThat(reply).hasSize(max);
        for (int i = 0; i < max; i++) {
            assertThat(reply[i]).isEqualTo((byte) i);
        }
        WorkerFaultException tooLarge =
                Requests.failure(WorkerFaultException.class, Requests.send(pool, "big " + (max + 1)));
        assertThat(tooLarge.code()).as("EMSGSIZE").isEqualTo(90);
    }

    /** EMSGSIZE is 90, EINVAL 22; and EALREADY for the second reply, or it would be a fault. */
    @Test
    void wrongRepliesAreRefusedAndDoNoHarm() throws Exception {
        assertThat(Requests.ask(pool, "rules"))
                .isEqualTo("reply -90, claim 1 90, commit without claim -22, commit over it -22");
    }
}
