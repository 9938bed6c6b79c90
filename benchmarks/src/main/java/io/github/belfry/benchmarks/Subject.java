package io.github.belfry.benchmarks;

/** What is measured: the rows of the table. */
enum Subject {
    SIGNAL_C("signal to read: C, kill"),
    SIGNAL_JAVA("signal to read: Java, WorkerProcess.signal"),
    START_C("start: C, vfork + execve"),
    START_DIRECT("start: Java, WorkerProcess, dieWithMaster(false)"),
    START_WARDEN("start: Java, WorkerProcess, through the warden"),
    START_PROCESS_BUILDER("start: Java, ProcessBuilder");

    private final String title;

    Subject(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }
}
