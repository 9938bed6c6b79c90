package io.github.belfry.proofs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.belfry.SharedMapping;
import io.github.belfry.support.OtherVm;
import io.github.belfry.support.OwnThread;
import io.github.belfry.support.Proof;
import io.github.belfry.support.Seed;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Eight threads create, open, close and make smaller the same few files, each under two names, and run CRC32 over what
 * any of them has mapped. In a VM of its own, which a page behind a file's end would end.
 */
@Tag(Proof.TAG)
class MappedFileRaceTest {
    @TempDir
    Path temp;

    @Test
    void noMappedFileIsMadeSmallerHoweverManyThreadsTry() throws Exception {
        String output = OtherVm.run(OtherVm.java(RaceMain.class)
                .argument(temp.toString())
                .argument(String.valueOf(Proof.times(20_000, 1_000_000)))
                .argument(String.valueOf(Seed.next(MappedFileRaceTest.class))));
        Matcher counts = Pattern.compile("([0-9]+) mapped, ([0-9]+) smaller, ([0-9]+) refused, ([0-9]+) read")
                .matcher(output);
        assertThat(counts.find()).as(output).isTrue();
        assertThat(Long.parseLong(counts.group(2))).as("files made smaller").isPositive();
        assertThat(Long.parseLong(counts.group(3))).as("creates refused").isPositive();
        Proof.counted(
                "shrinking",
                "%,d mappings of 3 files by 8 threads, %,d of them made a file smaller, %,d were refused because it was"
                        + " mapped; %,d times CRC32 over a mapping, 0 crashes",
                Long.parseLong(counts.group(1)),
                Long.parseLong(counts.group(2)),
                Long.parseLong(counts.group(3)),
                Long.parseLong(counts.group(4)));
    }

    static final class RaceMain {
        private static final int THREADS = 8;
        private static final int FILES = 3;
        private static final int[] SIZES = {1, 4096, 5000, 64 << 10, 300_000};

        private static final LongAdder MAPPED = new LongAdder();
        private static final LongAdder SMALLER = new LongAdder();
        private static final LongAdder REFUSED = new LongAdder();
        private static final LongAdder READ = new LongAdder();

        /** What any thread has mapped, for all others to read. */
        private static final AtomicReferenceArray<ByteBuffer> BUFFERS = new AtomicReferenceArray<>(16);

        public static void main(String[] args) throws Exception {
            Path directory = Path.of(args[0]);
            Path other = Files.createDirectory(directory.resolve("other"));
            List<Path> names = new ArrayList<>();
            for (int i = 0; i < FILES; i++) {
                Path file = Files.write(directory.resolve("file" + i), new byte[1]);
                names.add(file);
                names.add(Files.createLink(other.resolve("file" + i), file));
            }
            int turns = Integer.parseInt(args[1]) / THREADS;
            SplittableRandom seed = new SplittableRandom(Long.parseLong(args[2]));
            List<CompletableFuture<Void>> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                SplittableRandom random = seed.split();
                threads.add(CompletableFuture.runAsync(() -> race(names, turns, random), OwnThread.PER_TASK));
            }
            for (CompletableFuture<Void> thread : threads) {
                thread.get();
            }
            System.out.println(
                    MAPPED + " mapped, " + SMALLER + " smaller, " + REFUSED + " refused, " + READ + " read");
        }

        private static void race(List<Path> names, int turns, SplittableRandom random) {
            for (int i = 0; i < turns; i++) {
                Path file = names.get(random.nextInt(names.size()));
                try (SharedMapping mapping = map(file, random)) {
                    MAPPED.increment();
                    use(file, mapping, random);
                } catch (NoSuchFileException e) {
                    throw new AssertionError(e);
                } catch (FileSystemException e) {
                    check(e.getMessage().contains("this VM has mapped "), e.toString());
                    REFUSED.increment();
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            }
        }

        private static SharedMapping map(Path file, SplittableRandom random) throws Exception {
            if (random.nextInt(3) == 0) {
                return SharedMapping.open(file, SharedMapping.Access.READ_ONLY);
            }
            long before = Files.size(file);
            int size = SIZES[random.nextInt(SIZES.length)];
            SharedMapping mapping = SharedMapping.create(file, size);
            if (size < before) {
                SMALLER.increment();
            }
            return mapping;
        }

        private static void use(Path file, SharedMapping mapping, SplittableRandom random) throws Exception {
            BUFFERS.set(random.nextInt(BUFFERS.length()), mapping.buffer());
            check(Files.size(file) >= mapping.size(), file + " is smaller than " + mapping);
            read(mapping.buffer());
            ByteBuffer any = BUFFERS.get(random.nextInt(BUFFERS.length()));
            if (any != null) {
                read(any.duplicate());
            }
            check(Files.size(file) >= mapping.size(), file + " is smaller than " + mapping);
        }

        private static void read(ByteBuffer buffer) {
            new CRC32().update(buffer);
            READ.increment();
        }

        private static void check(boolean holds, String what) {
            if (!holds) {
                throw new AssertionError(what);
            }
        }
    }
}
