package io.github.belfry.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Pipes or sockets to bench_stream_sum; small messages share a system call. */
final class StreamOneWay implements OneWay {
    private final Turns<Lane> lanes = new Turns<>();

    private StreamOneWay() {}

    /** Something that bytes go into, and a line comes out of at the end. */
    private interface Lane {
        void send(int offset, int size) throws IOException;

        String end() throws IOException;

        void close() throws IOException;
    }

    /** The buffered stream that a process has. */
    static OneWay pipes(Traffic traffic) throws IOException {
        StreamOneWay way = new StreamOneWay();
        byte[] source = traffic.source().array();
        for (int i = 0; i < traffic.workers(); i++) {
            way.lanes.add(new Pipe(startReader(traffic), source));
        }
        return way;
    }

    static OneWay sockets(Traffic traffic) throws IOException {
        StreamOneWay way = new StreamOneWay();
        Path directory = Files.createTempDirectory("belfry-benchmark");
        Path path = directory.resolve("socket");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            for (int i = 0; i < traffic.workers(); i++) {
                Process reader = startReader(traffic, path.toString());
                way.lanes.add(
                        new Socket(reader, server.accept(), traffic.source().bytes()));
            }
            return way;
        } finally {
            Files.deleteIfExists(path);
            Files.delete(directory);
        }
    }

    private static Process startReader(Traffic traffic, String... socket) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(traffic.settings().cPrograms().file("bench_stream_sum"), traffic.readersCpu()));
        command.addAll(List.of(socket));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    @Override
    public void send(int offset, int size) throws IOException {
        lanes.next().send(offset, size);
    }

    @Override
    public long sum() throws IOException {
        long sum = 0;
        for (Lane lane : lanes) {
            sum += Long.parseUnsignedLong(lane.end());
        }
        return sum;
    }

    @Override
    public void close() throws IOException {
        for (Lane lane : lanes) {
            lane.close();
        }
    }

    private record Pipe(Process reader, OutputStream out, byte[] source, byte[] header) implements Lane {
        Pipe(Process reader, byte[] source) {
            this(reader, reader.getOutputStream(), source, new byte[Long.BYTES]);
        }

        @Override
        public void send(int offset, int size) throws IOException {
            ByteBuffer.wrap(header).order(ByteOrder.nativeOrder()).putLong(0, size);
            out.write(header);
            out.write(source, offset, size);
        }

        @Override
        public String end() throws IOException {
            out.close();
            return reader.inputReader(StandardCharsets.US_ASCII).readLine();
        }

        @Override
        public void close() {
            reader.destroy();
        }
    }

    private static final class Socket implements Lane {
        private static final int BATCH_BYTES = 64 << 10;

        private final Process reader;
        private final SocketChannel channel;
        private final ByteBuffer source;
        private final ByteBuffer batch = ByteBuffer.allocateDirect(BATCH_BYTES).order(ByteOrder.nativeOrder());

        Socket(Process reader, SocketChannel channel, ByteBuffer source) {
            this.reader = reader;
            this.channel = channel;
            this.source = source.duplicate();
        }

        @Override
        public void send(int offset, int size) throws IOException {
            if (batch.remaining() < Long.BYTES + size) {
                flush();
            }
            batch.putLong(size);
            if (batch.remaining() >= size) {
                batch.put(batch.position(), source, offset, size).position(batch.position() + size);
            } else {
                flush();
                source.limit(offset + size).position(offset);
                while (source.hasRemaining()) {
                    channel.write(source);
                }
                source.clear();
            }
        }

        private void flush() throws IOException {
            batch.flip();
            while (batch.hasRemaining()) {
                channel.write(batch);
            }
            batch.clear();
        }

        @Override
        public String end() throws IOException {
            flush();
            channel.shutdownOutput();
            InputStream in = Channels.newInputStream(channel);
            return new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII)).readLine();
        }

        @Override
        public void close() throws IOException {
            channel.close();
            reader.destroy();
        }
    }
}
