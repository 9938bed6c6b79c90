package io.github.belfry;

import java.io.InvalidObjectException;
import java.io.ObjectStreamException;
import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;

/**
 * A POSIX signal, see signal(7); the numbers are Linux's on x86-64 and aarch64. Standard signals are constants,
 * real-time ones come from {@link #rt}. There is one instance per number, also after
 * deserialization.
 */
public final class Signal implements Serializable {
    private static final long serialVersionUID = 1;
    private static final int LAST = 64;
    private static final int FIRST_REAL_TIME = 34;
    private static final Signal[] ALL = new Signal[LAST + 1];
    private static final Map<String, Signal> BY_NAME = new HashMap<>();

    /** Terminal closed. */
    public static final Signal HUP = standard(1, "HUP");
    /** Ctrl+C. */
    public static final Signal INT = standard(2, "INT");
    /** Ctrl+\. */
    public static final Signal QUIT = standard(3, "QUIT");
    /** Illegal instruction. */
    public static final Signal ILL = standard(4, "ILL");
    /** Trace trap. */
    public static final Signal TRAP = standard(5, "TRAP");
    /** abort(3). */
    public static final Signal ABRT = standard(6, "ABRT");
    /** Bad memory access, for example beyond the end of a mapped file. */
    public static final Signal BUS = standard(7, "BUS");
    /** Arithmetic error. */
    public static final Signal FPE = standard(8, "FPE");
    /** Ends the process; can't be caught or blocked. */
    public static final Signal KILL = standard(9, "KILL");
    /** Free for the program's use: Belfry's doorbell. */
    public static final Signal USR1 = standard(10, "USR1");
    /** Invalid memory reference. */
    public static final Signal SEGV = standard(11, "SEGV");
    /** Free for the program's use. */
    public static final Signal USR2 = standard(12, "USR2");
    /** A write to a pipe without a reader. */
    public static final Signal PIPE = standard(13, "PIPE");
    /** alarm(2). */
    public static final Signal ALRM = standard(14, "ALRM");
    /** Request to end. */
    public static final Signal TERM = standard(15, "TERM");
    /** Stack fault on a coprocessor, not used by Linux. */
    public static final Signal STKFLT = standard(16, "STKFLT");
    /** A child ended or stopped. */
    public static final Signal CHLD = standard(17, "CHLD");
    /** Go on after a stop. */
    public static final Signal CONT = standard(18, "CONT");
    /** Stops the process; can't be caught or blocked. */
    public static final Signal STOP = standard(19, "STOP");
    /** Ctrl+Z. */
    public static final Signal TSTP = standard(20, "TSTP");
    /** A background process read from its terminal. */
    public static final Signal TTIN = standard(21, "TTIN");
    /** A background process wrote to its terminal. */
    public static final Signal TTOU = standard(22, "TTOU");
    /** Urgent data on a socket. */
    public static final Signal URG = standard(23, "URG");
    /** Over the limit of processor time. */
    public static final Signal XCPU = standard(24, "XCPU");
    /** Over the limit of file size. */
    public static final Signal XFSZ = standard(25, "XFSZ");
    /** Virtual timer. */
    public static final Signal VTALRM = standard(26, "VTALRM");
    /** Profiling timer. */
    public static final Signal PROF = standard(27, "PROF");
    /** The terminal's window changed its size. */
    public static final Signal WINCH = standard(28, "WINCH");
    /** I/O is possible. */
    public static final Signal IO = standard(29, "IO");
    /** Power failure. */
    public static final Signal PWR = standard(30, "PWR");
    /** Bad system call. */
    public static final Signal SYS = standard(31, "SYS");

    static {
        // libc keeps these two for itself.
        standard(32, "32");
        standard(33, "33");
        for (int n = 0; n <= LAST - FIRST_REAL_TIME; n++) {
            standard(FIRST_REAL_TIME + n, n == 0 ? "RTMIN" : "RTMIN+" + n);
        }
        BY_NAME.put("RTMIN+0", ALL[FIRST_REAL_TIME]);
        BY_NAME.put("RTMAX", ALL[LAST]);
        BY_NAME.put("POLL", IO);
        BY_NAME.put("IOT", ABRT);
        BY_NAME.put("CLD", CHLD);
    }

    private final int number;
    private final transient String name;

    private Signal(int number, String name) {
        this.number = number;
        this.name = name;
    }

    private static Signal standard(int number, String name) {
        Signal signal = new Signal(number, name);
        ALL[number] = signal;
        BY_NAME.put(name, signal);
        return signal;
    }

    /**
     * The signal of a number.
     *
     * @throws IllegalArgumentException outside 1..64
     */
    public static Signal of(int number) {
        if (number < 1 || number > LAST) {
            throw new IllegalArgumentException("no signal has the number " + number + ": 1 to " + LAST);
        }
        return ALL[number];
    }

    /**
     * The signal of a name: {@code USR1}, {@code SIGUSR1}, {@code RTMIN+3}.
     *
     * @throws IllegalArgumentException for an unknown name
     */
    public static Signal of(String name) {
        Signal signal = BY_NAME.get(name.startsWith("SIG") ? name.substring("SIG".length()) : name);
        if (signal == null) {
            throw new IllegalArgumentException("no signal has the name '" + name + "'");
        }
        return signal;
    }

    /**
     * A real-time signal: they are queued, each delivered, lower numbers first.
     *
     * @param offset 0 to 30, for the number 34 + offset. musl keeps 34 for itself: don't use 0 there.
     * @throws IllegalArgumentException outside 0..30
     */
    public static Signal rt(int offset) {
        if (offset < 0 || offset > LAST - FIRST_REAL_TIME) {
            throw new IllegalArgumentException("no real-time signal " + offset + ": 0 to " + (LAST - FIRST_REAL_TIME));
        }
        return ALL[FIRST_REAL_TIME + offset];
    }

    private Object readResolve() throws ObjectStreamException {
        try {
            return of(number);
        } catch (IllegalArgumentException e) {
            throw new InvalidObjectException(e.getMessage());
        }
    }

    /** The number, 1 to 64. */
    public int number() {
        return number;
    }

    /** The name without SIG: {@code USR1}, {@code RTMIN+3}. */
    public String name() {
        return name;
    }

    /** The name with SIG: {@code SIGUSR1}. */
    @Override
    public String toString() {
        return "SIG" + name;
    }
}
