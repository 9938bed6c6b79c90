package io.github.belfry.internal.process;

import io.github.belfry.internal.sys.Native;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Our ends of a worker's pipes. Once it has ended only those stay open that hold something unread: until it is read, or
 * the worker is closed, or the stream is unreachable.
 */
public final class WorkerPipes {
    private final @Nullable Input stdin;
    private final @Nullable Output stdout;
    private final @Nullable Output stderr;

    /** Takes over the descriptors; -1 where there is no pipe. */
    WorkerPipes(int stdin, int stdout, int stderr) {
        this.stdin = stdin < 0 ? null : new Input(stdin);
        this.stdout = stdout < 0 ? null : new Output(stdout);
        this.stderr = stderr < 0 ? null : new Output(stderr);
    }

    public OutputStream stdin() {
        return present(stdin, "stdin");
    }

    public InputStream stdout() {
        return present(stdout, "stdout");
    }

    public InputStream stderr() {
        return present(stderr, "stderr");
    }

    /** Adds it to an epoll for reading, if it is a pipe; 0 or -errno. */
    public int watchStderr(int epoll, long key) {
        return stderr == null ? 0 : stderr.end.watch(epoll, key);
    }

    public boolean hasStderr() {
        return stderr != null;
    }

    private static <T> T present(@Nullable T stream, String name) {
        if (stream == null) {
            throw new IllegalStateException(name + " is not a pipe: start the worker with " + name + "(Stdio.PIPE)");
        }
        return stream;
    }

    /** Never blocks. */
    void workerEnded(Reaper reaper) {
        if (stdin != null) {
            stdin.end.close();
        }
        if (stdout != null) {
            stdout.end.releaseOrWatch(reaper);
        }
        if (stderr != null) {
            stderr.end.releaseOrWatch(reaper);
        }
    }

    public void close() {
        if (stdin != null) {
            stdin.close();
        }
        if (stdout != null) {
            stdout.close();
        }
        if (stderr != null) {
            stderr.close();
        }
    }

    private static IOException closed() {
        return new IOException("the pipe is closed");
    }

    /** What the worker reads. */
    private static final class Input extends OutputStream {
        private final FileOutputStream out;
        private final PipeEnd end;

        Input(int fd) {
            out = new FileOutputStream(Native.fileDescriptor(fd));
            end = new PipeEnd(fd, out);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (!end.enter()) {
                throw closed();
            }
            try {
                out.write(bytes, offset, length);
            } finally {
                end.leave();
            }
        }

        @Override
        public void close() {
            end.close();
        }
    }

    /** What the worker writes. */
    private static final class Output extends InputStream {
        private final FileInputStream in;
        private final PipeEnd end;

        Output(int fd) {
            in = new FileInputStream(Native.fileDescriptor(fd));
            PipeEnd pipeEnd = new PipeEnd(fd, in);
            end = pipeEnd;
            Native.CLEANER.register(this, pipeEnd::close);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (!end.enter()) {
                return endOrFailure();
            }
            try {
                int count = in.read(bytes, offset, length);
                if (count < 0) {
                    end.closeDrained();
                }
                return count;
            } finally {
                end.leave();
            }
        }

        private int endOrFailure() throws IOException {
            if (end.isDrained()) {
                return -1;
            }
            throw closed();
        }

        @Override
        public int available() throws IOException {
            if (!end.enter()) {
                return 0;
            }
            try {
                return in.available();
            } finally {
                end.leave();
            }
        }

        @Override
        public void close() {
            end.close();
        }
    }
}
