package io.github.belfry.support;

import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Logger;

/**
 * The logging of another VM, see java.util.logging.LogManager: prints what fails inside the library and nothing of what
 * pools tell their listeners, for the tests read the VM's output.
 */
public final class OnlyFailures {
    public OnlyFailures() {
        Handler handler = new ConsoleHandler();
        handler.setFilter(record -> record.getMessage().contains(" goes on after "));
        Logger.getLogger("").addHandler(handler);
    }
}
