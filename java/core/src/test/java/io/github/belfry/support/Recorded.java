package io.github.belfry.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** What JDK Flight Recorder records in this VM, from when this is made. */
public final class Recorded implements AutoCloseable {
    private final Recording recording = new Recording();

    private Recorded() {}

    /** As a user starts it. */
    public static Recorded byDefault() {
        Recorded recorded = new Recorded();
        recorded.recording.start();
        return recorded;
    }

    /** Requests that take so long. */
    public static Recorded requestsFrom(Duration threshold) {
        Recorded recorded = new Recorded();
        recorded.recording.enable("belfry.Request").withThreshold(threshold);
        recorded.recording.start();
        return recorded;
    }

    public static Recorded allRequests() {
        return requestsFrom(Duration.ZERO);
    }

    /** Of a {@code belfry.Request}. */
    public static void assertOutcome(RecordedEvent event, String outcome, int worker) {
        assertThat(event.getString("outcome")).isEqualTo(outcome);
        assertThat(event.getInt("worker")).isEqualTo(worker);
        assertThat(event.getDuration("wait")).isGreaterThanOrEqualTo(Duration.ZERO);
        assertThat(event.getDuration("timeInHand")).isGreaterThanOrEqualTo(Duration.ZERO);
    }

    /** The events of that name until now, in the order in which they ended. */
    public List<RecordedEvent> events(String name) throws IOException {
        Path file = Files.createTempFile("recorded", ".jfr");
        try {
            recording.dump(file);
            return RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getEventType().getName().equals(name))
                    .sorted((one, other) -> one.getEndTime().compareTo(other.getEndTime()))
                    .toList();
        } finally {
            Files.delete(file);
        }
    }

    /** The only one of that name. */
    public RecordedEvent event(String name) throws IOException {
        List<RecordedEvent> events = events(name);
        if (events.size() != 1) {
            throw new AssertionError("not one " + name + " but " + events);
        }
        return events.get(0);
    }

    @Override
    public void close() {
        recording.close();
    }
}
