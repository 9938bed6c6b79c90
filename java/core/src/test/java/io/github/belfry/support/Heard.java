package io.github.belfry.support;

import io.github.belfry.PoolListener;
import io.github.belfry.WorkerException;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerInfo;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** What a pool's listener is told, a text for each event. A worker is its index, and its incarnation behind a dot. */
public class Heard implements PoolListener {
    private final List<String> events = new CopyOnWriteArrayList<>();
    private final List<WorkerInfo> workers = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();

    public List<String> events() {
        return events;
    }

    /** Those that start with so. */
    public List<String> events(String start) {
        return events.stream().filter(event -> event.startsWith(start)).toList();
    }

    /** The worker of each event that has one. */
    public List<WorkerInfo> workers() {
        return workers;
    }

    public List<Thread> threads() {
        return threads;
    }

    public List<Throwable> errors() {
        return errors;
    }

    public void await(String event) throws Exception {
        Await.until(() -> event + " among " + events, () -> events.contains(event));
    }

    protected void hear(String event) {
        threads.add(Thread.currentThread());
        events.add(event);
    }

    private String name(@Nullable WorkerInfo worker) {
        if (worker == null) {
            return "none";
        }
        workers.add(worker);
        return worker.index() + "." + worker.incarnation();
    }

    @Override
    public void workerStarted(WorkerInfo worker) {
        hear("started " + name(worker));
    }

    @Override
    public void workerEnded(WorkerInfo worker, WorkerExit exit, String stderrTail) {
        hear("ended " + name(worker) + " " + exit + (stderrTail.isEmpty() ? "" : " " + stderrTail));
    }

    @Override
    public void workerQuarantined(WorkerInfo worker, String brokenRule) {
        hear("quarantined " + name(worker));
    }

    @Override
    public void requestFailed(@Nullable WorkerInfo worker, WorkerException why) {
        hear("failed " + name(worker) + " " + why.getClass().getSimpleName());
    }

    @Override
    public void breakerOpened(String why) {
        hear("opened " + why);
    }

    @Override
    public void breakerClosed() {
        hear("closed");
    }

    @Override
    public void errorLine(WorkerInfo worker, String line) {
        hear("line " + name(worker) + " " + line);
    }

    @Override
    public void internalError(Throwable failure) {
        errors.add(failure);
        hear("error " + failure.getClass().getSimpleName());
    }
}
