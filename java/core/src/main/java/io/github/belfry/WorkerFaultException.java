package io.github.belfry;

import java.nio.charset.StandardCharsets;

/** The worker's {@code process()} returned a code other than 0. The worker is well, and so is its next request. */
public class WorkerFaultException extends WorkerException {
    private static final long serialVersionUID = 1;
    private static final int SHOWN_BYTES = 200;

    private final int code;
    private final byte[] detail;

    public WorkerFaultException(int code, byte[] detail) {
        super("the worker answered with code " + code + (detail.length == 0 ? "" : ": " + text(detail)), true);
        this.code = code;
        this.detail = detail;
    }

    private static String text(byte[] detail) {
        return new String(detail, 0, Math.min(detail.length, SHOWN_BYTES), StandardCharsets.UTF_8);
    }

    /** What {@code process()} returned. */
    public int code() {
        return code;
    }

    /** The bytes of its reply, maybe none. */
    public byte[] detail() {
        return detail.clone();
    }
}
