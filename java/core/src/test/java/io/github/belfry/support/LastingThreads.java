package io.github.belfry.support;

import io.github.belfry.internal.process.IdleTime;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestPlan;

/**
 * In the tests' own VM the threads of the library stay with their descriptors, so that a test can compare what is there
 * before and after. That they end is tested in VMs of their own.
 */
public final class LastingThreads implements TestExecutionListener {
    @Override
    public void testPlanExecutionStarted(TestPlan plan) {
        IdleTime.set(IdleTime.ENDLESS);
    }
}
