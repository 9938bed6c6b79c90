package io.github.belfry;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.commons.io.IOUtils;
import org.jspecify.annotations.Nullable;

/**
 * Our ends of a worker's pipes. Once it has ended only those stay open that hold something unread: until it is read, or
 * the worker is closed, or nobody can reach the stream any more.
 */
final class WorkerPipes {
    private final @Nullable FileOutputStream stdin;
    private final @Nullable Output stdout;
    private final @Nullable Output stderr;

    /** Takes over the descriptors; -1 where there is no pipe. */
    WorkerPipes(int stdin, int stdout, int stderr) {
        this.stdin = stdin < 0 ? null : new FileOutputStream(Native.fileDescriptor(stdin));
        this.stdout = stdout < 0 ? null : new Output(stdout);
        this.stderr = stderr < 0 ? null : new Output(stderr);
    }

    OutputStream stdin() {
        return present(stdin, "stdin");
    }

    InputStream stdout() {
        return present(stdout, "stdout");
    }

    InputStream stderr() {
        return present(stderr, "stderr");
    }

    private static <T> T present(@Nullable T stream, String name) {
        if (stream == null) {
            throw new IllegalStateException(name + " is not a pipe: start the worker with " + name + "(Stdio.PIPE)");
        }
        return stream;
    }

    /** Never blocks. */
    void workerEnded(Warden warden) {
        IOUtils.closeQuietly(stdin);
        if (stdout != null) {
            stdout.releaseIfDrained(warden);
        }
        if (stderr != null) {
            stderr.releaseIfDrained(warden);
        }
    }

    void close() {
        IOUtils.closeQuietly(stdin);
        IOUtils.closeQuietly(stdout);
        IOUtils.closeQuietly(stderr);
    }

    /**
     * What the worker writes. The descriptor goes as soon as the end is seen, by the reader or by the warden; under the
     * lock, because the warden uses its number.
     */
    static final class Output extends InputStream {
        private final int fd;
        private final FileInputStream in;
        private boolean closed;
        private volatile boolean atEnd;

        private Output(int fd) {
            this.fd = fd;
            FileInputStream stream = new FileInputStream(Native.fileDescriptor(fd));
            this.in = stream;
            Native.CLEANER.register(this, () -> IOUtils.closeQuietly(stream));
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (atEnd) {
                return -1;
            }
            try {
                int count = in.read(bytes, offset, length);
                if (count < 0) {
                    end();
                }
                return count;
            } catch (IOException e) {
                if (atEnd) {
                    return -1;
                }
                throw e;
            }
        }

        @Override
        public int available() throws IOException {
            return atEnd ? 0 : in.available();
        }

        /**
         * Closes a pipe without content whose writers are gone. Where one is left, the warden asks again later: a
         * grandchild, or for a moment any child that was being started meanwhile and hasn't come to its exec.
         */
        synchronized void releaseIfDrained(Warden warden) {
            int events = closed ? Native.POLLIN : Native.pollNow(fd);
            if (events == 0) {
                warden.watchPipe(this, fd);
            } else if (events > 0 && (events & Native.POLLIN) == 0) {
                IOUtils.closeQuietly(this::end);
            }
        }

        private synchronized void end() throws IOException {
            atEnd = true;
            close();
        }

        @Override
        public synchronized void close() throws IOException {
            closed = true;
            in.close();
        }
    }
}
