package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.Inside;
import io.github.belfry.PoolUnavailableException;
import io.github.belfry.SharedMapping;
import io.github.belfry.Signal;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerExit;
import io.github.belfry.WorkerPool;
import io.github.belfry.internal.pool.Slot;
import io.github.belfry.internal.ring.Layout;
import io.github.belfry.support.Await;
import io.github.belfry.support.LogRecords;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Requests;
import io.github.belfry.support.TestPrograms;
import io.github.belfry.support.TmpFs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Too little disk, address space or file size: an error where something is made, never later. */
@Tag(Proof.TAG)
class MemoryShortageTest {

    @TempDir
    Path temp;

    @Test
    void aMappingMadeOnAFullDiskCanBeUsedToItsLastByte() throws Exception {
        int refused = 0;
        try (TmpFs tmpfs = TmpFs.mount(temp.resolve("small"), "size=2m")) {
            List<SharedMapping> made = new ArrayList<>();
            for (int i = 0; refused < 20; i++) {
                Path file = tmpfs.path().resolve("file" + i);
                try {
                    made.add(SharedMapping.create(file, 100_000));
                } catch (IOException e) {
                    refused++;
                    assertThat(e).hasMessage(file + ": fallocate (100000 bytes): ENOSPC, No space left on device");
                    assertThat(file).doesNotExist();
                }
            }
            assertThat(made).hasSizeGreaterThan(10);
            for (SharedMapping mapping : made) {
                mapping.buffer().put(new byte[100_000]);
                mapping.flush();
                mapping.close();
            }
        }
        Proof.counted("memory", "%d files refused on a full disk, 0 faults in those that were made", refused);
    }

    @Test
    void aPoolWithoutMemoryForAnotherLifeGoesOnOrSaysWhy() throws Exception {
        int refused = 0;
        List<String> limits = Proof.isWhole() ? List.of("fsize EFBIG", "as ENOMEM") : List.of("fsize EFBIG");
        for (String limit : limits) {
            OtherVm vm = OtherVm.java(LimitedMain.class);
            List.of(limit.split(" ")).forEach(vm::argument);
            List<String> lines = OtherVm.run(vm).lines().toList();
            assertThat(lines).last().asString().matches("refused [0-9]+");
            refused += Integer.parseInt(lines.get(lines.size() - 1).split(" ")[1]);
        }
        Proof.counted(
                "memory",
                "%d starts, restarts and mappings refused under limits of %s, each pool went on afterwards",
                refused,
                String.join(", ", limits));
    }

    /** Lowers one limit of this VM's, and raises it again. */
    static final class LimitedMain {
        private static final int RING_BYTES = 32 << 20;
        private static final int TRIES = 3;

        private static String limit;
        private static String errno;
        private static int refused;

        public static void main(String[] args) throws Exception {
            limit = args[0];
            errno = args[1];
            try (LogRecords log = new LogRecords();
                    WorkerPool two = pool("two", 2);
                    WorkerPool one = pool("one", 1)) {
                lower();
                expectRefused(() -> pool("third", 1));
                expectRefused(() -> SharedMapping.anonymous("more", 4L * RING_BYTES));
                if (limit.equals("fsize")) {
                    survive(two);
                    saySo(one);
                    Await.until(
                            "each pool has logged why, once",
                            () -> failures(log).size() == 2);
                    check(
                            failures(log).stream().allMatch(line -> line.contains(errno)),
                            log.messages().toString());
                } else {
                    reuse(one);
                }
                raise();
                Slot dead = Inside.of(two).slots().get(0);
                Await.until("it has another incarnation", dead::isServing);
                for (int i = 0; i < 100; i++) {
                    check(Requests.ask(two, "x").equals("x"), "no reply");
                }
            }
            pool("third", 1).close();
            check(ProcFs.children().isEmpty(), "a worker is left");
            System.out.println("refused " + refused);
            System.exit(0);
        }

        /** Deaths are logged as well. */
        private static List<String> failures(LogRecords log) {
            return log.messages().stream()
                    .filter(line -> line.contains(" goes on after "))
                    .toList();
        }

        private static WorkerPool pool(String name, int workers) throws IOException {
            return Requests.crash()
                    .name(name)
                    .workers(workers)
                    .ringBytes(RING_BYTES)
                    .start();
        }

        private static void check(boolean holds, String what) {
            if (!holds) {
                throw new AssertionError(what);
            }
        }

        private static void expectRefused(Callable<AutoCloseable> make) throws Exception {
            for (int i = 0; i < TRIES; i++) {
                try (AutoCloseable made = make.call()) {
                    throw new AssertionError(made);
                } catch (IOException e) {
                    check(e.getMessage().contains(errno), e.toString());
                    refused++;
                }
            }
        }

        // ---- Restarts

        private static long tries(Slot slot) {
            return slot.requests().get(Layout.REQUESTS_INCARNATION);
        }

        /** The next incarnation uses the address space of the dead one. */
        private static void reuse(WorkerPool pool) throws Exception {
            long pid = Requests.onlyPid(pool);
            Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 1"));
            check(Requests.ask(pool, "x").equals("x") && Requests.onlyPid(pool) != pid, "no other incarnation");
        }

        /** One of its workers dies and can't be replaced; the other goes on, also with the dead one's requests. */
        private static void survive(WorkerPool pool) throws Exception {
            Slot slot = Inside.of(pool).slots().get(0);
            long before = tries(slot);
            check(slot.incarnation().child().ring(Signal.KILL), "it can't be killed");
            List<CompletableFuture<byte[]>> replies = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                replies.add(Requests.send(pool, "x"));
            }
            Await.until("restarts were tried", () -> tries(slot) >= before + TRIES);
            for (CompletableFuture<byte[]> reply : replies) {
                check(Requests.result(reply).equals("x"), "no reply");
            }
            refused += TRIES - 1;
        }

        /** Its only worker dies and can't be replaced: requests fail with the reason. */
        private static void saySo(WorkerPool pool) throws Exception {
            Slot slot = Inside.of(pool).slots().get(0);
            Requests.stop(Requests.onlyPid(pool));
            CompletableFuture<byte[]> waiting = Requests.send(pool, "x");
            check(slot.incarnation().child().ring(Signal.KILL), "it can't be killed");
            WorkerDiedException told = Requests.failure(WorkerDiedException.class, waiting);
            check(told.getMessage().contains(errno), told.toString());
            check(told.getCause() instanceof IOException && told.stderrTail().isEmpty(), "the cause is missing");
            check(told.exit().equals(new WorkerExit.Lost()), told.exit().toString());
            PoolUnavailableException closed =
                    Requests.failure(PoolUnavailableException.class, Requests.send(pool, "x"));
            check(closed.getMessage().contains(errno), closed.toString());
            refused += 5;
        }

        // ---- The limit

        private static void lower() throws Exception {
            boolean space = limit.equals("as");
            prlimit((space ? (ProcFs.virtualKib() << 10) + RING_BYTES : RING_BYTES / 2) + ":");
        }

        private static void raise() throws Exception {
            prlimit("unlimited:");
        }

        private static void prlimit(String value) throws Exception {
            String pid = String.valueOf(ProcessHandle.current().pid());
            check(
                    TestPrograms.run("prlimit", "--pid", pid, "--" + limit + "=" + value)
                            .equals(new WorkerExit.Exited(0)),
                    "prlimit");
        }
    }
}
