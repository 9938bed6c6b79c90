package io.github.belfry.micrometer;

import io.github.belfry.Signal;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStats;
import io.github.belfry.internal.pool.Pool;
import io.github.belfry.internal.pool.PoolAccess;
import io.github.belfry.internal.pool.Tally;
import io.github.belfry.internal.pool.WorkerActivity;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The meters of a pool. {@code new BelfryMetrics(pool).bindTo(registry)} registers them, each with the tag {@code pool},
 * the pool's name, so pools of one registry need names of their own:
 *
 * <table>
 * <caption>The meters</caption>
 * <tr><th>name</th><th>kind</th><th>what</th></tr>
 * <tr><td>{@code belfry.pool.workers}</td><td>gauge</td><td>workers, by {@code state}: idle, busy (with a request at
 *     least), starting ({@code init} runs), ending, down</td></tr>
 * <tr><td>{@code belfry.pool.requests}</td><td>counter</td><td>requests by {@code outcome}. {@code answered} and
 *     {@code fault} (a reply with a code): what workers have answered, even when the caller didn't wait any more.
 *     {@code withdrawn}: never ran, because they were cancelled or late. {@code timeout}, {@code died},
 *     {@code unavailable}: failed with {@link io.github.belfry.RequestTimeoutException},
 *     {@link io.github.belfry.WorkerDiedException} or {@link io.github.belfry.PoolUnavailableException}; what was refused
 *     at once isn't counted. A late request may count as {@code timeout} and as {@code withdrawn} or
 *     {@code answered}</td></tr>
 * <tr><td>{@code belfry.pool.wait}</td><td>timer</td><td>how long requests wait until a worker begins them: the mean
 *     over those that were answered. An estimate, from looks at the pool at random moments about 40 times a second;
 *     0 for times before this object was made</td></tr>
 * <tr><td>{@code belfry.pool.use}</td><td>timer</td><td>how long workers have requests in hand: the mean over those that
 *     were answered, by the workers' own clocks</td></tr>
 * <tr><td>{@code belfry.pool.queued}</td><td>gauge</td><td>requests that wait in the pool and in no worker's ring</td></tr>
 * <tr><td>{@code belfry.pool.inflight}</td><td>gauge</td><td>requests in the workers' rings: they wait or are in
 *     hand</td></tr>
 * <tr><td>{@code belfry.pool.deaths}</td><td>counter</td><td>workers that have ended though neither the pool's end nor
 *     {@link WorkerPool#restartWorkers} was why, by {@code signal}: SEGV, KILL..., {@code other}, and {@code none} for
 *     an exit status</td></tr>
 * <tr><td>{@code belfry.pool.restarts}</td><td>counter</td><td>workers that got ready in the place of another</td></tr>
 * </table>
 *
 * <p>A timer gives a count and a sum, and so a mean; no maximum and no percentiles. Requests are not made slower: all
 * values are read when they are collected.
 *
 * <p><b>The pool's end.</b> Neither this object nor its meters keep the pool. Once it is closed the gauges of its
 * workers and requests are 0 and counters stay as they were; once nobody has it any more gauges are NaN. {@link #close}
 * is for an application that goes on without the pool.
 *
 * <p>All methods may be called by any thread, and none blocks.
 */
public final class BelfryMetrics implements MeterBinder, AutoCloseable {
    private static final String PREFIX = "belfry.pool.";

    /** Those that usually end a worker. Each is there from the start, with 0: the first death is a change then. */
    private static final Set<Signal> SIGNALS = Set.of(
            Signal.ABRT,
            Signal.BUS,
            Signal.FPE,
            Signal.ILL,
            Signal.INT,
            Signal.KILL,
            Signal.SEGV,
            Signal.SYS,
            Signal.TERM,
            Signal.TRAP);

    private final WeakReference<WorkerPool> pool;
    private final Tags tags;
    private final Rising<WorkerPool> replies = rising(WorkerStats::answered);
    private final Bound bound = new Bound();

    /** Of a pool that runs or is closed. */
    public BelfryMetrics(WorkerPool pool) {
        this(pool, List.of());
    }

    /** With more tags on each meter. */
    public BelfryMetrics(WorkerPool pool, Iterable<Tag> more) {
        Pool inside = PoolAccess.poolOf(pool);
        this.pool = new WeakReference<>(pool);
        this.tags = Tags.of("pool", inside.name()).and(more);
        inside.estimateWaits();
    }

    /** Registers the meters; nothing if the pool was garbage already. A meter that the registry has stays. */
    @Override
    public void bindTo(MeterRegistry registry) {
        WorkerPool present = pool.get();
        if (present != null) {
            bound.add(
                    registry,
                    Stream.of(workers(present, registry), requests(present, registry), deaths(present, registry))
                            .flatMap(List::stream)
                            .toList());
            bound.add(registry, singles(present, registry));
        }
    }

    /** Removes the meters from all registries. Idempotent; the pool isn't closed. */
    @Override
    public void close() {
        bound.removeAll();
    }

    private static List<Meter> listed(Stream<? extends Meter> meters) {
        return meters.collect(Collectors.toUnmodifiableList());
    }

    private List<Meter> workers(WorkerPool of, MeterRegistry registry) {
        return listed(Stream.of(WorkerActivity.values())
                .map(activity -> Gauge.builder(
                                PREFIX + "workers", of, it -> inside(it).workers(activity))
                        .description("Workers of the pool")
                        .tags(tags.and("state", activity.name().toLowerCase(Locale.ROOT)))
                        .register(registry)));
    }

    private List<Meter> requests(WorkerPool of, MeterRegistry registry) {
        return List.of(
                outcome("answered", of, stats(total -> total.answered() - total.faults()), registry),
                outcome("fault", of, stats(WorkerStats::faults), registry),
                outcome("withdrawn", of, stats(WorkerStats::withdrawn), registry),
                outcome("timeout", of, stats(WorkerStats::timedOut), registry),
                outcome("died", of, tally(Tally::failedByDeath), registry),
                outcome("unavailable", of, tally(Tally::failedUnavailable), registry));
    }

    private FunctionCounter outcome(
            String outcome, WorkerPool of, ToLongFunction<WorkerPool> count, MeterRegistry registry) {
        Rising<WorkerPool> rising = new Rising<>(count);
        return FunctionCounter.builder(PREFIX + "requests", of, rising::of)
                .description("Requests given to the pool, by what became of them")
                .tags(tags.and("outcome", outcome))
                .register(registry);
    }

    private List<Meter> deaths(WorkerPool of, MeterRegistry registry) {
        return listed(Stream.concat(
                SIGNALS.stream().map(signal -> death(signal.name(), of, exit -> isBy(exit, signal), registry)),
                Stream.of(
                        death(
                                "other",
                                of,
                                exit -> isBySignal(exit) && SIGNALS.stream().noneMatch(s -> isBy(exit, s)),
                                registry),
                        death("none", of, exit -> !isBySignal(exit), registry))));
    }

    private FunctionCounter death(String signal, WorkerPool of, Predicate<WorkerExit> how, MeterRegistry registry) {
        return FunctionCounter.builder(
                        PREFIX + "deaths", of, it -> inside(it).tally().deaths(how))
                .description("Workers that have died")
                .tags(tags.and("signal", signal))
                .register(registry);
    }

    private static boolean isBySignal(WorkerExit exit) {
        return exit instanceof WorkerExit.Signaled;
    }

    private static boolean isBy(WorkerExit exit, Signal signal) {
        return exit instanceof WorkerExit.Signaled by && by.signal().equals(signal);
    }

    private List<Meter> singles(WorkerPool of, MeterRegistry registry) {
        Rising<WorkerPool> busyNanos = rising(total -> total.busy().toNanos());
        return List.of(
                timer("wait", of, it -> inside(it).waitedNanos())
                        .description("How long requests wait for a worker, an estimate")
                        .register(registry),
                timer("use", of, busyNanos::of)
                        .description("How long workers have requests in hand")
                        .register(registry),
                gauge("queued", of, stats(WorkerStats::queued))
                        .description("Requests that wait in the pool")
                        .register(registry),
                gauge("inflight", of, stats(WorkerStats::inFlight))
                        .description("Requests in the rings of workers")
                        .register(registry),
                FunctionCounter.builder(
                                PREFIX + "restarts",
                                of,
                                it -> inside(it).tally().restarts())
                        .description("Workers that got ready in the place of another")
                        .tags(tags)
                        .register(registry));
    }

    private FunctionTimer.Builder<WorkerPool> timer(String name, WorkerPool of, ToLongFunction<WorkerPool> nanos) {
        return FunctionTimer.builder(PREFIX + name, of, replies::of, nanos::applyAsLong, TimeUnit.NANOSECONDS)
                .tags(tags);
    }

    private Gauge.Builder<WorkerPool> gauge(String name, WorkerPool of, ToLongFunction<WorkerPool> value) {
        return Gauge.builder(PREFIX + name, of, value::applyAsLong).tags(tags);
    }

    private static ToLongFunction<WorkerPool> stats(ToLongFunction<WorkerStats> part) {
        return pool -> part.applyAsLong(pool.stats().total());
    }

    private static Rising<WorkerPool> rising(ToLongFunction<WorkerStats> part) {
        return new Rising<>(stats(part));
    }

    private static ToLongFunction<WorkerPool> tally(ToLongFunction<Tally> part) {
        return pool -> part.applyAsLong(inside(pool).tally());
    }

    private static Pool inside(WorkerPool pool) {
        return PoolAccess.poolOf(pool);
    }
}
