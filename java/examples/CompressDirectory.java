import io.github.belfry.WorkerPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/**
 * Compresses the files of a directory by zlib, which runs in workers: a file that crashed it would cost that file only.
 *
 * <pre>
 * java -cp java/cli/target/belfry.jar java/examples/CompressDirectory.java FROM TO
 * </pre>
 *
 * <p>Each FROM/NAME becomes TO/NAME.z, in the zlib format, which {@code java.util.zip.Inflater} reads.
 */
class CompressDirectory {
    private static final int COMPRESS = 1; // a request type of c/workers/zlib_worker.c
    private static final int RING_BYTES = 16 << 20; // and so the largest file: a little less

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            System.err.println("usage: java CompressDirectory.java FROM TO");
            System.exit(2);
        }
        Path from = Path.of(arguments[0]);
        Path to = Files.createDirectories(Path.of(arguments[1]));
        Map<Path, CompletableFuture<Long>> files = new TreeMap<>();
        int failures = 0;
        try (Stream<Path> all = Files.list(from);
                WorkerPool pool = WorkerPool.bundled("zlib").ringBytes(RING_BYTES).start()) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(file, compress(pool, file, to.resolve(file.getFileName() + ".z")));
            }
            for (Map.Entry<Path, CompletableFuture<Long>> file : files.entrySet()) {
                failures += report(file.getKey(), file.getValue()) ? 0 : 1;
            }
        }
        System.exit(failures == 0 ? 0 : 1);
    }

    /** Both copies are the only ones: from the file into the ring, and from the other ring into the file. */
    private static CompletableFuture<Long> compress(WorkerPool pool, Path file, Path target) {
        try (FileChannel in = FileChannel.open(file)) {
            int size = Math.toIntExact(in.size());
            return pool.submit(COMPRESS, size, request -> fill(request, in), reply -> write(reply, target));
        } catch (IOException | IllegalArgumentException | ArithmeticException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static void fill(ByteBuffer request, FileChannel in) {
        try {
            while (request.hasRemaining()) {
                if (in.read(request) < 0) {
                    throw new IllegalArgumentException("it has become shorter");
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static long write(ByteBuffer reply, Path target) {
        try (FileChannel out = FileChannel.open(
                target, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            long size = reply.remaining();
            while (reply.hasRemaining()) {
                out.write(reply);
            }
            return size;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean report(Path file, CompletableFuture<Long> compressed) throws IOException {
        try {
            System.out.println(file.getFileName() + ": " + Files.size(file) + " -> " + compressed.join() + " bytes");
            return true;
        } catch (CompletionException e) {
            System.err.println(file.getFileName() + ": " + e.getCause().getMessage());
            return false;
        }
    }
}
