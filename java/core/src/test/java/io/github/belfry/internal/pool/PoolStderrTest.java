package io.github.belfry.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.Stdio;
import io.github.belfry.WorkerDiedException;
import io.github.belfry.WorkerPool;
import io.github.belfry.WorkerStartException;
import io.github.belfry.support.Await;
import io.github.belfry.support.Heard;
import io.github.belfry.support.LogRecords;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.Requests;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PoolStderrTest {
    private static final int LINES = 10_000;

    private final Heard heard = new Heard();

    @TempDir
    private Path directory;

    @Test
    void eachLineIsToldBeforeTheEndOfItsWorker() throws Exception {
        try (WorkerPool pool = Requests.crash().maxAttempts(1).listener(heard).start()) {
            Requests.ask(pool, "stderr first");
            heard.await("line 0.1 first");
            Requests.ask(pool, "stderr");
            Requests.ask(pool, "stderr gr\u00fc\u00dfe");
            Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 3"));
        }
        assertThat(heard.events())
                .startsWith(
                        "started 0.1",
                        "line 0.1 first",
                        "line 0.1 ",
                        "line 0.1 gr\u00fc\u00dfe",
                        "ended 0.1 Exited[code=3] first\n\ngr\u00fc\u00dfe\n");
    }

    @Test
    void aLastLineWithoutANewlineIsToldAtTheEnd() {
        String script = "echo one >&2; echo >&2; printf two >&2; exit 3";
        assertThatThrownBy(() -> WorkerPool.command("/bin/sh", "-c", script)
                        .workers(1)
                        .listener(heard)
                        .start())
                .isInstanceOf(WorkerStartException.class);
        assertThat(heard.events())
                .containsExactly("line 0.1 one", "line 0.1 ", "line 0.1 two", "ended 0.1 Exited[code=3] one\n\ntwo");
    }

    @Test
    void aLongLineComesInPieces() {
        String script = "head -c 9000 /dev/zero | tr '\\0' x >&2; printf '\\nnext' >&2; exit 3";
        assertThatThrownBy(() -> WorkerPool.command("/bin/sh", "-c", script)
                        .workers(1)
                        .listener(heard)
                        .start())
                .isInstanceOf(WorkerStartException.class);
        assertThat(heard.events("line"))
                .containsExactly(
                        "line 0.1 " + "x".repeat(4096),
                        "line 0.1 " + "x".repeat(4096),
                        "line 0.1 " + "x".repeat(808),
                        "line 0.1 next");
    }

    @Test
    void aStandardErrorOfTheUsersIsNotTold() throws Exception {
        Path file = directory.resolve("stderr");
        try (WorkerPool pool = Requests.crash()
                .process(process -> process.stderr(Stdio.append(file)))
                .listener(heard)
                .start()) {
            Requests.ask(pool, "stderr somewhere else");
        }
        assertThat(Files.readString(file)).isEqualTo("somewhere else\n");
        assertThat(heard.events("line")).isEmpty();
    }

    @Test
    void aPoolWithoutAListenerLogsTheLines() throws Exception {
        try (LogRecords log = new LogRecords()) {
            long pid;
            try (WorkerPool pool = Requests.crash().name("logs").start()) {
                pid = pool.pids().get(0);
                Requests.ask(pool, "stderr said by a worker");
            }
            assertThat(log.messages()).containsExactly("pool logs, worker 0 (pid " + pid + "): said by a worker");
        }
    }

    @Test
    void itIsNotTheStandardErrorOfTheVm() throws Exception {
        assertThat(OtherVm.run(OtherVm.java(ListenerMain.class))).isEqualTo("heard said by a worker\n");
    }

    static final class ListenerMain {
        public static void main(String[] args) throws Exception {
            Heard heard = new Heard();
            try (WorkerPool pool =
                    Requests.crash().maxAttempts(1).listener(heard).start()) {
                Requests.ask(pool, "stderr said by a worker");
                Requests.failure(WorkerDiedException.class, Requests.send(pool, "exit 1"));
            }
            heard.events("line").forEach(line -> System.out.println(line.replace("line 0.1", "heard")));
        }
    }

    /** The worker isn't held up, the memory is bounded, and no other event is lost. */
    @Test
    void linesThatAListenerIsTooSlowForAreDroppedAndCounted() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        Heard blocking = new Heard() {
            @Override
            protected void hear(String event) {
                Requests.awaitLatch(released);
                super.hear(event);
            }
        };
        try (WorkerPool pool = Requests.script("seq " + LINES + " >&2; exec \"$1\"", directory)
                .workers(1)
                .maxAttempts(1)
                .listener(blocking)
                .start()) {
            Requests.failure(WorkerDiedException.class, Requests.send(pool, "note-die " + directory.resolve("notes")));
            assertThat(Requests.ask(pool, "x")).startsWith("type 0");
            released.countDown();
            blocking.await("started 0.2");
        }
        List<String> told = blocking.events();
        List<String> lines = blocking.events("line");
        assertThat(lines).startsWith("line 0.1 1", "line 0.1 2").hasSizeLessThan(2 * Events.MAX_WAITING);
        long dropped = 0;
        for (String line : lines) {
            Matcher notice = Pattern.compile("\\((\\d+) lines .*dropped.*").matcher(line.substring(9));
            dropped += notice.matches() ? Long.parseLong(notice.group(1)) - 1 : 0; // the notice is a line itself
        }
        assertThat(lines.size() + dropped).isEqualTo(2L * LINES);
        assertThat(told)
                .containsSubsequence("started 0.1", "failed 0.1 WorkerDiedException", "started 0.2")
                .filteredOn(event -> event.startsWith("ended"))
                .hasSize(2);
    }

    /** It prints while it lives, so that no line is lost for want of a death. */
    @Test
    void manyLinesAreAllToldToAListenerThatKeepsUp() throws Exception {
        try (WorkerPool pool = Requests.crash().listener(heard).start()) {
            for (int i = 0; i < 3000; i++) {
                Requests.ask(pool, "stderr " + i);
            }
            Await.until("all are told", () -> heard.events("line").size() == 3000);
            assertThat(heard.events("line").get(2999)).isEqualTo("line 0.1 2999");
        }
    }
}
