package io.github.belfry.internal.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Slots at which a thread looks again and again, each once. For one thread at a time. */
final class ActiveSlots {
    private final List<Slot> slots;
    private final boolean[] isIn;

    /** Of a pool with so many slots. */
    ActiveSlots(int all) {
        slots = new ArrayList<>(all);
        isIn = new boolean[all];
    }

    void add(Slot slot) {
        if (!isIn[slot.index()]) {
            isIn[slot.index()] = true;
            slots.add(slot);
        }
    }

    void remove(int at) {
        isIn[slots.remove(at).index()] = false;
    }

    void clear() {
        forEach(slot -> isIn[slot.index()] = false);
        slots.clear();
    }

    boolean contains(Slot slot) {
        return isIn[slot.index()];
    }

    boolean isEmpty() {
        return slots.isEmpty();
    }

    int size() {
        return slots.size();
    }

    Slot get(int at) {
        return slots.get(at);
    }

    void forEach(Consumer<Slot> look) {
        slots.forEach(look);
    }

    boolean any(Predicate<Slot> is) {
        for (Slot slot : slots) {
            if (is.test(slot)) {
                return true;
            }
        }
        return false;
    }
}
