package io.github.belfry.internal.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The number by which a worker sees whether it has to ring: for an odd one that it hasn't rung for. */
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
    void theFirstRequestWithoutAPollingCallerIsRungFor() {
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
    void aSubmitAfterACallIsRungForANewNumber() {
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
    void aCallerThatGivesUpPollingIsRungForANewNumber() {
        long before = number();
        sleep.beforePublish(true);
        sleep.fallAsleep();
        assertThat(number()).isOdd().isGreaterThan(before);
    }

    @Test
    void aMasterThatFallsAsleepAgainIsRungForANewNumber() {
        long before = number();
        sleep.renew();
        assertThat(number()).isOdd().isGreaterThan(before);
    }

    @Test
    void aMasterThatFallsAsleepWhileACallerPollsIsNotRung() {
        sleep.beforePublish(true);
        long awake = number();
        sleep.renew();
        assertThat(number()).isEqualTo(awake);
    }
}
