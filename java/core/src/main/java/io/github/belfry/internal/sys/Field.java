package io.github.belfry.internal.sys;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A field with an order of its own. A volatile store costs a full fence, about 20 cycles; where the protocol has its
 * fence elsewhere a store-release does, which on most processors costs none.
 */
public final class Field {
    private Field() {}

    public static VarHandle of(MethodHandles.Lookup owner, String name, Class<?> type) {
        try {
            return owner.findVarHandle(owner.lookupClass(), name, type);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
