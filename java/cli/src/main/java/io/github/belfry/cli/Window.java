package io.github.belfry.cli;

/**
 * How much may be under way: read, but its reply not yet written. Without it a slow line, or a slow reader of our
 * output, would pile up replies without end, because they are written in the order of the lines.
 *
 * <p>What a line costs is its bytes and, before they are known, those of its reply: as many as the largest of the last
 * replies had. One line is always let in, however long.
 */
final class Window {
    /** Enough to keep many workers busy while one of them is slow; with its objects, each costs some 300 bytes. */
    static final int MAX_LINES = 16_384;

    /** The larger part of what the command needs: it works in a heap of 64 MiB. */
    static final long MAX_BYTES = 32L << 20;

    private static final int FORGETTING = 64;

    private long bytes;
    private int lines;
    private boolean full;
    private long expectedReply;
    private boolean replied;

    /** At first each reply may be the largest possible. */
    Window(int maxReplyBytes) {
        expectedReply = maxReplyBytes;
    }

    /** Blocks until there is room for a line of this size; its cost, for {@link #leave}. */
    synchronized long enter(int size) throws InterruptedException {
        while (lines > 0 && (lines >= MAX_LINES || bytes + size + expectedReply > MAX_BYTES)) {
            full = true;
            wait();
        }
        long cost = size + expectedReply;
        bytes += cost;
        lines++;
        return cost;
    }

    /** The reply of a line has been written. */
    synchronized void leave(long cost, int replySize) {
        bytes -= cost;
        lines--;
        expectedReply = replied ? Math.max(replySize, expectedReply - expectedReply / FORGETTING) : replySize;
        replied = true;
        // Not for each line: half a window at a time costs one wake-up and not thousands.
        if (full && lines <= MAX_LINES / 2 && bytes <= MAX_BYTES / 2) {
            full = false;
            notifyAll();
        }
    }
}
