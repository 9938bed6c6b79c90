package io.github.belfry.cli;

import io.github.belfry.PoolListener;
import io.github.belfry.WorkerInfo;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The listener of the command's pools: what a worker says is written to standard error as it is. */
final class WorkersErrors implements PoolListener {
    private final FileOutputStream err = new FileOutputStream(FileDescriptor.err);

    /** In one write, so that lines of several pools and the command's own don't mix. */
    @Override
    public void errorLine(WorkerInfo worker, String line) {
        try {
            err.write((line + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException closed) {
            // There is no other place to say it.
        }
    }

    @Override
    public void internalError(Throwable failure) {
        PoolListener.logging().internalError(failure);
    }
}
