package io.github.belfry.internal.ring;

import io.github.belfry.internal.sys.Field;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * The master's end of a ring of replies, for the thread that holds the slot's consumer lock. The worker may write
 * anything at any time, so each word is loaded once, checked against what is possible, and only the checked copy is
 * used. The bytes of a reply stay writable by a worker that lives: a reader that distrusts the worker copies them
 * first.
 */
public final class RingReader {
    /** An id that no request has. */
    public static final long NO_REQUEST = 0;

    private static final int LOOKS_PER_CLOCK = 32;
    private static final long NOTHING = -1;
    private static final long ENDED = -2;
    private static final VarHandle TAKEN = Field.of(MethodHandles.lookup(), "taken", long.class);
    private static final VarHandle SKIPS = Field.of(MethodHandles.lookup(), "skips", long.class);
    private static final VarHandle ANSWERS = Field.of(MethodHandles.lookup(), "answers", long.class);
    private static final VarHandle HELD = Field.of(MethodHandles.lookup(), "held", long.class);

    private final RingMemory replies;
    private final RingMemory requests;
    private final int maxSize;
    private long tail;
    private volatile long taken;

    /** Where the reply begins that a caller reads in place, without the consumer lock; or NOTHING, or ENDED. */
    private volatile long held = NOTHING;

    private int offset;
    private int size;
    private long id;
    private int type;
    private int code;
    private int flags;
    private volatile long answers;
    private volatile long skips;
    private long faults;
    private long suspected = NOTHING;

    /** {@code requests} has the word that says how far replies are consumed. */
    public RingReader(RingMemory replies, RingMemory requests) {
        this.replies = replies;
        this.requests = requests;
        this.maxSize = replies.ringBytes() - Layout.RING_RESERVE;
    }

    /** The worker has broken a rule of the ring. */
    public static final class BrokenRuleException extends Exception {
        private static final long serialVersionUID = 1;

        BrokenRuleException(String rule) {
            super(rule, null, false, false);
        }
    }

    /** Whether there is something beyond what was taken; for any thread. */
    public boolean hasMore() {
        return replies.getAcquire(Layout.REPLY_TAIL) != taken;
    }

    /**
     * The same for the thread that takes replies. It looks at the worker's word only when it has taken all that was there
     * at the last look: each look takes the cache line away from the worker, which writes there with each reply.
     */
    public boolean hasNext() {
        return tail != taken || hasMore();
    }

    /** How far replies were taken; for any thread. */
    public long taken() {
        return taken;
    }

    /** Another one, which begins where this one was and looks ahead: it can't release. For any thread. */
    public RingReader lookAhead(long from) {
        RingReader other = new RingReader(replies, requests);
        other.taken = from;
        other.tail = from;
        return other;
    }

    /** For the safety net alone: whether what lay there unheard when this was last asked does so still. */
    public boolean lingers(boolean unheard) {
        long before = suspected;
        suspected = unheard ? taken : NOTHING;
        return suspected != NOTHING && suspected == before;
    }

    /** Looks for so long whether there is something; no system call, and no other thread. */
    public boolean await(long spinNanos) {
        long start = spinNanos > 0 ? System.nanoTime() : 0;
        while (!hasMore()) {
            for (int i = 0; i < LOOKS_PER_CLOCK && !hasMore(); i++) {
                Thread.onSpinWait();
            }
            if (spinNanos == 0 || System.nanoTime() - start > spinNanos) {
                return hasMore();
            }
        }
        return true;
    }

    /** Takes the next reply, if there is one, and makes it the current one. Its space stays the reader's. */
    public boolean next() throws BrokenRuleException {
        long head = taken;
        if (tail == head) {
            // Pairs with the store-release of reply_tail in ring.c.
            tail = replies.getAcquire(Layout.REPLY_TAIL);
            if (tail == head) {
                return false;
            }
        }
        long there = tail - head;
        if (there < Layout.RECORD_BYTES || there > replies.ringBytes() || (there & 7) != 0) {
            throw new BrokenRuleException("reply_tail is " + tail + ", reply_head " + head);
        }
        ByteBuffer bytes = replies.bytes();
        int record = replies.offset(head);
        int claimed = bytes.getInt(record + Layout.RECORD_SIZE);
        if (claimed < 0 || claimed > maxSize || Layout.recordBytes(claimed) > there) {
            throw new BrokenRuleException("a reply of " + Integer.toUnsignedString(claimed) + " bytes, " + there
                    + " with its header are there");
        }
        offset = record + Layout.RECORD_BYTES;
        size = claimed;
        type = bytes.getInt(record + Layout.RECORD_TYPE);
        id = bytes.getLong(record + Layout.RECORD_ID);
        code = bytes.getInt(record + Layout.RECORD_CODE);
        flags = bytes.getInt(record + Layout.RECORD_FLAGS);
        TAKEN.setRelease(this, head + Layout.recordBytes(claimed));
        return true;
    }

    /**
     * The current reply has to be that to the oldest request.
     *
     * @param oldestId {@link #NO_REQUEST} when nothing is unanswered
     */
    public void check(long oldestId, int oldestType) throws BrokenRuleException {
        if (oldestId == NO_REQUEST || oldestId != id || oldestType != type) {
            throw new BrokenRuleException("a reply to request " + id + " of type " + type + ", which isn't the oldest");
        }
    }

    /**
     * Whether the current reply may say that its request was skipped, and whether it has to.
     *
     * @param withdrawn the request's, as far as the worker may know
     * @param takenBack whether the worker can't have processed it
     */
    public void checkFlags(int withdrawn, boolean takenBack) throws BrokenRuleException {
        int session = withdrawn >>> Layout.SESSION_SHIFT << Layout.SESSION_SHIFT;
        boolean isOther = session != 0
                && session != (int) requests.get(Layout.REQUESTS_INCARNATION) << Layout.SESSION_SHIFT;
        boolean mayBeSkipped = ((withdrawn & Layout.SKIP) != 0 || isOther) && size == 0 && code == 0;
        boolean right = isSkipped() ? mayBeSkipped : flags == 0 && !takenBack;
        if (!right) {
            throw new BrokenRuleException("a reply to request " + id + " of " + size + " bytes, code " + code
                    + ", with the flags " + flags + ": it was withdrawn with " + withdrawn
                    + (takenBack ? " and not begun" : ""));
        }
    }

    /** Whether the current reply says that its request was withdrawn and not processed. */
    public boolean isSkipped() {
        return flags == Layout.SKIPPED;
    }

    /** The current reply is the one that had to come. */
    public void accept() {
        if (isSkipped()) {
            SKIPS.setRelease(this, skips + 1);
        } else {
            faults += code == 0 ? 0 : 1;
            ANSWERS.setRelease(this, answers + 1);
        }
    }

    /** How many requests of this incarnation were skipped; for other threads a moment late. */
    public long skips() {
        return skips;
    }

    /** How many replies of this incarnation were accepted; for other threads a moment late. */
    public long answers() {
        return answers;
    }

    /** How many of these had a code. */
    public long faults() {
        return faults;
    }

    /** Whether this incarnation has answered anything. */
    public boolean hasAnswered() {
        return answers > 0;
    }

    int type() {
        return type;
    }

    public long id() {
        return id;
    }

    /** How many bytes the current reply has. */
    public int size() {
        return size;
    }

    /** What the worker's process() returned. */
    public int code() {
        return code;
    }

    /** The current reply's bytes, valid until {@code release}; if it is held, until {@code letGo}. */
    public ByteBuffer body() {
        return replies.slice(offset, size);
    }

    /** A copy of them. */
    public byte[] copy() {
        byte[] bytes = new byte[size];
        replies.bytes().get(offset, bytes);
        return bytes;
    }

    /** Gives the space of what was taken back to the worker, but for a reply that is held and those behind it. */
    public void release() {
        long from = held;
        long head = from == NOTHING ? taken : from;
        if (head != requests.get(Layout.REPLY_HEAD)) {
            // Pairs with the load-acquire of reply_head in ring.c.
            requests.setRelease(Layout.REPLY_HEAD, head);
        }
    }

    /** Whether a caller reads a reply in place; for any thread. */
    public boolean isHeld() {
        return held != NOTHING;
    }

    /** The current reply's bytes stay when the lock is given back. One at a time. */
    public void hold() {
        HELD.setRelease(this, taken - Layout.recordBytes(size));
    }

    /**
     * The reply that was held has been read; without the lock. A {@code release} has to follow.
     *
     * @return whether the memory has to be closed, because {@link #end} was too early
     */
    public boolean letGo() {
        return (long) HELD.getAndSet(this, NOTHING) == ENDED;
    }

    /** No reply is taken any more: whether the memory may be closed now. Otherwise {@link #letGo} will tell. */
    public boolean end() {
        long from = held;
        return from == NOTHING || !HELD.compareAndSet(this, from, ENDED);
    }
}
