/**
 * Mappings of Belfry as memory segments, of any size: {@link io.github.belfry.ffm.SharedSegments}.
 *
 * <p>On JDK 24 and newer the VM warns unless it is started with {@code --enable-native-access=ALL-UNNAMED}, or on the
 * module path with {@code --enable-native-access=io.github.belfry,io.github.belfry.ffm}.
 */
@NullMarked
package io.github.belfry.ffm;

import org.jspecify.annotations.NullMarked;
