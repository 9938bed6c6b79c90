package io.github.belfry.proofs;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.PoolUnavailableException;
import io.github.belfry.Replies;
import io.github.belfry.RequestWriter;
import io.github.belfry.SharedMapping;
import io.github.belfry.Signal;
import io.github.belfry.Stdio;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerProcess;
import io.github.belfry.WorkerSession;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Seed;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Eight threads use an object by every public method of its class, and every buffer that it has ever given, while it is
 * closed and replaced again and again. In a VM of its own, in which {@code -Xcheck:jni} may print nothing.
 */
@Tag(Proof.TAG)
class UseAfterCloseTest {
    @Test
    void everyMethodAndEveryStaleBufferMayRaceWithClose() throws Exception {
        String output = OtherVm.run(OtherVm.java(RaceMain.class)
                .argument(String.valueOf(Proof.times(40_000, 600_000)))
                .argument(String.valueOf(Proof.times(8_000, 200_000)))
                .argument(String.valueOf(Proof.times(8_000, 200_000)))
                .argument(String.valueOf(Seed.next(UseAfterCloseTest.class))));
        Matcher counts = Pattern.compile("all: ([0-9]+) operations, ([0-9]+) objects closed, ([0-9]+) refused")
                .matcher(output);
        assertThat(counts.find()).as(output).isTrue();
        Proof.counted(
                "use after close",
                "%,d operations of 8 threads on %,d mappings, workers and pools that are closed meanwhile, %,d of them"
                        + " refused, 0 crashes, 0 warnings of -Xcheck:jni",
                Long.parseLong(counts.group(1)),
                Long.parseLong(counts.group(2)),
                Long.parseLong(counts.group(3)));
    }

    private interface Use<T> {
        void on(T object) throws Exception;
    }

    static final class RaceMain {
        private static final int THREADS = 8;
        private static final int MAPPING_BYTES = 64 << 10;
        private static final int MESSAGE_BYTES = 6000;
        private static final int SELDOM = 50;

        /** They end the object for the others, or may block until it ends. */
        private static final Set<String> SELDOM_USED =
                Set.of("close()", "shutdown()", "restartWorkers()", "waitFor()", "stdin()", "stdout()", "stderr()");

        private static final AtomicReferenceArray<ByteBuffer> STALE = new AtomicReferenceArray<>(64);
        private static final LongAdder OPERATIONS = new LongAdder();
        private static final LongAdder CLOSED = new LongAdder();
        private static final LongAdder REFUSED = new LongAdder();

        private static SplittableRandom first;
        private static final ThreadLocal<SplittableRandom> RANDOM = ThreadLocal.withInitial(RaceMain::split);

        private static synchronized SplittableRandom split() {
            return first.split();
        }

        private static int random(int bound) {
            return RANDOM.get().nextInt(bound);
        }

        public static void main(String[] args) throws Exception {
            first = new SplittableRandom(Long.parseLong(args[3]));
            race(
                    SharedMapping.class,
                    () -> SharedMapping.anonymous("raced", MAPPING_BYTES),
                    mappingUses(),
                    Integer.parseInt(args[0]));
            race(
                    WorkerProcess.class,
                    () -> WorkerProcess.command("cat")
                            .processGroup(true)
                            .stdin(Stdio.PIPE)
                            .stdout(Stdio.PIPE)
                            .stderr(Stdio.PIPE)
                            .start(),
                    processUses(),
                    Integer.parseInt(args[1]));
            race(
                    WorkerPool.class,
                    () -> WorkerPool.bundled("echo")
                            .workers(1)
                            .ringBytes(64 << 10)
                            .closeGrace(Duration.ofMillis(20))
                            .process(process -> process.stderr(Stdio.NULL))
                            .start(),
                    poolUses(),
                    Integer.parseInt(args[2]));
            System.out.println(
                    "all: " + OPERATIONS + " operations, " + CLOSED + " objects closed, " + REFUSED + " refused");
            System.exit(0);
        }

        // ---- The race

        private static <T extends AutoCloseable> void race(
                Class<T> type, Callable<T> make, Map<String, Use<T>> methods, int operations) throws Exception {
            checkComplete(type, methods.keySet());
            Map<String, Use<T>> uses = new TreeMap<>(methods); // in the same order for the same seed
            STALE_USES.forEach((name, use) -> uses.put(name, object -> use.on(stale())));
            List<Map.Entry<String, Use<T>>> choice = new ArrayList<>(uses.entrySet());
            AtomicReference<T> current = new AtomicReference<>(make.call());
            List<CompletableFuture<Void>> users = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                users.add(CompletableFuture.runAsync(
                        () -> use(current, choice, operations / THREADS), OwnThread.PER_TASK));
            }
            while (!users.stream().allMatch(CompletableFuture::isDone)) {
                current.getAndSet(make.call()).close();
                CLOSED.increment();
            }
            for (CompletableFuture<Void> user : users) {
                user.get();
            }
            current.get().close();
            for (Map.Entry<String, Use<T>> use : choice) {
                useOnce(current.get(), use);
            }
        }

        /** Fails for a method that was added to the class, or an interface of its, and not here. */
        private static void checkComplete(Class<?> type, Set<String> uses) {
            Set<String> methods = Arrays.stream(type.getMethods())
                    .filter(method -> method.getDeclaringClass() != Object.class)
                    .filter(method -> !Modifier.isStatic(method.getModifiers()))
                    .map(RaceMain::signature)
                    .collect(Collectors.toSet());
            if (!methods.equals(uses)) {
                throw new AssertionError(type + " has " + methods + ", not " + uses);
            }
        }

        private static String signature(Method method) {
            return Arrays.stream(method.getParameterTypes())
                    .map(Class::getSimpleName)
                    .collect(Collectors.joining(", ", method.getName() + "(", ")"));
        }

        private static <T> void use(AtomicReference<T> current, List<Map.Entry<String, Use<T>>> uses, int operations) {
            for (int done = 0; done < operations; ) {
                Map.Entry<String, Use<T>> use = uses.get(random(uses.size()));
                if (!SELDOM_USED.contains(use.getKey()) || random(SELDOM) == 0) {
                    useOnce(current.get(), use);
                    done++;
                }
            }
        }

        private static <T> void useOnce(T object, Map.Entry<String, Use<T>> use) {
            OPERATIONS.increment();
            try {
                use.getValue().on(object);
            } catch (IllegalStateException | PoolUnavailableException | WorkerDiedException | IOException e) {
                REFUSED.increment();
            } catch (Exception e) {
                throw new AssertionError(use.getKey() + " of " + object, e);
            }
        }

        // ---- Buffers that outlive their owners

        private static ByteBuffer keep(ByteBuffer buffer) {
            STALE.set(random(STALE.length()), buffer.duplicate());
            return buffer;
        }

        /** Across the border of two pages, if it is large enough. */
        private static ByteBuffer stale() {
            ByteBuffer buffer = STALE.get(random(STALE.length()));
            if (buffer == null) {
                return ByteBuffer.allocateDirect(8);
            }
            int size = Math.min(512, buffer.capacity());
            return buffer.slice(Math.min(3900, buffer.capacity() - size), size);
        }

        private static final Map<String, Use<ByteBuffer>> STALE_USES = Map.of(
                "stale get", buffer -> buffer.getLong(0),
                "stale bulk get", buffer -> buffer.get(new byte[buffer.remaining()]),
                "stale put",
                        buffer -> {
                            if (!buffer.isReadOnly()) {
                                buffer.putLong(0, 1).put(1, new byte[buffer.remaining() - 1]);
                            }
                        },
                "stale CRC32", buffer -> new CRC32().update(buffer),
                "stale Adler32", buffer -> new Adler32().update(buffer),
                "stale Deflater", RaceMain::deflate,
                "stale channel write", RaceMain::writeToChannel);

        private static void deflate(ByteBuffer buffer) {
            Deflater deflater = new Deflater(Deflater.BEST_SPEED);
            deflater.setInput(buffer);
            deflater.finish();
            deflater.deflate(new byte[1024]);
            deflater.end();
        }

        private static void writeToChannel(ByteBuffer buffer) throws IOException {
            try (FileChannel sink = FileChannel.open(Path.of("/dev/null"), StandardOpenOption.WRITE)) {
                sink.write(buffer);
            }
        }

        // ---- What each class can do

        private static Map<String, Use<SharedMapping>> mappingUses() {
            return Map.of(
                    "size()", SharedMapping::size,
                    "buffer()", mapping -> keep(mapping.buffer()),
                    "buffer(long, int)", mapping -> keep(mapping.buffer(100, MAPPING_BYTES - 100)),
                    "flush()", SharedMapping::flush,
                    "flush(long, long)", mapping -> mapping.flush(4096, 10),
                    "isOpen()", SharedMapping::isOpen,
                    "close()", SharedMapping::close,
                    "toString()", SharedMapping::toString);
        }

        private static Map<String, Use<WorkerProcess>> processUses() {
            return Map.ofEntries(
                    entry("pid()", WorkerProcess::pid),
                    entry("isAlive()", WorkerProcess::isAlive),
                    entry("signal(Signal)", worker -> worker.signal(Signal.CONT)),
                    entry("signal(Signal, int)", worker -> worker.signal(Signal.CONT, 7)),
                    entry("signalGroup(Signal)", worker -> worker.signalGroup(Signal.CONT)),
                    entry("toHandle()", worker -> worker.toHandle().isAlive()),
                    entry("waitFor()", WorkerProcess::waitFor),
                    entry("waitFor(Duration)", worker -> worker.waitFor(Duration.ofNanos(1000))),
                    entry("onExit()", WorkerProcess::onExit),
                    entry("stdin()", worker -> {
                        worker.stdin().write(new byte[100]);
                        worker.stdin().flush();
                    }),
                    entry("stdout()", worker -> worker.stdout().read()),
                    entry("stderr()", worker -> worker.stderr().read(new byte[10])),
                    entry("close()", WorkerProcess::close),
                    entry("toString()", WorkerProcess::toString));
        }

        private static Map<String, Use<WorkerPool>> poolUses() {
            byte[] message = new byte[MESSAGE_BYTES];
            return Map.ofEntries(
                    entry("submit(byte[])", pool -> pool.submit(message)),
                    entry("submit(int, byte[])", pool -> pool.submit(1, message)),
                    entry(
                            "submit(int, int, Consumer, Function)",
                            pool -> pool.submit(1, MESSAGE_BYTES, RaceMain::keep, RaceMain::keep)),
                    entry("offer(byte[])", pool -> pool.offer(message)),
                    entry("offer(int, byte[])", pool -> pool.offer(1, message)),
                    entry(
                            "offer(int, int, Consumer, Function)",
                            pool -> pool.offer(1, MESSAGE_BYTES, RaceMain::keep, RaceMain::keep)),
                    entry("call(byte[])", pool -> pool.call(message)),
                    entry("call(int, byte[])", pool -> pool.call(1, message)),
                    entry(
                            "call(int, int, Consumer, Function)",
                            pool -> pool.call(1, MESSAGE_BYTES, RaceMain::keep, RaceMain::keep)),
                    entry("map(Iterator)", pool -> {
                        try (Replies<byte[]> replies = pool.map(List.of(message, message).iterator())) {
                            replies.next();
                        }
                    }),
                    entry("map(Iterator, RequestWriter, Function)", pool -> {
                        RequestWriter<byte[]> writer = RequestWriter.of(bytes -> bytes.length, (bytes, to) -> keep(to));
                        pool.map(List.of(message, message).iterator(), writer, RaceMain::keep)
                                .next();
                    }),
                    entry("withTimeout(Duration)", pool -> {
                        pool.withTimeout(Duration.ofMillis(1)).submit(message);
                    }),
                    entry("session()", pool -> {
                        try (WorkerSession session = pool.session()) {
                            session.submit(message);
                        }
                    }),
                    entry("restartWorkers()", WorkerPool::restartWorkers),
                    entry("maxRequestBytes()", WorkerPool::maxRequestBytes),
                    entry("maxReplyBytes()", WorkerPool::maxReplyBytes),
                    entry("signalAll(Signal)", pool -> pool.signalAll(Signal.USR1)),
                    entry("pids()", WorkerPool::pids),
                    entry("stats()", WorkerPool::stats),
                    entry("shutdown()", WorkerPool::shutdown),
                    entry("awaitTermination(Duration)", pool -> pool.awaitTermination(Duration.ofNanos(1000))),
                    entry("close()", WorkerPool::close));
        }
    }
}
