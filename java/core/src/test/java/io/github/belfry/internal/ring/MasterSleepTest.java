package io.github.belfry.internal.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which number the worker finds that asks whether it has to ring: an odd one that it hasn't rung for. */
class MasterSleepTest {
    private RingMemory requests;
    private MasterSleep sleep;

    @BeforeEach
    void make() throws IOException {
        requests = RingMemory.requests("test-requests", Layout.MIN_RING_BYTES);
        sleep = new MasterSleep(requests);
    }

    @AfterEach
    void close() {
        requests.close();
    }

    private long number() {
        return requests.get(Layout.MASTER_SLEEP);
    }

    @Test
    void theFirstRequestThatNobodyPollsForIsRungFor() {
        sleep.beforePublish(false);
        assertThat(number()).isOdd();
    }

    @Test
    void callsInARowNeedNoBellAndLeaveTheWordAsItIs() {
        sleep.beforePublish(true);
        long awake = number();
        assertThat(awake).isEven();
        sleep.beforePublish(true);
        assertThat(number()).isEqualTo(awake);
    }

    @Test
    void whoDoesNotPollAfterACallIsRungForANewNumber() {
        long before = number();
        sleep.beforePublish(true);
        sleep.beforePublish(false);
        assertThat(number()).isOdd().isGreaterThan(before);
    }

    @Test
    void requestsInARowAreRungForOnce() {
        sleep.beforePublish(false);
        long number = number();
        sleep.beforePublish(false);
        assertThat(number()).isEqualTo(number);
    }

    @Test
    void whoGivesUpPollingIsRungForANewNumber() {
        long before = number();
        sleep.beforePublish(true);
        sleep.fallAsleep();
        assertThat(number()).isOdd().isGreaterThan(before);
    }

    @Test
    void whoSleepsAgainIsRungForANewNumber() {
        long before = number();
        sleep.renew();
        assertThat(number()).isOdd().isGreaterThan(before);
    }

    @Test
    void whoSleepsWhileAnotherPollsIsNotRung() {
        sleep.beforePublish(true);
        long awake = number();
        sleep.renew();
        assertThat(number()).isEqualTo(awake);
    }
}
