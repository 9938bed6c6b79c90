package io.github.belfry.support;

import io.github.belfry.WorkerPool;
import io.github.belfry.internal.process.IdleTime;
import java.util.List;

/** What this VM has open and running, so that a test can see that nothing stays behind. */
public record Leftovers(List<String> descriptors, List<Long> children, List<String> threads) {
    /** Of another test, perhaps; no pool needs it. */
    private static final String EXITS = "belfry-exits";

    /** After a pool was there once: the library's own descriptors and threads stay. */
    public static Leftovers before(WorkerPool.Builder builder) throws Exception {
        IdleTime.set(IdleTime.ENDLESS);
        builder.start().close();
        // A pool's last thread ends a moment after close.
        Await.until(
                "no thread of a pool",
                () -> List.of(EXITS, "belfry-reaper", "belfry-warden").containsAll(poolThreads()));
        Leftovers now = now();
        now.awaitAgain();
        return now;
    }

    private static Leftovers now() throws Exception {
        return new Leftovers(
                ProcFs.descriptors(),
                ProcFs.children().stream().sorted().toList(),
                poolThreads().stream().filter(name -> !name.equals(EXITS)).toList());
    }

    /** The threads of pools of any name. */
    public static List<String> poolThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("belfry-"))
                .sorted()
                .toList();
    }

    public void awaitAgain() throws Exception {
        Await.until(() -> "as before: " + this, () -> now().equals(this));
    }
}
