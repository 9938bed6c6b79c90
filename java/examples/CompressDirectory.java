import io.github.belfry.Replies;
import io.github.belfry.RequestWriter;
import io.github.belfry.WorkerPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
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

    private final Path to;

    /** Whose reply comes next: replies come in the order of the files. */
    private Path current;

    private CompressDirectory(Path to) {
        this.to = to;
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            System.err.println("usage: java CompressDirectory.java FROM TO");
            System.exit(2);
        }
        List<Path> files;
        try (Stream<Path> all = Files.list(Path.of(arguments[0]))) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        }
        Path to = Files.createDirectories(Path.of(arguments[1]));
        System.exit(new CompressDirectory(to).compress(files) ? 0 : 1);
    }

    /** Files are read into the ring, and written from what the worker has replied. */
    private boolean compress(List<Path> files) throws IOException {
        boolean all = true;
        try (WorkerPool pool = WorkerPool.bundled("zlib").ringBytes(RING_BYTES).start();
                Replies<Long> replies = pool.map(files.iterator(), new Contents(), this::write)) {
            for (Path file : files) {
                current = file;
                try {
                    System.out.println(file.getFileName() + ": " + Files.size(file) + " -> " + replies.next() + " bytes");
                } catch (RuntimeException e) { // of this file alone
                    System.err.println(file.getFileName() + ": " + e.getMessage());
                    all = false;
                }
            }
        }
        return all;
    }

    private static final class Contents implements RequestWriter<Path> {
        @Override
        public int type(Path file) {
            return COMPRESS;
        }

        @Override
        public int size(Path file) {
            try {
                return Math.toIntExact(Files.size(file));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void write(Path file, ByteBuffer request) {
            try (FileChannel in = FileChannel.open(file)) {
                while (request.hasRemaining()) {
                    if (in.read(request) < 0) {
                        throw new IllegalStateException("it has become shorter");
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private long write(ByteBuffer reply) {
        Path target = to.resolve(current.getFileName() + ".z");
        try (FileChannel out = FileChannel.open(
                target, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            long size = reply.remaining();
            while (reply.hasRemaining()) {
                out.write(reply);
            }
            return size;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
