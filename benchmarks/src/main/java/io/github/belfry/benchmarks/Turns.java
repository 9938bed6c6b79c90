package io.github.belfry.benchmarks;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Readers that take turns. */
public final class Turns<T> implements Iterable<T> {
    private final List<T> all = new ArrayList<>();
    private int next;

    public void add(T one) {
        all.add(one);
    }

    /** Whose turn it is. */
    public T next() {
        T turn = all.get(next);
        next = next + 1 == all.size() ? 0 : next + 1;
        return turn;
    }

    @Override
    public Iterator<T> iterator() {
        return all.iterator();
    }
}
