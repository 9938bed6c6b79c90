package io.github.belfry.micrometer;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;

/** Meters with the registries that have them. */
final class Bound {
    private record Registered(MeterRegistry registry, Meter meter) {}

    private final List<Registered> all = new ArrayList<>();

    synchronized void add(MeterRegistry registry, List<Meter> meters) {
        meters.forEach(meter -> all.add(new Registered(registry, meter)));
    }

    synchronized void removeAll() {
        all.forEach(registered -> registered.registry().remove(registered.meter()));
        all.clear();
    }
}
