package io.github.belfry.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Pipes or a socket to bench_stream_echo; blocking, as one would write it. */
abstract class StreamEcho implements Echo {
    private final ByteBuffer message;
    private final ByteBuffer reply;

    private StreamEcho(ByteBuffer message, ByteBuffer reply) {
        this.message = message.order(ByteOrder.nativeOrder());
        this.reply = reply.order(ByteOrder.nativeOrder());
    }

    /** Sends all of {@code message} and fills {@code reply}. */
    abstract void exchange() throws IOException;

    ByteBuffer message() {
        return message;
    }

    ByteBuffer reply() {
        return reply;
    }

    @Override
    public final boolean roundTrip(long number) throws IOException {
        int last = message.capacity() - Long.BYTES;
        message.putLong(0, number).putLong(last, number);
        exchange();
        return reply.getLong(0) == number && reply.getLong(last) == number;
    }

    /** The buffered streams that a process has. */
    static StreamEcho pipes(int size, ForkSettings settings) throws IOException {
        Process other = startOther(settings);
        OutputStream out = other.getOutputStream();
        InputStream in = other.getInputStream();
        byte[] message = new byte[size];
        byte[] reply = new byte[size];
        return new StreamEcho(ByteBuffer.wrap(message), ByteBuffer.wrap(reply)) {
            @Override
            void exchange() throws IOException {
                out.write(message);
                out.flush();
                if (in.readNBytes(reply, 0, size) < size) {
                    throw new IOException("the other side has ended");
                }
            }

            @Override
            public void close() {
                other.destroy();
            }
        };
    }

    static StreamEcho socket(int size, ForkSettings settings) throws IOException {
        Path directory = Files.createTempDirectory("belfry-benchmark");
        Path path = directory.resolve("socket");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path));
            Process other = startOther(settings, path.toString());
            return overChannel(size, other, server.accept());
        } finally {
            Files.deleteIfExists(path);
            Files.delete(directory);
        }
    }

    private static StreamEcho overChannel(int size, Process other, SocketChannel channel) {
        ByteBuffer message = ByteBuffer.allocateDirect(size);
        ByteBuffer reply = ByteBuffer.allocateDirect(size);
        return new StreamEcho(message, reply) {
            @Override
            void exchange() throws IOException {
                message.clear();
                while (message.hasRemaining()) {
                    channel.write(message);
                }
                reply.clear();
                while (reply.hasRemaining()) {
                    if (channel.read(reply) < 0) {
                        throw new IOException("the other side has ended");
                    }
                }
            }

            @Override
            public void close() throws IOException {
                channel.close();
                other.destroy();
            }
        };
    }

    private static Process startOther(ForkSettings settings, String... socket) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                settings.cPrograms().file("bench_stream_echo"),
                Integer.toString(settings.cpus().worker())));
        command.addAll(List.of(socket));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
