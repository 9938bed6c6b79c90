package io.github.belfry.internal.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.belfry.WorkerExit;
import io.github.belfry.internal.sys.Native;
import io.github.belfry.support.Await;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.ProcFs;
import io.github.belfry.support.TestPrograms;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RingMemoryTest {
    private static final int RING_BYTES = Layout.MIN_RING_BYTES;
    private static final int EPERM = 1;

    private static boolean isMapped(String name) throws IOException {
        return ProcFs.maps().stream().anyMatch(line -> line.contains(name));
    }

    @ParameterizedTest
    @ValueSource(ints = {64 << 10, 1 << 20, 256 << 20})
    void theRingIsMappedTwiceInARow(int ringBytes) throws IOException {
        try (RingMemory memory = RingMemory.requests("twice", ringBytes)) {
            ByteBuffer bytes = memory.bytes();
            int header = memory.headerBytes();
            assertThat(bytes.capacity()).isEqualTo(header + 2 * ringBytes);
            for (int at = 0; at < ringBytes; at += ringBytes / 16) {
                bytes.putLong(header + at, at + 1);
                assertThat(bytes.getLong(header + ringBytes + at)).isEqualTo(at + 1);
            }
            bytes.putLong(header + ringBytes - 4, 0x1122334455667788L);
            assertThat(bytes.getInt(header))
                    .isEqualTo(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? 0x11223344 : 0x55667788);
            assertThat(bytes.getLong(0)).as("the header is there once").isZero();
        }
    }

    /** Each of the two mappings of each ring has "dd" in its VmFlags. */
    @Test
    void aCoreDumpLeavesItOut() throws IOException {
        try (RingMemory requests = RingMemory.requests("not-dumped", RING_BYTES);
                RingMemory replies = RingMemory.replies("not-dumped", RING_BYTES)) {
            List<String> flags = new ArrayList<>();
            String mapping = "";
            for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
                if (line.startsWith("VmFlags:") && mapping.contains("not-dumped")) {
                    flags.add(line + " ");
                } else if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
                    mapping = line;
                }
            }
            assertThat(flags).hasSize(4).allMatch(line -> line.contains(" dd "));
        }
    }

    @Test
    void aCursorPointsIntoTheFirstOfTheTwo() throws IOException {
        try (RingMemory memory = RingMemory.requests("cursor", RING_BYTES)) {
            int header = memory.headerBytes();
            assertThat(memory.offset(0)).isEqualTo(header);
            assertThat(memory.offset(8)).isEqualTo(header + 8);
            assertThat(memory.offset(RING_BYTES - 8)).isEqualTo(header + RING_BYTES - 8);
            assertThat(memory.offset(RING_BYTES)).isEqualTo(header);
            assertThat(memory.offset((1L << 40) + RING_BYTES + 16)).isEqualTo(header + 16);
            assertThat(memory.offset(-8)).isEqualTo(header + RING_BYTES - 8);
        }
    }

    /** By seals: a smaller file would be a SIGBUS in the master. */
    @Test
    void itsSizeCannotBeChanged() throws IOException {
        try (RingMemory requests = RingMemory.requests("sealed", RING_BYTES);
                RingMemory replies = RingMemory.replies("sealed", RING_BYTES)) {
            for (RingMemory memory : List.of(requests, replies)) {
                long size = memory.headerBytes() + (long) RING_BYTES;
                for (long other : new long[] {0, size - 4096, size + 4096}) {
                    assertThat(Native.ftruncate(memory.fd(), other)).isEqualTo(-EPERM);
                }
                assertThat(Native.sealAll(memory.fd())).as("more seals").isEqualTo(-EPERM);
            }
        }
    }

    @Test
    void requestsCannotBeMappedToWriteAgain() throws IOException {
        try (RingMemory memory = RingMemory.requests("one-writer", RING_BYTES)) {
            assertThat(Native.map(memory.fd(), 4096, true)).isEqualTo(-EPERM);
            assertThat(Native.write(memory.fd(), new byte[1])).isEqualTo(-EPERM);
            memory.set(Layout.POOL, 42);
            long address = Native.map(memory.fd(), 4096, false);
            assertThat(Native.directBuffer(address, 4096)
                            .order(ByteOrder.nativeOrder())
                            .getLong(Layout.POOL))
                    .isEqualTo(42);
            Native.unmap(address, 4096);
        }
    }

    /** The same in another process, through /proc: what a hostile worker would try. */
    @Test
    void aWorkerCannotWriteRequestsNorChangeASize() throws Exception {
        try (RingMemory requests = RingMemory.requests("childs", RING_BYTES);
                RingMemory replies = RingMemory.replies("childs", RING_BYTES)) {
            long self = ProcessHandle.current().pid();
            String writes = "printf x 1<>/proc/%d/fd/%d";
            String truncates = "truncate -s %d /proc/%d/fd/%d";
            assertThat(TestPrograms.run("sh", "-c", writes.formatted(self, requests.fd())))
                    .isNotEqualTo(new WorkerExit.Exited(0));
            assertThat(TestPrograms.run("sh", "-c", writes.formatted(self, replies.fd())))
                    .as("replies are the worker's to write")
                    .isEqualTo(new WorkerExit.Exited(0));
            for (RingMemory memory : List.of(requests, replies)) {
                for (int size : new int[] {0, 1 << 20}) {
                    assertThat(TestPrograms.run("sh", "-c", truncates.formatted(size, self, memory.fd())))
                            .isNotEqualTo(new WorkerExit.Exited(0));
                }
            }
            assertThat(requests.bytes().get(0)).isZero();
            assertThat(replies.bytes().get(0)).isEqualTo((byte) 'x');
        }
    }

    @Test
    void repliesCannotBeWrittenHere() throws IOException {
        try (RingMemory memory = RingMemory.replies("read-only", RING_BYTES)) {
            assertThat(memory.bytes().isReadOnly()).isTrue();
            assertThat(memory.slice(8192, 100).isReadOnly()).isTrue();
            assertThatThrownBy(() -> memory.slice(8192, 100).put(0, (byte) 1))
                    .isInstanceOf(ReadOnlyBufferException.class);
            assertThat(memory.slice(8192, 100).order()).isEqualTo(ByteOrder.nativeOrder());
        }
    }

    @Test
    void afterCloseStaleBuffersReadZeroesAndDoNoHarm() throws IOException {
        List<String> before = ProcFs.descriptors();
        RingMemory memory = RingMemory.requests("stale-ring", RING_BYTES);
        RingMemory replies = RingMemory.replies("stale-ring", RING_BYTES);
        ByteBuffer slice = memory.slice(memory.offset(RING_BYTES - 8), 16);
        slice.putLong(0, 1).putLong(8, 2);
        memory.close();
        memory.close();
        replies.close();
        assertThat(isMapped("stale-ring")).isFalse();
        assertThat(ProcFs.descriptorsBeyond(before)).isEmpty();
        assertThat(slice.getLong(0)).isZero();
        slice.putLong(0, 3);
        assertThat(memory.get(Layout.REQUEST_TAIL)).isZero();
        memory.setRelease(Layout.REQUEST_TAIL, 99);
        assertThat(replies.getAcquire(Layout.REPLY_TAIL)).isZero();
        CRC32 crc = new CRC32();
        crc.update(memory.bytes().duplicate());
        crc.update(replies.bytes().duplicate());
    }

    /** A ring on closed memory reads as empty and breaks nothing. */
    @Test
    void aWriterAndAReaderOfClosedMemoryAreHarmless() throws Exception {
        WorkersEnd worker = new WorkersEnd();
        RingWriter writer = new RingWriter(worker.requests);
        RingReader reader = new RingReader(worker.replies, worker.requests);
        writer.publish(1, 0, 1000, 1);
        worker.reply(1, 0, 1000);
        worker.reply(2, 0, 1000);
        assertThat(reader.next()).isTrue();
        ByteBuffer body = reader.body();
        worker.close();
        assertThat(body.get(999)).isZero();
        writer.body(1000).put(999, (byte) 1);
        writer.publish(2, 0, 1000, 1);
        reader.release();
        // The cached tail says that there is one more reply, which has no bytes now.
        reader.next();
        assertThat(reader.body().remaining()).isZero();
    }

    @Test
    void itsRangeGoesWithTheLastBuffer() throws Exception {
        int before = ProcFs.maps().size();
        for (int i = 0; i < 2000; i++) {
            try (RingMemory memory = RingMemory.requests("cycle", RING_BYTES)) {
                memory.set(Layout.POOL, i);
            }
        }
        Await.until("what waited for the garbage collector is gone", () -> {
            System.gc();
            return ProcFs.maps().size() < before + 50;
        });
    }

    @Test
    void aRingThatCannotBeMappedIsAnErrorWithTheReason() throws Exception {
        assertThat(OtherVm.run(OtherVm.java(TooLargeMain.class)))
                .contains("mmap too-large (4096 bytes and twice 268435456): ENOMEM")
                .contains("nothing is left");
    }

    static final class TooLargeMain {
        public static void main(String[] args) throws Exception {
            RingMemory.requests("small-enough", RING_BYTES).close();
            long limit = (ProcFs.virtualKib() << 10) + Layout.MAX_RING_BYTES;
            String pid = String.valueOf(ProcessHandle.current().pid());
            TestPrograms.run("prlimit", "--pid", pid, "--as=" + limit);
            for (int tries = 0; tries < 3; tries++) {
                try {
                    RingMemory.requests("too-large", Layout.MAX_RING_BYTES);
                } catch (IOException e) {
                    System.out.println(e.getMessage());
                }
                try {
                    RingMemory.replies("too-large", Layout.MAX_RING_BYTES);
                } catch (IOException e) {
                    System.out.println(e.getMessage());
                }
            }
            System.out.println(ProcFs.count("/memfd:too-large") == 0 ? "nothing is left" : ProcFs.descriptors());
        }
    }
}
