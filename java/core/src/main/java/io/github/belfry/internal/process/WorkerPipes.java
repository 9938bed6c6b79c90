package io.github.belfry.internal.process;

import io.github.belfry.internal.sys.Errno;
import io.github.belfry.internal.sys.Native;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.util.Objects;
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
            stdin.end.closeBroken();
        }
        if (stdout != null) {
            stdout.end.releaseOrWatch(reaper);
        }
        if (stderr != null) {
            stderr.end.releaseOrWatch(reaper);
        }
    }

    /** Whether there is one to close. */
    boolean closeStdin() {
        if (stdin != null) {
            stdin.close();
        }
        return stdin != null;
    }

    public void close() {
        closeStdin();
        if (stdout != null) {
            stdout.close();
        }
        if (stderr != null) {
            stderr.close();
        }
    }

    /** What the worker reads. */
    private static final class Input extends OutputStream {
        private final PipeEnd end;

        Input(int fd) {
            end = new PipeEnd(fd, Native.POLLOUT);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            for (int written = 0; written < length; ) {
                int count = writeSome(bytes, offset + written, length - written);
                if (count == -Errno.EAGAIN) {
                    end.awaitReady();
                } else {
                    written += Errno.check(count, "write to a pipe");
                }
            }
        }

        private int writeSome(byte[] bytes, int offset, int length) throws IOException {
            if (!end.enter()) {
                throw end.failure();
            }
            try {
                return Native.writeSome(end.fd(), bytes, offset, length, PipeEnd.patienceMillis());
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
        private static final int NOTHING = -1;

        private final PipeEnd end;

        Output(int fd) {
            PipeEnd pipeEnd = new PipeEnd(fd, Native.POLLIN);
            end = pipeEnd;
            Native.CLEANER.register(this, pipeEnd::close);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? NOTHING : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            if (length == 0) {
                return 0;
            }
            try {
                int count = readSome(bytes, offset, length);
                while (count == -Errno.EAGAIN) {
                    end.awaitReady();
                    count = readSome(bytes, offset, length);
                }
                return count == 0 ? NOTHING : Errno.check(count, "read of a pipe");
            } finally {
                Reference.reachabilityFence(this); // the cleaner would close the pipe of a reader that is parked
            }
        }

        /** How many bytes, 0 at the end, or -errno. */
        private int readSome(byte[] bytes, int offset, int length) throws IOException {
            if (!end.enter()) {
                return endOrFailure();
            }
            try {
                int count = Native.readSome(end.fd(), bytes, offset, length, PipeEnd.patienceMillis());
                if (count == 0) {
                    end.closeDrained();
                }
                return count;
            } finally {
                end.leave();
            }
        }

        private int endOrFailure() throws IOException {
            if (end.isDrained()) {
                return 0;
            }
            throw end.failure();
        }

        @Override
        public int available() throws IOException {
            if (!end.enter()) {
                return 0;
            }
            try {
                return Errno.check(Native.readable(end.fd()), "ioctl FIONREAD of a pipe");
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
